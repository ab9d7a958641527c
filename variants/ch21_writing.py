"""Right answers of chapter 21 that are written in unusual ways."""

import math

import torch
import torch.nn.functional as F

from kata.diagnosis.recorded import right

# --- embedding_grad -----------------------------------------------------------------------------


@right("embedding_grad")
def by_one_hot(d_out, ids, v):
    hot = F.one_hot(ids, v).to(d_out.dtype)
    return torch.einsum("ntv,ntm->vm", hot, d_out)


@right("embedding_grad")
def place_by_place(d_out, ids, v):
    d_table = d_out.new_zeros(v, d_out.shape[2])
    for row, codes in zip(d_out, ids.tolist(), strict=True):
        for d, code in zip(row, codes, strict=True):
            d_table[code] += d
    return d_table


@right("embedding_grad")
def by_accumulating(d_out, ids, v):
    d_table = d_out.new_zeros((v, d_out.shape[-1]))
    return d_table.index_put_((ids,), d_out, accumulate=True)


@right("embedding_grad")
def character_by_character(d_out, ids, v):
    return torch.stack([(d_out * (ids == c).unsqueeze(-1)).sum((0, 1)) for c in range(v)])


# --- causal_weights -----------------------------------------------------------------------------


@right("causal_weights")
def row_by_row(q, k):
    rows = []
    for i in range(q.shape[-2]):
        z = (k[..., : i + 1, :] * q[..., i : i + 1, :]).sum(-1) / math.sqrt(q.shape[-1])
        rows.append(F.pad(torch.softmax(z, -1), (0, q.shape[-2] - i - 1)))
    return torch.stack(rows, -2)


@right("causal_weights")
def by_an_added_mask(q, k):
    t = q.shape[-2]
    mask = torch.full((t, t), -torch.inf, dtype=q.dtype, device=q.device).triu(1)
    return (q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5 + mask).softmax(-1)


@right("causal_weights")
class ByIdentityValues:
    """torch's own causal attention, with the unit vectors as values."""

    def __call__(self, q, k):
        t = k.shape[-2]
        one = torch.eye(t, dtype=q.dtype, device=q.device).expand(*k.shape[:-1], t)
        return F.scaled_dot_product_attention(q, k, one, is_causal=True)


@right("causal_weights")
def by_the_lowest_float(q, k):
    z = torch.einsum("...id,...jd->...ij", q, k) / math.sqrt(q.shape[-1])
    places = torch.arange(z.shape[-1], device=z.device)
    z = torch.where(places <= places.unsqueeze(1), z, torch.finfo(z.dtype).min)
    e = torch.exp(z - z.amax(-1, keepdim=True))
    return e / e.sum(-1, keepdim=True)


# --- causal_attention_grad ----------------------------------------------------------------------


@right("causal_attention_grad")
def by_einsum(d_out, q, k, v):
    root = math.sqrt(q.shape[-1])
    p = by_an_added_mask(q, k)
    d_p = torch.einsum("...ie,...je->...ij", d_out, v)
    d_z = p * d_p - p * torch.einsum("...ij,...ij->...i", p, d_p).unsqueeze(-1)
    d_q = torch.einsum("...ij,...jd->...id", d_z, k) / root
    d_k = torch.einsum("...ij,...id->...jd", d_z, q) / root
    return [d_q, d_k, torch.einsum("...ij,...ie->...je", p, d_out)]


@right("causal_attention_grad")
def masked_again(d_out, q, k, v):
    """Masks d_p and d_z as well, which changes nothing."""
    p = by_an_added_mask(q, k)
    d_p = (d_out @ v.mT).tril()
    d_z = (p * (d_p - (d_p * p).sum(-1, keepdim=True))).tril() / math.sqrt(q.shape[-1])
    return d_z @ k, d_z.mT @ q, p.tril().mT @ d_out


@right("causal_attention_grad")
def as_flash_attention_does(d_out, q, k, v):
    p = by_an_added_mask(q, k)
    row = (d_out * (p @ v)).sum(-1, keepdim=True)
    d_z = p * (d_out @ v.mT - row) / math.sqrt(q.shape[-1])
    return d_z @ k, d_z.mT @ q, p.mT @ d_out


