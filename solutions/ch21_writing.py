"""Chapter 21, a net that writes: embeddings, the causal mask, heads, a residual block, the whole.

causal_weights and split_heads stay differentiable; the gradients are taken by hand, without
autograd. Inputs may have any size but 0, and any memory layout, and keep their values; tensors made
on the way have the inputs' dtype and device. Logits may be large. Each call stands for itself.
"""

import math
from collections.abc import Sequence

import torch
from ch03_forward import lin, model, relu
from ch06_backward import relu_grad
from ch08_lean_backward import lin_grad_matmul
from ch12_classification import cross_entropy, cross_entropy_grad
from ch17_normalisation import rms_norm, rms_norm_grad
from ch19_attention import softmax_grad
from jaxtyping import Float, Int64
from torch import Tensor


def embedding_grad(
    d_out: Float[Tensor, "n t m"], ids: Int64[Tensor, "n t"], v: int
) -> Float[Tensor, "v m"]:
    """Backpropagate through an embedding, out = table[ids]; return d_table.

        out[i, j] = table[ids[i, j]],   dL/dtable[c] = sum of d_out[i, j] over all i, j with
                                                       ids[i, j] = c

    d_out is dL/dout. table has v rows of m numbers, one for each character; ids are the numbers of
    n pieces of text, 0 ... v - 1. A row that is used many times adds up all that comes back to it,
    and one that is not used gets zeros.
    """
    d_table = torch.zeros(v, d_out.shape[-1], dtype=d_out.dtype, device=d_out.device)
    return d_table.index_add(0, ids.flatten(), d_out.flatten(0, 1))


def causal_weights(
    q: Float[Tensor, "... t d"], k: Float[Tensor, "... t d"]
) -> Float[Tensor, "... t t"]:
    """Say how much each place of a text looks at itself and at those before it; never ahead.

        p[i, j] = exp(z[i, j]) / sum_(l <= i) exp(z[i, l]) where j <= i, else 0
        z = q k^T / sqrt(d)

    Row i adds up to 1 over the places 0 ... i. A later place must have no effect on it, however
    large its score. z must not overflow on the way. Leading axes are each on their own.

    Source: Vaswani et al., Attention Is All You Need (2017), section 3.2.3.
    """
    z = q @ k.mT / math.sqrt(q.shape[-1])
    later = torch.ones_like(z, dtype=torch.bool).triu(1)
    return torch.softmax(z.masked_fill(later, -math.inf), -1)


def causal_attention_grad(
    d_out: Float[Tensor, "... t e"],
    q: Float[Tensor, "... t d"],
    k: Float[Tensor, "... t d"],
    v: Float[Tensor, "... t e"],
) -> tuple[Float[Tensor, "... t d"], Float[Tensor, "... t d"], Float[Tensor, "... t e"]]:
    """Backpropagate through causal attention; return d_q, d_k and d_v.

        out = p v,  p = causal_weights(q, k)

    d_out is dL/dout. A place is seen by itself and by those after it, so its key and its value get
    their gradients from these alone.
    """
    p = causal_weights(q, k)
    d_z = softmax_grad(d_out @ v.mT, p) / math.sqrt(q.shape[-1])
    return d_z @ k, d_z.mT @ q, p.mT @ d_out


def split_heads(x: Float[Tensor, "n t m"], heads: int) -> Float[Tensor, "n heads t d"]:
    """Cut each row of m numbers into several heads of d = m / heads, and give each head its text.

        out[i, h, j, a] = x[i, j, h d + a]

    Attention takes its leading axes each on their own, so out is as many texts as there are pieces
    and heads. heads divides m.

    Source: Vaswani et al. (2017), section 3.2.2.
    """
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def residual_grad(
    d_out: Float[Tensor, "r m"],
    x: Float[Tensor, "r m"],
    gamma: Float[Tensor, "m"],
    w1: Float[Tensor, "m h"],
    b1: Float[Tensor, "h"],
    w2: Float[Tensor, "h m"],
    b2: Float[Tensor, "m"],
) -> tuple[Tensor, ...]:
    """Run a residual block, then backpropagate through it; return all six gradients.

        out = x + f(rms_norm(x, gamma)),  f(y) = lin(relu(lin(y, w1, b1)), w2, b2)

    d_out is dL/dout. Return d_x, d_gamma, d_w1, d_b1, d_w2, d_b2. x reaches out twice: as it is,
    and through the norm and f.

    Source: He et al., Deep Residual Learning (2015), section 3.2; Xiong et al., On Layer
    Normalization in the Transformer Architecture (2020), for the norm within the branch.
    """
    y = rms_norm(x, gamma)
    l1 = lin(y, w1, b1)
    l2 = relu(l1)

    out = torch.empty_like(d_out)  # only its gradient is needed
    out.grad = d_out
    lin_grad_matmul(l2, out, w2, b2)
    relu_grad(l1, l2)
    lin_grad_matmul(y, l1, w1, b1)
    d_x, d_gamma = rms_norm_grad(y.grad, x, gamma)
    return d_out + d_x, d_gamma, w1.grad, b1.grad, w2.grad, b2.grad


