"""Dialogues with layers: objects that are called, and then sent back.

A layer is made of some tensors (`made` counts them) and called on others. A dialogue returns what
the layer gave, and what it left on each tensor: its .grad, or ("g", its .g), or None. It then
takes all .grad away, so that the arguments are as they were.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kata.answers.dialogue import leaves_gradients
from kata.answers.seeds import seed_torch
from kata.answers.words import count

Layer = Callable[..., Any]

NO_LINKS = "Keep the three layers in the list self.layers, in order, and the loss in self.loss."


@leaves_gradients(lambda args: args[2:])
def there_and_back(answer: Layer, made: int, upstream: Tensor | None, *tensors: Tensor) -> Any:
    """Make one layer, call it, set its output's .grad to upstream (None: a loss), go back."""
    return _there_and_back(answer(*tensors[:made]), upstream, tensors[made:], tensors)


def _own_of_second(args: Sequence[Any]) -> Sequence[Any]:
    """Return what a layer is made of and, of the tensors it is called on, the second half."""
    own, given = args[3 : 3 + args[0]], args[3 + args[0] :]
    return (*own, *given[len(given) // 2 :])


@leaves_gradients(_own_of_second)
def again(
    answer: Layer, made: int, first: Tensor | None, upstream: Tensor | None, *tensors: Tensor
) -> Any:
    """Make one layer, take it there and back on some tensors, then on others of the same number.

    In between it is called twice more, and not sent back. The others stand in the same objects as
    the last of these calls', written over, as a loader may; and they have a .grad already, as if
    from an earlier pass. Returns what came of the second time.
    """
    own, given = tensors[:made], tensors[made:]
    half = len(given) // 2
    layer = answer(*own)
    out = layer(*given[:half])
    if not _takes(out, first):
        return (out, None), ()
    out.grad = first
    layer.backward()
    buffers = [-tensor for tensor in given[half:]]
    layer(*given[:half])  # and not back, as in validation
    layer(*buffers)
    for buffer, tensor in zip(buffers, given[half:], strict=True):
        buffer.copy_(tensor)
        buffer.grad = tensor.clone()
    return _there_and_back(layer, upstream, buffers, (*own, *buffers))


@leaves_gradients(lambda args: args[3:])
def side_by_side(
    answer: Layer, made: int, first: Tensor | None, upstream: Tensor | None, *tensors: Tensor
) -> Any:
    """Make two layers, each of half of the tensors; call both, then send the first one back.

    Returns what came of that.
    """
    half = len(tensors) // 2
    one, other = (answer(*part[:made]) for part in (tensors[:half], tensors[half:]))
    out = one(*tensors[made:half])
    of_other = other(*tensors[half + made :])
    if not (_takes(out, first) and _takes(of_other, upstream)):
        return (out, None), ()
    gave = out.detach().clone()
    out.grad, of_other.grad = first, upstream
    returned = one.backward()
    return (gave, returned), _taken(tensors[:half])


def two_calls(answer: Layer, made: int, *tensors: Tensor) -> Any:
    """Make one layer, and call it on some tensors, then on others; what the first call gave.

    In between the first ones are written over, as a loader may with its next batch; but for one
    that the layer has worked on in place, which is told as that.
    """
    given = [tensor.clone() for tensor in tensors[made:]]
    half = len(given) // 2
    layer = answer(*tensors[:made])
    out = layer(*given[:half])
    for tensor, before in zip(given[:half], tensors[made : made + half], strict=True):
        if torch.equal(tensor, before):
            tensor.zero_()
    layer(*given[half:])
    return out


def links(
    answer: Layer,
    w1: Tensor,
    b1: Tensor,
    w2: Tensor,
    b2: Tensor,
    targ: Tensor,
    *fed: Tensor,
) -> Any:
    """Make a model, and take each of its .layers and its .loss there and back by itself.

    fed: an input and an upstream gradient for each layer in turn, and the input of the loss.
    Returns what came of each link; where there are not three layers, how many; None for no list.
    """
    model: Any = answer(w1, b1, w2, b2)
    layers, loss = getattr(model, "layers", None), getattr(model, "loss", None)
    if not isinstance(layers, Sequence | torch.nn.ModuleList) or loss is None:
        return None
    if len(layers) != 3:
        return len(layers)
    parameters = (w1, b1, w2, b2)
    found = [
        _there_and_back(layer, upstream, (inp,), (inp, *parameters))
        for layer, inp, upstream in zip(layers, fed[:-1:2], fed[1::2], strict=True)
    ]
    return [*found, _there_and_back(loss, None, (fed[-1], targ), (fed[-1], *parameters))]


def powers(answer: Any, scale: float, upstream: Tensor, *args: Tensor) -> Any:
    """Make a subclass of a Module, scale * sum_i args[i]^(i + 1), and take it there and back."""
    return _there_and_back(_powers_of(answer)(scale), upstream, args, args)


def powers_again(answer: Any, scale: float, first: Tensor, upstream: Tensor, *args: Tensor) -> Any:
    """Return the same, after a first time with the first half of the args."""
    made = _powers_of(answer)
    return again(lambda: made(scale), 0, first, upstream, *args)


def powers_side_by_side(
    answer: Any, scale: float, first: Tensor, upstream: Tensor, *args: Tensor
) -> Any:
    """Return two such objects, each with half of the args; see side_by_side."""
    made = _powers_of(answer)
    return side_by_side(lambda: made(scale), 0, first, upstream, *args)


def parameters(answer: Any, *sizes: int) -> Any:
    """Return the parameters of a torch module that is made for these sizes."""
    return [parameter.detach().clone() for parameter in answer(*sizes).parameters()]


def drawn_in_words(answer: Any, *sizes: int) -> Any:
    """Return the parameters' shapes, and of each its mean square and its kurtosis, in coarse steps.

    The steps are far above chance for 1,000 numbers and more; a right answer that draws in another
    order says the same.
    """
    with torch.random.fork_rng(devices=[]):
        seed_torch(0)
        drawn = parameters(answer, *sizes)
    words: list[tuple[Any, ...]] = []
    for parameter in drawn:
        square = parameter.double().square()
        if parameter.numel() < 1000 or not square.any():
            words.append((list(parameter.shape), bool(square.any())))
            continue
        size = square.mean()
        kurtosis = float(square.square().mean() / size**2)
        steps = round(4 * float((size * parameter.shape[1]).log2()) / 2)
        words.append((list(parameter.shape), steps, kurtosis > 2.4))
    return sorted(words)


def module_there_and_back(
    answer: Any, sizes: Sequence[int], x: Tensor, upstream: Tensor, *values: Tensor
) -> Any:
    """Make a torch module, put each value into the parameter of its shape, call it, go back.

    Returns the output, and the gradient in each of the values. All shapes must be different.
    """
    module = answer(*sizes).to(x.dtype)
    held = {tuple(parameter.shape): parameter for parameter in module.parameters()}
    with torch.no_grad():
        for value in values:
            held[tuple(value.shape)].copy_(value)
    out = module(x)
    if not (isinstance(out, Tensor) and out.shape == upstream.shape and out.requires_grad):
        return out, ()
    (out * upstream).sum().backward()  # out.backward(upstream) imports sympy, for a second
    return out.detach(), tuple(held[tuple(value.shape)].grad for value in values)


def _there_and_back(
    layer: Any, upstream: Tensor | None, given: Sequence[Tensor], looked_at: Sequence[Tensor]
) -> Any:
    out = layer(*given)
    if not _takes(out, upstream):
        return (out, None), ()
    gave = out.detach().clone()
    out.grad = upstream
    returned = layer.backward()
    return (gave, returned), _taken(looked_at)


def _takes(out: Any, grad: Tensor | None) -> bool:
    """Return whether an output is a tensor, and one of the shape and dtype of its gradient."""
    if not isinstance(out, Tensor) or grad is None:
        return isinstance(out, Tensor)
    return out.shape == grad.shape and out.dtype == grad.dtype


def _taken(tensors: Sequence[Tensor]) -> tuple[Any, ...]:
    """Return what was left on each tensor; it is taken away."""
    left: list[Any] = []
    for tensor in tensors:
        named_g = getattr(tensor, "g", None)
        left.append(("g", named_g) if tensor.grad is None and named_g is not None else tensor.grad)
    for tensor in tensors:
        tensor.grad = None
    return tuple(left)


def _powers_of(module: Any) -> Any:
    """Return a subclass of the answer: out = scale * sum_i args[i]^(i + 1)."""

    gave: list[Any] = []

    class Powers(module):
        def __init__(self, scale: float) -> None:
            self.scale = scale
            self.runs = 0

        def __call__(self, *args: Tensor) -> Any:
            gave.append(super().__call__(*args))
            return gave[-1]

        def forward(self, *args: Tensor) -> Any:
            self.runs += 1
            powers = [arg ** (i + 1) for i, arg in enumerate(args)]
            result: Any = self.scale * sum(powers)
            self.seen, self.result = args, result
            return result

        def bwd(self, out: Tensor, *args: Tensor) -> None:
            if out.grad is None:
                named = {id(seen): f"args[{i}]" for i, seen in enumerate(self.seen)}
                named |= {id(self.result): "a result", id(self.result.grad): "out.grad"}
                runs, came = count(self.runs, "time"), count(len(args), "arg")
                raise ValueError(
                    f"bwd got {named.get(id(out), 'a tensor')} in the place of out, without a .grad"
                    f" (forward ran {runs}; then came {came})"
                )
            if not any(out is returned for returned in gave):
                raise ValueError("bwd got a tensor with a .grad that no call has returned")
            for i, arg in enumerate(args):
                arg.grad = out.grad * self.scale * (i + 1) * arg**i

    return Powers
