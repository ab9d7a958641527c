"""Chapter 12, classification: probabilities in logarithms, their loss, and its gradient.

The losses and what they are made of stay differentiable; the gradients are taken by hand, without
autograd, and a second call overwrites what the first one set. Logits may be large, and so may
labels (past 255). Inputs may have any size but 0, and any memory layout, and keep their values;
tensors made on the way have the inputs' dtype and device. Each call stands for itself.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor


def logsumexp(x: Float[Tensor, "n c"]) -> Float[Tensor, "n"]:
    """Add up numbers whose logarithms are given, and return the logarithm, row by row.

        out[i] = log sum_k exp(x[i, k]) = m + log sum_k exp(x[i, k] - m), for any m

    exp(100) is infinite in float32 and exp(-110) is 0. Choose m for each row so that neither
    harms, at logits of 10,000 too: then no term overflows, and one of them is at least 1.

    Source: Blanchard, Higham and Higham 2021, Accurately computing the log-sum-exp and softmax
    functions.
    """
    raise NotImplementedError


def log_softmax(x: Float[Tensor, "n c"]) -> Float[Tensor, "n c"]:
    """Turn each row's c logits into the logarithms of c probabilities.

        out[i, k] = log (exp(x[i, k]) / sum_l exp(x[i, l])) = x[i, k] - logsumexp(x)[i]

    Add one number to a whole row of logits, and nothing changes. Stay with logarithms all the
    way: a probability of exp(-10,000) is 0 in any float, and its logarithm is a plain -10,000.

    Source: Goodfellow, Bengio and Courville, Deep Learning, section 6.2.2.3.
    """
    raise NotImplementedError


def nll(inp: Float[Tensor, "n c"], targ: Int64[Tensor, "n"]) -> Float[Tensor, ""]:
    """Average the negative log-likelihood: how surprised the net is by each row's right class.

        L = -1/n sum_i inp[i, targ[i]]

    inp are log-probabilities, as log_softmax gives them; targ[i] is the number of the class.
    """
    raise NotImplementedError


def cross_entropy(inp: Float[Tensor, "n c"], targ: Int64[Tensor, "n"]) -> Float[Tensor, ""]:
    """Go from the net's logits to its loss in one step.

        L = nll(log_softmax(inp), targ) = 1/n sum_i (logsumexp(inp)[i] - inp[i, targ[i]])

    It is the loss of almost every net that classifies. inp are logits: any numbers, of any size.
    """
    raise NotImplementedError


def log_softmax_grad(inp: Float[Tensor, "n c"], out: Float[Tensor, "n c"]) -> None:
    """Backpropagate through out = log_softmax(inp): set inp.grad from out.grad.

        out[i, k] = inp[i, k] - logsumexp(inp)[i]

    A logit moves its own output, and through the sum it moves all c outputs of its row.
    """
    raise NotImplementedError


def nll_grad(inp: Float[Tensor, "n c"], targ: Int64[Tensor, "n"]) -> None:
    """Start the backward pass of nll: set inp.grad, its gradient with respect to inp.

        L = -1/n sum_i inp[i, targ[i]]

    inp.grad has inp's shape [n, c]: also the classes that the loss does not look at have one.
    """
    raise NotImplementedError


def cross_entropy_grad(inp: Float[Tensor, "n c"], targ: Int64[Tensor, "n"]) -> None:
    """Do both links at once: set inp.grad, the gradient with respect to the logits.

        L = 1/n sum_i (logsumexp(inp)[i] - inp[i, targ[i]])

    inp.grad has inp's shape [n, c], and is finite wherever the loss is, at logits of 10,000 too:
    chain nll_grad and log_softmax_grad on paper first.

    Source: Bishop, Pattern Recognition and Machine Learning, equation 4.109.
    """
    raise NotImplementedError
