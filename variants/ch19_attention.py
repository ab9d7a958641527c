"""Right answers of chapter 19 that are written in unusual ways."""

import math

import torch
import torch.nn.functional as F

from kata.diagnosis.recorded import right


@right("attention_weights")
def by_torch(q, k):
    return torch.softmax(torch.einsum("...td,...sd->...ts", q, k) * q.shape[-1] ** -0.5, dim=-1)


@right("attention_weights")
def by_logsumexp(q, k):
    z = torch.matmul(q / math.sqrt(q.size(-1)), k.transpose(-1, -2))
    return (z - z.logsumexp(-1, keepdim=True)).exp()


@right("attention_weights")
class ByIdentityValues:
    """torch's own attention, with the unit vectors as values."""

    def __call__(self, q, k):
        s = k.shape[-2]
        one = torch.eye(s, dtype=q.dtype, device=q.device).expand(*k.shape[:-1], s)
        return F.scaled_dot_product_attention(q, k, one)


@right("attention_weights")
def by_softmin(q, k):
    return F.softmin(-(q @ k.mT) / math.sqrt(q.shape[-1]), dim=-1)


@right("softmax_grad")
def by_the_jacobian(d_out, out):
    jacobian = torch.diag_embed(out) - torch.einsum("...i,...j->...ij", out, out)
    return torch.einsum("...ij,...j->...i", jacobian, d_out)


@right("softmax_grad")
def by_kernel(d_out, out):
    return torch.ops.aten._softmax_backward_data(d_out, out, -1, out.dtype)


@right("softmax_grad")
def two_products(d_out, out):
    pulled = d_out * out
    return pulled - out * pulled.sum(-1, keepdim=True)


@right("softmax_grad")
def in_float64(d_out, out):
    d, p = d_out.double(), out.double()
    return (p * (d - torch.einsum("...s,...s->...", d, p).unsqueeze(-1))).type_as(out)


@right("attention")
def attention_by_torch(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


@right("attention")
def query_by_query(q, k, v):
    outs = []
    for i in range(q.shape[-2]):
        z = (k * q[..., i : i + 1, :]).sum(-1) / math.sqrt(q.shape[-1])
        outs.append((torch.softmax(z, -1).unsqueeze(-1) * v).sum(-2))
    return torch.stack(outs, -2)


@right("attention")
def online(q, k, v):
    """Key by key, with a running largest score, as flash attention does it."""
    top = q.new_full((*q.shape[:-1], 1), -math.inf)
    total, out = torch.zeros_like(top), q.new_zeros(*q.shape[:-1], v.shape[-1])
    for j in range(k.shape[-2]):
        z = (q * k[..., j : j + 1, :]).sum(-1, keepdim=True) / math.sqrt(q.shape[-1])
        above = torch.maximum(top, z.detach())
        old, new = torch.exp(top - above), torch.exp(z - above)
        total, out = total * old + new, out * old + new * v[..., j : j + 1, :]
        top = above
    return out / total


@right("attention")
def divided_last(q, k, v):
    z = q @ k.mT / q.shape[-1] ** 0.5
    e = torch.exp(z - z.max(-1, keepdim=True).values)
    return (e @ v) / e.sum(-1, keepdim=True)


@right("attention_grad")
def by_einsum(d_out, q, k, v):
    root = q.shape[-1] ** 0.5
    p = torch.softmax(torch.einsum("...td,...sd->...ts", q, k) / root, -1)
    d_p = torch.einsum("...te,...se->...ts", d_out, v)
    d_z = p * d_p - p * torch.einsum("...ts,...ts->...t", p, d_p).unsqueeze(-1)
    d_q = torch.einsum("...ts,...sd->...td", d_z, k) / root
    d_k = torch.einsum("...ts,...td->...sd", d_z, q) / root
    return [d_q, d_k, torch.einsum("...ts,...te->...se", p, d_out)]


@right("attention_grad")
def as_flash_attention_does(d_out, q, k, v):
    """The row's dot product is taken from out, not from the weights."""
    q = q / math.sqrt(q.shape[-1])
    p = torch.softmax(q @ k.mT, -1)
    row = (d_out * (p @ v)).sum(-1, keepdim=True)
    d_z = p * (d_out @ v.mT - row)
    return d_z @ k / math.sqrt(q.shape[-1]), d_z.mT @ q, p.mT @ d_out


@right("attention_grad")
def back_in_float64(d_out, q, k, v):
    return tuple(t.to(q.dtype) for t in by_einsum(*(t.double() for t in (d_out, q, k, v))))


@right("attention_grad")
def query_by_query_back(d_out, q, k, v):
    root = math.sqrt(q.shape[-1])
    d_k, d_v, d_q = torch.zeros_like(k), torch.zeros_like(v), []
    for i in range(q.shape[-2]):
        one, up = q[..., i : i + 1, :], d_out[..., i : i + 1, :]
        p = torch.softmax(one @ k.mT / root, -1)
        d_p = up @ v.mT
        d_z = p * (d_p - (d_p * p).sum(-1, keepdim=True)) / root
        d_q.append(d_z @ k)
        d_k, d_v = d_k + d_z.mT @ one, d_v + p.mT @ up
    return torch.cat(d_q, -2), d_k, d_v
