"""Whether CUDA's tests can be run here, found out once in a process.

To ask torch for a GPU starts CUDA's driver, and then no fork of this process can use CUDA. So a
process that is going to fork lets a child look, and remembers what that saw (kata.session.session).
"""

import textwrap
from dataclasses import dataclass

LONG = 120  # characters of a reason: it is to be one line


@dataclass(frozen=True)
class Found:
    """What using CUDA came to; trouble: why it failed, though torch says that there is a GPU."""

    is_usable: bool
    trouble: str = ""


_found: list[Found] = []


def look() -> Found:
    """Use CUDA for a moment, where torch says that it is there."""
    import torch

    try:
        if not torch.cuda.is_available():
            return Found(is_usable=False)
        use("cuda")
    except Exception as error:
        said = str(error).strip().partition("\n")[0].partition(". ")[0]
        reason = textwrap.shorten(f"{type(error).__name__}: {said}", LONG, placeholder=" ...")
        return Found(is_usable=False, trouble=reason)
    return Found(is_usable=True)


def use(device: str) -> None:
    """Use a device for a moment. Raises what torch raises."""
    import torch

    ones = torch.ones(2, 2, device=device)
    (ones @ ones).cpu()  # memory, a kernel, a library, and back


def remember(found: Found) -> None:
    """Take this for what is to be found, without looking."""
    _found[:] = [found]


def found() -> Found:
    """Return what there is to be found."""
    if not _found:
        remember(look())
    return _found[0]


def left_out() -> str:
    """Return one line where CUDA's tests are left out though there is a GPU.

    "" where nobody looked.
    """
    trouble = _found[0].trouble if _found else ""
    return f"CUDA's tests are left out: {trouble}" if trouble else ""
