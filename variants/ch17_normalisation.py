"""Right answers of chapter 17 that are written in unusual ways."""

import torch
import torch.nn.functional as F

from kata.diagnosis.recorded import right


@right("batchnorm_train")
def by_torch(x, gamma, beta, eps=1e-5):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


@right("batchnorm_train")
def column_by_column(x, gamma, beta, eps=1e-5):
    columns = []
    for column, g, b in zip(x.T, gamma, beta, strict=True):
        off = column - sum(column) / len(column)
        columns.append(off * g / ((off @ off) / len(column) + eps) ** 0.5 + b)
    return torch.stack(columns, 1)


@right("batchnorm_train")
def as_a_layernorm_of_the_transpose(x, gamma, beta, eps=1e-5):
    return F.layer_norm(x.T, (len(x),), eps=eps).T * gamma + beta


@right("batchnorm_train")
class Folded:
    """One slope and one intercept for each column, as an inference engine has them."""

    def __call__(self, x, gamma, beta, eps=1e-5):
        var, mean = torch.var_mean(x, 0, correction=0)
        slope = gamma / torch.sqrt(var + eps)
        return slope * x + (beta - mean * slope)


@right("running_statistics")
def by_lerp(x, running_mean, running_var, momentum=0.1):
    var, mean = torch.var_mean(x, 0)
    return [torch.lerp(running_mean, mean, momentum), torch.lerp(running_var, var, momentum)]


@right("running_statistics")
def by_torch_on_copies(x, running_mean, running_var, momentum=0.1):
    mean, var = running_mean.clone(), running_var.clone()
    F.batch_norm(x, mean, var, training=True, momentum=momentum)
    return mean, var


@right("running_statistics")
def by_covariance(x, running_mean, running_var, momentum=0.1):
    off = x - x.mean(0)
    var = torch.einsum("nm,nm->m", off, off) / (len(x) - 1)
    keep = 1 - momentum
    return keep * running_mean + momentum * x.mean(0), keep * running_var + momentum * var


@right("running_statistics")
def by_the_difference(x, running_mean, running_var, momentum=0.1):
    new = x.mean(0), x.std(0) ** 2
    return tuple(
        r - momentum * (r - t) for r, t in zip((running_mean, running_var), new, strict=True)
    )


