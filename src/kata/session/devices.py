"""The device that `pytest --device NAME` names: whether torch can use it here."""

from kata.session import cuda

KNOWN = ("cpu", "cuda", "mps", "xpu")
WITHOUT_FLOAT64 = ("mps",)  # Metal has none; its tests in float64 are left out


def trouble_with(name: str) -> str:
    """Return why nothing can be graded on a device, in one line; "" where it can."""
    if name not in KNOWN:
        return f"{name}: no device of torch's that is known here ({', '.join(KNOWN)})"
    if name == "cuda":
        found = cuda.found()
        return "" if found.is_usable else f"cuda: {found.trouble or 'torch finds no GPU'}"
    try:
        cuda.use(name)
    except Exception as error:
        return f"{name}: torch cannot use it here ({str(error).splitlines()[0]})"
    return ""