@right("causal_attention_grad")
def query_by_query(d_out, q, k, v):
    root = math.sqrt(q.shape[-1])
    d_q, d_k, d_v = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    for i in range(q.shape[-2]):
        one, up, past = q[..., i : i + 1, :], d_out[..., i : i + 1, :], slice(0, i + 1)
        p = torch.softmax(one @ k[..., past, :].mT / root, -1)
        d_p = up @ v[..., past, :].mT
        d_z = p * (d_p - (d_p * p).sum(-1, keepdim=True)) / root
        d_q[..., i : i + 1, :] = d_z @ k[..., past, :]
        d_k[..., past, :] += d_z.mT @ one
        d_v[..., past, :] += p.mT @ up
    return d_q, d_k, d_v


# --- split_heads --------------------------------------------------------------------------------


@right("split_heads")
def by_chunks(x, heads):
    return torch.stack(x.chunk(heads, -1), 1)


@right("split_heads")
def by_permuting(x, heads):
    n, t, m = x.shape
    return x.reshape(n, t, heads, m // heads).permute(0, 2, 1, 3).contiguous()


@right("split_heads")
def through_the_transpose(x, heads):
    return x.mT.unflatten(1, (heads, x.shape[2] // heads)).mT


@right("split_heads")
def by_slices(x, heads):
    d = x.size(2) // heads
    return torch.cat([x[:, None, :, h * d : h * d + d] for h in range(heads)], dim=1)


# --- residual_grad ------------------------------------------------------------------------------


def hat_and_root(x):
    inv = (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()
    return x * inv, inv


def norm_back(d, x, gamma):
    hat, inv = hat_and_root(x)
    g = d * gamma
    d_x = inv * (g - hat * (g * hat).mean(-1, keepdim=True))
    return d_x, (d * hat).sum(0)


@right("residual_grad")
def written_out(d_out, x, gamma, w1, b1, w2, b2):
    y = F.rms_norm(x, x.shape[-1:], gamma, 1e-5)
    l1 = F.linear(y, w1.T, b1)
    d_l1 = torch.where(l1 > 0, d_out @ w2.T, 0)
    d_x, d_gamma = norm_back(d_l1 @ w1.T, x, gamma)
    d_w1, d_w2 = torch.einsum("rm,rh->mh", y, d_l1), l1.clamp_min(0).T @ d_out
    return [d_x + d_out, d_gamma, d_w1, d_l1.sum(0), d_w2, d_out.sum(0)]


@right("residual_grad")
def row_by_row_back(d_out, *args):
    """Each row alone; the parameters' gradients are added up."""
    x, *params = args
    rows = [written_out(d_out[i : i + 1], x[i : i + 1], *params) for i in range(len(x))]
    d_x, *others = zip(*rows, strict=True)
    return torch.cat(d_x), *(sum(parts) for parts in others)


@right("residual_grad")
def with_the_jacobian(d_out, x, gamma, w1, b1, w2, b2):
    """The norm's Jacobian, row by row, and then a product with it."""
    hat, inv = hat_and_root(x)
    m, y = x.shape[1], hat * gamma
    active = (y @ w1 + b1 > 0).to(x.dtype)
    d_l1 = (d_out @ w2.T) * active
    d_y = d_l1 @ w1.T
    eye = torch.eye(m, dtype=x.dtype, device=x.device)
    jacobian = inv.unsqueeze(-1) * (eye - hat.unsqueeze(2) * hat.unsqueeze(1) / m)
    d_x = d_out + torch.einsum("ri,rij->rj", d_y * gamma, jacobian)
    d_w2 = ((y @ w1 + b1) * active).T @ d_out
    return d_x, (d_y * hat).sum(0), y.T @ d_l1, d_l1.sum(0), d_w2, d_out.sum(0)


# --- writer_loss_and_grads ----------------------------------------------------------------------


@right("writer_loss_and_grads")
def in_three_axes(params, ids, targ, heads):
    """Never flattened; heads in an axis of einsum; fused forward, written-out backward."""
    table, places, *layers, g3, w, b = params
    n, t = ids.shape
    x, kept = F.embedding(ids, table) + places, []
    for i in range(0, len(layers), 10):
        g1, w_in, b_in, w_out, b_out, g2, w1, b1, w2, b2 = layers[i : i + 10]
        y = F.rms_norm(x, x.shape[-1:], g1, 1e-5)
        q, k, v = (y @ w_in + b_in).view(n, t, 3, heads, -1).unbind(2)
        z = torch.einsum("nihd,njhd->nhij", q, k) / math.sqrt(q.shape[-1])
        seen = torch.ones(t, t, dtype=torch.bool, device=x.device).tril()
        p = torch.where(seen, z, -torch.inf).softmax(-1)
        mixed = torch.einsum("nhij,njhd->nihd", p, v).flatten(2)
        half = x + mixed @ w_out + b_out
        y2 = F.rms_norm(half, x.shape[-1:], g2, 1e-5)
        l1 = y2 @ w1 + b1
        kept.append((x, y, q, k, v, p, mixed, half, y2, l1))
        x = half + l1.relu() @ w2 + b2
    y3 = F.rms_norm(x, x.shape[-1:], g3, 1e-5)
    logits = y3 @ w + b
    loss = F.cross_entropy(logits.mT, targ)
    d = (logits.softmax(-1) - F.one_hot(targ, len(b))) / (n * t)

    def back(d, x, gamma):
        d_x, d_gamma = norm_back(d, x, gamma)
        return d_x, d_gamma.sum(0)

    def weight(a, d):
        return torch.einsum("nti,nto->io", a, d), d.sum((0, 1))

    d_x, *last = back(d @ w.T, x, g3)
    last += weight(y3, d)
    grads = []
    for i in range(len(layers) - 10, -1, -10):
        g1, w_in, _, w_out, _, g2, w1, _, w2, _ = layers[i : i + 10]
        x, y, q, k, v, p, mixed, half, y2, l1 = kept.pop()
        d_l1 = d_x @ w2.T * (l1 > 0)
        d_branch, *d_second = back(d_l1 @ w1.T, half, g2)
        d_second += [*weight(y2, d_l1), *weight(l1.relu(), d_x)]
        d_half = d_x + d_branch
        d_mixed = (d_half @ w_out.T).unflatten(2, (heads, -1))
        d_p = torch.einsum("nihd,njhd->nhij", d_mixed, v)
        d_z = p * (d_p - (d_p * p).sum(-1, keepdim=True)) / math.sqrt(q.shape[-1])
        d_q = torch.einsum("nhij,njhd->nihd", d_z, k)
        d_k = torch.einsum("nhij,nihd->njhd", d_z, q)
        d_v = torch.einsum("nhij,nihd->njhd", p, d_mixed)
        d_qkv = torch.stack([d_q, d_k, d_v], 2).flatten(2)
        d_branch, *d_first = back(d_qkv @ w_in.T, x, g1)
        d_first += [*weight(y, d_qkv), *weight(mixed, d_half)]
        d_x = d_half + d_branch
        grads = d_first + d_second + grads
    d_table = torch.zeros_like(table).index_put_((ids,), d_x, accumulate=True)
    return loss, [d_table, d_x.sum(0), *grads, *last]


@right("writer_loss_and_grads")
def text_by_text(params, ids, targ, heads):
    """The gradients of each text alone, averaged."""
    runs = [in_three_axes(params, i[None], t[None], heads) for i, t in zip(ids, targ, strict=True)]
    losses, grads = zip(*runs, strict=True)
    n = len(ids)
    return sum(losses) / n, tuple(sum(parts) / n for parts in zip(*grads, strict=True))


@right("writer_loss_and_grads")
def in_float64(params, ids, targ, heads):
    loss, grads = in_three_axes([p.double() for p in params], ids, targ, heads)
    return loss.to(params[0].dtype), [g.to(params[0].dtype) for g in grads]
