"""The page of `kata step`, driven by keys in a real Chromium."""

import shutil
from html import escape

import pytest

from kata.answers.handin import Submission
from kata.course import course
from kata.steps.listed import listed
from kata.steps.net import nets
from kata.steps.page import as_html

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="there is no chromium on this machine"),
    pytest.mark.xdist_group("chromium"),
]
LINE = 'w.grad = torch.einsum("nm,no->mo", inp, out.grad)'


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The page of lin_grad, by the solutions and by a lin_grad that takes the mean."""
    folder = tmp_path_factory.mktemp("step")
    made = {}
    for name, end in (("right", ""), ("wrong", " / len(inp)")):
        for chapter in ("ch03_forward", "ch05_loss", "ch06_backward"):
            text = course().solution_of(chapter).read_text("utf-8")
            (folder / f"{chapter}.py").write_text(text.replace(LINE, LINE + end), "utf-8")
        made[name] = folder / f"{name}.html"
        steps = listed("lin_grad", nets()["lin_grad"], Submission(folder))
        made[name].write_text(as_html(steps), "utf-8")
    return made


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, pages):
    """A page, as someone sees it; an error of its scripts, or a request, fails the test."""
    errors, contexts = [], []

    def look(name="right", width=1000, height=800, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith("file:") or errors.append(asked.url))
        page.goto(pages[name].as_uri())
        return page

    yield look
    for context in contexts:
        context.close()
    assert not errors


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
    return page


def said(page, name="panel"):
    text = " ".join(page.locator(f"#{name}").inner_text().split())
    return text.replace("\N{MINUS SIGN}", "-")


def test_it_opens_at_the_first_wrong_number_with_the_wiggle_s_beside_it(opened):
    page = opened("wrong")

    assert said(page, "where") == "dL/dw2[0, 0] = 1.5"
    assert said(page, "verdict") == "✗ your lin_grad says 1.5; the wiggle says 3"
    assert "= 2·(-1) + 2.5·2" in said(page)
    assert page.locator(".cell.now .wrong").text_content() == "✗1.5"
    assert "a slope of 3" in said(press(page, "w"), "more")


def test_arrows_walk_and_the_path_to_the_loss_is_lit(opened):
    page = press(opened(), "Home")
    assert said(page, "count") == "0 / 34" and page.locator(".cell .g").count() == 0

    assert said(press(page, "ArrowRight"), "where") == "l1[0, 0] = 2"
    assert "= 1·1 + 2·0.5 + 0 = 2" in said(page)
    assert said(press(page, "ArrowDown"), "by") == "forward through relu"
    assert said(press(page, "End"), "where") == "dL/db1[1] = 1"
    label = page.locator("#net svg").get_attribute("aria-label")
    assert "b1[1], l1[0, 1], l2[0, 1], out[0, 0], loss" in label
    assert page.locator(".edge.first").count() == 1 and page.locator(".edge.blocked").count() == 1
    page.locator("#slider").fill("12")
    assert said(page, "where") == "dL/dout[0, 0] = -1"


def test_a_number_is_predicted_and_a_streak_is_kept(opened):
    page = press(opened(), "Home", "p")
    assert said(page, "ask").endswith("l1[0, 0] =")

    press(page, "2", "Enter")
    assert said(page, "told") == "✓ 2 it is." and said(page, "streak") == "streak: 1"
    press(page, *"1.5", "Enter")
    assert said(page, "streak") == "streak: 2"
    press(page, *"-9", "Enter")
    assert said(page, "told") == "✗ you said -9; it is 2.5." and said(page, "streak") == ""
    press(page, "Escape", "ArrowRight")
    assert said(page, "where") == "l1[1, 1] = -3.5"


def test_a_number_is_dragged_by_keys_and_all_else_changes(opened):
    page = press(opened(), "End", "d")  # b1[1] is 0.5
    before = page.locator(".cell .v").all_text_contents()

    press(page, "ArrowRight")
    assert "b1[1] = 1: the loss is" in said(page, "more")
    assert page.locator(".cell.moved").count() >= 4
    assert page.locator(".cell .v").all_text_contents() != before
    assert "your gradient as a line" in page.locator("#more svg").get_attribute("aria-label")
    press(page, "Escape")
    assert page.locator(".cell .v").all_text_contents() == before


def test_a_number_is_dragged_by_the_pointer(opened):
    page = press(opened(), "End")

    box = page.locator('[data-cell="0"]').bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 20)
    page.mouse.up()
    assert "x[0, 0] = 1.5: the loss is" in said(page, "more")


def test_training_steps_make_the_loss_fall(opened):
    page = press(opened(), "s")
    assert "Training step 1: the loss falls from 2.5 to" in said(page, "more")
    press(page, "s")
    assert "Training step 2: the loss falls" in said(page, "more")
    press(page, "Escape")
    assert page.locator(".cell.moved").count() == 0


def test_a_training_step_says_that_a_dragged_number_goes_back(opened):
    page = press(press(opened(), "Home"), "+")
    assert "x[0, 0] = 1.5: the loss is" in said(page, "more")

    press(page, "s")
    assert "x[0, 0] is back where it was" in said(page, "told")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_is_readable_on_a_phone(opened, scheme):
    page = press(opened("wrong", width=390, height=844, scheme=scheme), "w")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = page.locator("svg text").evaluate_all(
        "all => all.map(t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)"
    )
    assert min(sizes) >= 14
    now = page.locator(".cell.now").bounding_box()
    panel = page.locator("#panel").bounding_box()
    assert now["y"] >= 0 and now["y"] + now["height"] <= panel["y"]


def test_text_stands_out_from_its_ground_in_both_themes(opened):
    for scheme in ("light", "dark"):
        page = opened("wrong", scheme=scheme)
        colours = page.evaluate(
            """() => { const own = getComputedStyle(document.documentElement);
            return Object.fromEntries(["--card", "--paper", "--glow", "--ink", "--soft", "--back",
              "--wrong"].map((name) => [name, own.getPropertyValue(name).trim()])); }"""
        )
        for ground in ("--card", "--paper", "--glow"):
            for ink in ("--ink", "--back", "--wrong"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (scheme, ink, ground)
        assert contrast(colours["--soft"], colours["--paper"]) >= 4.5


NOTEBOOKS = [  # what a notebook's body says, and the theme that it means; None: the browser's
    ('data-jp-theme-light="false"', "dark"),
    ('data-jp-theme-light="true"', "light"),
    ('class="vscode-dark" data-vscode-theme-kind="vscode-dark"', "dark"),
    ('data-vscode-theme-kind="vscode-high-contrast"', "dark"),
    ('data-vscode-theme-kind="vscode-high-contrast-light"', "light"),
    ("", None),
]


def ground(frame):
    return frame.evaluate("getComputedStyle(document.body).backgroundColor")


GROUNDS = {"light": "rgb(252, 251, 248)", "dark": "rgb(22, 24, 28)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("body", "theme"), NOTEBOOKS)
def test_in_a_notebook_it_has_the_notebook_s_theme(opened, pages, tmp_path, scheme, body, theme):
    frame = f'<iframe srcdoc="{escape(pages["right"].read_text("utf-8"))}"></iframe>'
    pages["notebook"] = tmp_path / "notebook.html"
    pages["notebook"].write_text(f"<!doctype html><body {body}>{frame}</body>", "utf-8")
    page = opened("notebook", scheme=scheme)
    shown = page.frames[1]

    assert ground(shown) == GROUNDS[theme or scheme]
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")  # the theme is changed
    shown.wait_for_function("document.documentElement.dataset.theme == 'dark'")
    page.emulate_media(media="print")
    assert ground(shown) == GROUNDS["light"]


def test_by_itself_it_goes_with_the_browser_s_theme_and_prints_light(opened):
    page = opened(scheme="dark")
    assert ground(page) == GROUNDS["dark"]

    page.emulate_media(media="print", color_scheme="dark")
    assert ground(page) == GROUNDS["light"]
    page.emulate_media(media="screen", color_scheme="light")
    page.wait_for_function("document.documentElement.dataset.theme == 'light'")
    assert ground(page) == GROUNDS["light"]


def contrast(a, b):
    """The ratio of two colours' luminances, as WCAG has it."""

    def luminance(text):
        parts = [int(text[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)