def writer_loss_and_grads(
    params: Sequence[Tensor], ids: Int64[Tensor, "n t"], targ: Int64[Tensor, "n t"], heads: int
) -> tuple[Float[Tensor, ""], list[Tensor]]:
    """Run the net that writes, and return its loss and the gradients of all its parameters.

        x = table[ids] + places
        x = x + lin(causal attention of lin(rms_norm(x, g1), w_in, b_in), w_out, b_out)
        x = x + lin(relu(lin(rms_norm(x, g2), w1, b1)), w2, b2)
        L = cross_entropy(lin(rms_norm(x, g3), w, b), targ), the mean over all n t places

    ids are n pieces of text of t characters, targ the character that follows each of them. params
    are table [v, m] and places [t, m]; then for each layer g1 [m], w_in [m, 3m], b_in [3m],
    w_out [m, m], b_out [m], g2 [m], w1 [m, h], b1 [h], w2 [h, m], b2 [m]; then g3 [m], w [m, v],
    b [v]. There may be several layers (the two middle lines, in turn), or none. w_in
    makes q, k and v, side by side; attention runs in several heads, which are laid side by side
    again before w_out.

    Return L and the gradients, in the order of params. By hand, of course.
    """
    table, places, *layers, g3, w, b = params
    n, t = ids.shape
    x = (table[ids] + places).flatten(0, 1)  # one row for each place
    kept = []
    for i in range(0, len(layers), 10):
        g1, w_in, b_in, w_out, b_out, g2, *mlp = layers[i : i + 10]
        y = rms_norm(x, g1)
        qkv = lin(y, w_in, b_in)
        q, k, v = (split_heads(a, heads) for a in qkv.unflatten(0, (n, t)).chunk(3, -1))
        mixed = (causal_weights(q, k) @ v).transpose(1, 2).reshape(x.shape)
        branch = lin(mixed, w_out, b_out)
        kept.append((x, y, qkv, q, k, v, mixed, branch, x + branch))
        x = x + branch
        x = x + model(rms_norm(x, g2), *mlp)
    y3 = rms_norm(x, g3)
    logits = lin(y3, w, b)

    cross_entropy_grad(logits, targ.flatten())
    lin_grad_matmul(y3, logits, w, b)
    d_x, d_g3 = rms_norm_grad(y3.grad, x, g3)
    d_layers = []
    for i in reversed(range(0, len(layers), 10)):
        g1, w_in, b_in, w_out, b_out, g2, *mlp = layers[i : i + 10]
        x, y, qkv, q, k, v, mixed, branch, half = kept.pop()
        branch.grad, *d_mlp = residual_grad(d_x, half, g2, *mlp)
        lin_grad_matmul(mixed, branch, w_out, b_out)
        d_mixed = split_heads(mixed.grad.unflatten(0, (n, t)), heads)
        d_heads = causal_attention_grad(d_mixed, q, k, v)
        qkv.grad = torch.cat([d.transpose(1, 2).reshape(x.shape) for d in d_heads], -1)
        lin_grad_matmul(y, qkv, w_in, b_in)
        d_x, d_g1 = rms_norm_grad(y.grad, x, g1)
        d_x = d_x + branch.grad
        d_layers = [d_g1, w_in.grad, b_in.grad, w_out.grad, b_out.grad, *d_mlp, *d_layers]
    d_x = d_x.unflatten(0, (n, t))
    grads = [
        embedding_grad(d_x, ids, len(table)),
        d_x.sum(0),
        *d_layers,
        d_g3,
        w.grad,
        b.grad,
    ]
    return cross_entropy(logits, targ.flatten()), grads
