"""Chapter 1's picture: its ground is clear where near says no, so that its legend can be read."""

from io import BytesIO

import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from backprop import canvas, pictures


@pytest.fixture
def drawn(monkeypatch):
    """The picture of a near, as pixels of red, green, blue and alpha, each up to 1."""
    files = []
    monkeypatch.setattr(canvas, "_show", lambda png, caption, about: files.append(png))

    def draw(near):
        pictures.nearness(near)
        return imread(BytesIO(files.pop()))

    return draw


def middle_of(picture):
    height, width, _ = picture.shape
    return picture[height // 4, width // 2]


def test_the_ground_is_clear_where_near_says_no(drawn):
    *_, alpha = middle_of(drawn(lambda a, b: False))

    assert alpha == 0


def test_the_area_where_near_says_yes_has_the_blue_of_its_legend(drawn):
    *colour, alpha = middle_of(drawn(lambda a, b: True))

    assert colour == pytest.approx(to_rgb(canvas.BLUE), abs=0.02)
    assert alpha == pytest.approx(0.45, abs=0.01)
