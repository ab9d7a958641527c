"""NumPy's ways, where torch stumbles over them: what was written, and torch's word for it."""

import linecache
import re
from collections.abc import Iterator
from types import BuiltinMethodType, FrameType
from typing import Any

import torch
from torch import Tensor

WORDS = {  # what neither tensors nor torch have
    "append": "torch.cat",
    "array": "torch.tensor",
    "around": "torch.round",
    "array_equal": "torch.equal",
    "astype": ".to(dtype), or .float() and .double()",
    "average": "mean",
    "copy": ".clone()",
    "expand_dims": "unsqueeze, or [:, None]",
    "fabs": "abs",
    "fill": ".fill_(value), or torch.full",
    "identity": "torch.eye",
    "invert": "torch.linalg.inv",
    "itemset": "x[i] = value",
    "pad": "torch.nn.functional.pad",
    "percentile": "quantile",
    "power": "pow, or **",
    "product": "prod",
    "ptp": "amax() - amin()",
}
AMONG_ALL = {"max": "amax", "min": "amin"}  # whose torch's namesakes give two results
DRAWS = {"randn", "rand", "randint", "normal", "permutation"}  # of np.random
REDUCES = "max|min|median|mode|sort|topk"
ARRAY = "np.{} works on arrays, not on tensors. torch's word is {}."
ARRAYS = (
    "NumPy's functions give arrays, not tensors, and leave torch's graph. Stay with torch's own."
)
SIZE = (
    "`.size` is a number in NumPy. In torch it is a method: .numel() counts the elements, and "
    "size() or .shape gives the lengths of the axes."
)
TWO_RESULTS = (
    "In torch, {0}(dim) gives two results, the values and their places. The values are "
    "{0}(dim).values{1}."
)
FLOAT_SIZE = "A size or an index is a float here, as / gives one. // gives an int."
AXIS = (
    "np.{} doesn't take tensors with axis= or keepdims=. torch's word is x.{}(dim, keepdim=True)."
)
DOT = "In torch, dot takes two vectors and no more. For matrices it is @ (torch.matmul)."
OF_NUMBER = "torch.{0} takes a tensor, and not a number. For a number it is math.{0}."
TWO_TENSORS = "torch.{0} takes two tensors. With a number it is x.clamp(min=...) or clamp(max=...)."
METHOD = "`.{0}` is a method: without its parentheses it isn't called."
LENGTHS = "`.shape` is no method in torch: .shape[0] is the length of the first axis."
FLOATS = re.compile(
    r"ints?, (?:not|but got|but found element of type) ?float|type float at pos|"
    r"but got float|\(got float\)|'float' object cannot be interpreted as an integer|"
    r"indices must be integers or slices, not float"
)
MAYBE_FLOATS = re.compile(
    r"slice indices must be integers|"
    r"^(?:zeros|ones|empty|rand|randn|reshape|expand|repeat|permute)\(\) takes 1 positional|"
    r"^(?:view|reshape|conv\dd|unfold|pad|max_pool2d|narrow|new_\w+|full)\(\) received an invalid "
    r"combination of arguments - got \(.*\bfloat\b"
)


def habit(error: BaseException, text: str, frame: FrameType, line: int) -> str:
    """Return the sentence on a habit of NumPy's that raised an error; "" where none did.

    frame, line: the innermost of theirs.
    """
    return next(_habits(error, text, frame, linecache.getline(frame.f_code.co_filename, line)), "")


def _habits(error: BaseException, text: str, frame: FrameType, code: str) -> Iterator[str]:
    if isinstance(error, AttributeError):
        yield from _attributes(text)
    if isinstance(error, TypeError | AttributeError):
        yield from _two_results(text, code)
    if isinstance(error, TypeError | IndexError):
        if "builtin_function_or_method" in text:
            yield from _uncalled(frame, code)
        if FLOATS.search(text) or (MAYBE_FLOATS.search(text) and _has_floats(frame, code)):
            yield FLOAT_SIZE
        if "'torch.Size' object is not callable" in text:
            yield LENGTHS
        if found := re.match(
            r"(\w+)\(\) (?:got an unexpected|received an invalid).*\baxis\b", text
        ):
            yield AXIS.format(found[1], AMONG_ALL.get(found[1], found[1]))
        if found := re.match(r"(maximum|minimum)\(\): .*must be Tensor, not (?:int|float)", text):
            yield TWO_TENSORS.format(found[1])
        elif found := re.match(r"(sqrt|exp|log)\(\): .*must be Tensor, not (?:int|float)", text):
            yield OF_NUMBER.format(found[1])
        if "numpy.ndarray" in text or "not implemented for NumPy arrays" in text:
            yield _of_arrays(code)
    if isinstance(error, RuntimeError):
        if text.startswith("1D tensors expected"):
            yield DOT
        if text.startswith("Can't call numpy() on Tensor that requires grad"):
            yield _of_arrays(code)


def _of_arrays(code: str) -> str:
    """Return what is to be said of a line that uses NumPy."""
    found = re.search(r"\b(?:np|numpy)\.(\w+)", code)
    name = found[1] if found else ""
    if name in ("dot", "matmul"):
        return ARRAY.format(name, "@ (torch.matmul)")
    name_there = AMONG_ALL.get(name, name)
    there = name and callable(getattr(torch, name_there, None))
    return ARRAY.format(name, f"torch.{name_there}") if there else ARRAYS


def _attributes(text: str) -> Iterator[str]:
    found = re.search(
        r"('Tensor' object|module '(?:torch|torch\.random)') has no attribute '(\w+)'", text
    )
    if found is None:
        return
    name = found[2]
    if name in WORDS:
        yield f"`{name}` is NumPy's word. torch's is {WORDS[name]}."
    elif "torch.random" in found[1] and name in DRAWS:
        torchs = {"permutation": "torch.randperm"}.get(name, f"torch.{name}")
        yield f"`random.{name}` is NumPy's word. torch's is {torchs}."
    elif isinstance(getattr(torch, name, None), torch.dtype):
        yield f"`{name}` is a dtype: .to(torch.{name}) converts a tensor to it."


def _two_results(text: str, code: str) -> Iterator[str]:
    found = re.search(r"torch\.return_types\.(\w+)", text)
    if found is None and text.startswith("tuple indices must be integers"):
        found = re.search(rf"\.({REDUCES})\(", code)
    if found:
        one = f", or a{found[1]}(dim)" if found[1] in ("max", "min") else ""
        yield TWO_RESULTS.format(found[1], one)


def _uncalled(frame: FrameType, code: str) -> Iterator[str]:
    """Yield what is to be said of a method of a tensor's that was not called."""
    named = [name for name in re.findall(r"\.([a-z]\w*)\b(?!\s*\()", code) if _is_method(name)]
    named += [value.__name__ for value in frame.f_locals.values() if _is_of_tensor(value)]
    if "size" in named or re.search(r"\bnp\.size\(", code):
        yield SIZE
    elif named:
        yield METHOD.format(named[0])


def _is_method(name: str) -> bool:
    return callable(getattr(Tensor, name, None))


def _is_of_tensor(value: Any) -> bool:
    return type(value) is BuiltinMethodType and isinstance(value.__self__, Tensor)


def _has_floats(frame: FrameType, code: str) -> bool:
    """Return whether a line divides, or speaks of a variable that is a float."""
    words = set(re.findall(r"\w+", code))
    divides = re.search(r"(?<!/)/(?!/)", code) is not None
    return divides or any(type(frame.f_locals.get(word)) is float for word in words)
