"""What a picture is drawn on, and how it is shown.

The background is transparent and the text of a grey that stands out from white and from black
(4.5 to 1 on either), so a picture can be read in a dark notebook as in a light one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

GREY = "#777777"
BLUE, ORANGE, GREEN, RED, VIOLET = COLOURS = "#3b82c4", "#e08214", "#2e9e5b", "#d6453d", "#8a63c9"
STYLE: Any = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "text.color": GREY,
    "axes.labelcolor": GREY,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.titlesize": 10,
    "axes.titlecolor": GREY,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GREY,
    "grid.alpha": 0.25,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is the same everywhere
}
SHARPNESS = 2  # pixels of the file for one on the page
PER_INCH = 80


@contextmanager
def picture(
    caption: str, rows: int = 1, columns: int = 1, size: tuple[float, float] = (7, 3), **kwargs: Any
) -> Iterator[list[Axes]]:
    """Axes to draw on; what is drawn is shown at the end, with the caption as its text."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        yield list(figure.subplots(rows, columns, squeeze=False, **kwargs).flat)
        file = BytesIO()
        figure.savefig(file, format="png", dpi=PER_INCH * SHARPNESS)
    width = {"width": int(size[0] * PER_INCH), "alt": caption}
    _show(file.getvalue(), caption, width)


def _show(png: bytes, caption: str, about: dict[str, Any]) -> None:
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ModuleNotFoundError:
        shell = None
    else:
        shell = get_ipython()
    if shell is None:
        print(f"[picture: {caption}]")
    else:
        data = {"image/png": png, "text/plain": caption}
        display(data, metadata={"image/png": about}, raw=True)