@right("batchnorm_eval")
def eval_by_torch(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return F.batch_norm(x, running_mean, running_var, gamma, beta, eps=eps)


@right("batchnorm_eval")
def eval_row_by_row(x, gamma, beta, running_mean, running_var, eps=1e-5):
    inv = torch.rsqrt(running_var + eps)
    return torch.stack([(row - running_mean) * inv * gamma + beta for row in x])


@right("batchnorm_eval")
def eval_folded(x, gamma, beta, running_mean, running_var, eps=1e-5):
    slope = gamma * (running_var + eps) ** -0.5
    return torch.addcmul(beta - slope * running_mean, x, slope)


@right("batchnorm_eval")
class EvalByMatrix:
    """The slopes as a diagonal matrix."""

    def __call__(self, x, gamma, beta, running_mean, running_var, eps=1e-5):
        return (x - running_mean) @ torch.diag(gamma / torch.sqrt(running_var + eps)) + beta


def _chain(d_out, x, gamma, eps, dim):
    """Through each step of the paper's chain: xhat, var, mean, x."""
    n = x.shape[dim]
    mean = x.mean(dim, keepdim=True)
    off = x - mean
    inv = (off.square().mean(dim, keepdim=True) + eps) ** -0.5
    d_xhat = d_out * gamma
    d_var = (d_xhat * off).sum(dim, keepdim=True) * -0.5 * inv**3
    d_mean = -(d_xhat * inv).sum(dim, keepdim=True) + d_var * (-2 * off).mean(dim, keepdim=True)
    d_x = d_xhat * inv + d_var * 2 * off / n + d_mean / n
    flat = (d_out * off * inv).reshape(-1, x.shape[-1]), d_out.reshape(-1, x.shape[-1])
    return d_x, flat[0].sum(0), flat[1].sum(0)


@right("batchnorm_grad")
def step_by_step(d_out, x, gamma, eps=1e-5):
    return _chain(d_out, x, gamma, eps, 0)


@right("batchnorm_grad")
def by_the_jacobian(d_out, x, gamma, eps=1e-5):
    """(I - 1/n - xhat xhat^T / n) for each column, as matrices."""
    n = len(x)
    off = x - x.mean(0)
    inv = 1 / torch.sqrt(off.pow(2).mean(0) + eps)
    hat = off * inv
    one = torch.eye(n, dtype=x.dtype, device=x.device) - 1 / n
    jacobians = one - torch.einsum("im,jm->mij", hat, hat) / n
    d_x = torch.einsum("mij,jm->im", jacobians, d_out) * gamma * inv
    return [d_x, torch.einsum("nm,nm->m", d_out, hat), d_out.sum(dim=0)]


@right("batchnorm_grad")
def in_float64(d_out, x, gamma, eps=1e-5):
    wide = _chain(d_out.double(), x.double(), gamma.double(), eps, 0)
    return tuple(t.to(x.dtype) for t in wide)


@right("batchnorm_grad")
def with_n_in_front(d_out, x, gamma, eps=1e-5):
    n = x.size(0)
    off = x - x.mean(0)
    inv = torch.rsqrt((off * off).mean(0) + eps)
    hat = off * inv
    d_gamma, d_beta = (d_out * hat).sum(0), d_out.sum(0)
    return gamma * inv / n * (n * d_out - d_beta - hat * d_gamma), d_gamma, d_beta


@right("layernorm")
def layer_by_torch(x, gamma, beta, eps=1e-5):
    return F.layer_norm(x, (x.size(-1),), gamma, beta, eps)


@right("layernorm")
def layer_by_module(x, gamma, beta, eps=1e-5):
    plain = torch.nn.LayerNorm(x.shape[-1], eps=eps, elementwise_affine=False)
    return torch.addcmul(beta, plain(x), gamma)


@right("layernorm")
def layer_as_rms_of_the_centred(x, gamma, beta, eps=1e-5):
    return F.rms_norm(x - x.mean(-1, keepdim=True), x.shape[-1:], gamma, eps) + beta


@right("layernorm")
def layer_row_by_row(x, gamma, beta, eps=1e-5):
    done = []
    for row in x.reshape(-1, x.shape[-1]):
        off = row - row.sum() / row.numel()
        done.append(off / (off.dot(off) / off.numel() + eps).sqrt() * gamma + beta)
    return torch.stack(done).reshape(x.shape)


@right("layernorm_grad")
def layer_step_by_step(d_out, x, gamma, eps=1e-5):
    return _chain(d_out, x, gamma, eps, -1)


@right("layernorm_grad")
def layer_on_the_flat(d_out, x, gamma, eps=1e-5):
    rows, up = x.reshape(-1, len(gamma)), d_out.reshape(-1, len(gamma))
    off = rows - rows.mean(1, keepdim=True)
    inv = torch.rsqrt(off.square().mean(1, keepdim=True) + eps)
    hat, g = off * inv, up * gamma
    d_x = inv * (g - g.mean(1, keepdim=True) - hat * (g * hat).mean(1, keepdim=True))
    return d_x.view_as(x), (up * hat).sum(0), up.sum(0)


@right("layernorm_grad")
def layer_in_float64(d_out, x, gamma, eps=1e-5):
    wide = _chain(d_out.double(), x.double(), gamma.double(), eps, -1)
    return tuple(t.type_as(x) for t in wide)


@right("layernorm_grad")
def layer_by_kernel(d_out, x, gamma, eps=1e-5):
    """torch's own backward kernel, which no graph calls here."""
    shape, beta = x.shape[-1:], torch.zeros_like(gamma)
    _, mean, inv = torch.native_layer_norm(x, shape, gamma, beta, eps)
    return torch.ops.aten.native_layer_norm_backward(
        d_out, x, shape, mean, inv, gamma, beta, [True, True, True]
    )


@right("rms_norm")
def rms_by_torch(x, gamma, eps=1e-5):
    return F.rms_norm(x, gamma.shape, gamma, eps)


@right("rms_norm")
def rms_by_the_length(x, gamma, eps=1e-5):
    squares = torch.linalg.vector_norm(x, dim=-1, keepdim=True) ** 2
    return x / torch.sqrt(squares / x.shape[-1] + eps) * gamma


@right("rms_norm")
def rms_row_by_row(x, gamma, eps=1e-5):
    rows = [r / (r.dot(r) / len(r) + eps) ** 0.5 * gamma for r in x.reshape(-1, x.shape[-1])]
    return torch.stack(rows).view(x.shape)


@right("rms_norm")
def rms_by_matrix(x, gamma, eps=1e-5):
    return (x * (x.pow(2).mean(-1, True) + eps).pow(-0.5)) @ gamma.diag()


@right("rms_norm_grad")
def rms_step_by_step(d_out, x, gamma, eps=1e-5):
    """Through the quotient, the root, the mean and the square, one after the other."""
    m = x.shape[-1]
    root = torch.sqrt(x.pow(2).mean(-1, keepdim=True) + eps)
    d_hat = d_out * gamma
    d_root = -(d_hat * x).sum(-1, keepdim=True) / root**2
    d_ms = d_root / (2 * root)
    each = (d_out * x / root).reshape(-1, m)
    return [d_hat / root + d_ms * 2 * x / m, each.sum(0)]


@right("rms_norm_grad")
def rms_by_the_jacobian(d_out, x, gamma, eps=1e-5):
    m = x.shape[-1]
    inv = torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)
    hat, eye = x * inv, torch.eye(m, dtype=x.dtype, device=x.device)
    slopes = inv.unsqueeze(-1) * (eye - hat.unsqueeze(-1) * hat.unsqueeze(-2) / m)
    d_x = torch.einsum("...i,...ij->...j", d_out * gamma, slopes)
    return d_x, torch.einsum("...m,...m->m", d_out, hat)


@right("rms_norm_grad")
def rms_in_float64(d_out, x, gamma, eps=1e-5):
    d, wide = d_out.double(), x.double()
    inv = 1 / (wide.square().mean(-1, keepdim=True) + eps).sqrt()
    g = gamma.double() * d
    d_x = inv * g - inv**3 * wide * (g * wide).mean(-1, keepdim=True)
    d_gamma = (d * wide * inv).flatten(0, -2).sum(0) if x.dim() > 1 else d * wide * inv
    return d_x.to(x.dtype), d_gamma.to(x.dtype)
