"""`kata lesson`: what leads to an exercise, with its mathematics readable."""

import re
from html.parser import HTMLParser

import pytest

from kata.course import chapters, course, exercises
from kata.course.lesson_pages import as_page, leading_to, questions_behind
from kata.course.lessons import pieces_of, questions_of
from kata.dev.terminal import Terminal
from kata.learner.formulas import CODE, MATH, for_terminal, in_unicode

# what draws: a function of backprop.pictures, or a picture or race of the lesson itself
DRAWS = re.compile(r"pictures\.\w+\(|^(?:with |    with )canvas\.picture\(|^ *race\(", re.MULTILINE)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"x_{l+1} = e^{z_{ik} - m}", "x_(l+1) = e^(z_ik - m)"),
        (r"L^{-1/(2m-2)}", "L^(-1/(2m-2))"),
        (r"\frac{\sqrt q}{\pi}", "√(q)/π"),
        (r"v \leftarrow \beta v", "v ← β v"),
        (r"x = 1 \qquad \frac{dL}{dx} = 2", "x = 1\ndL/dx = 2"),
        (r"L = \frac{1}{n} \sum_i (\text{inp}_{i0} - y_i)^2", "L = 1/n ∑_i (inp_i0 - y_i)²"),
        (r"\sqrt{\frac{2}{(1 + a^2)\,\text{fan\_in}}}", "√(2/((1 + a²) fan_in))"),
        (r"\frac{dL}{dx} = x^T g", "dL/dx = xᵀ g"),
        (r"w_1 \cdot v", "w₁ · v"),
        (r"|a - b| \le 10^{-5}", "|a - b| ≤ 10⁻⁵"),
        (r"\frac{a + b}{c}", "(a + b)/c"),
        (r"x^\top g", "xᵀ g"),
        (r"(g\, w^\top)_{ij}", "(g wᵀ)_ij"),
        (
            r"q' = \underbrace{\frac{a}{2}}_{\text{per layer}} \cdot\, q",
            "q\u2032 = [a/2: per layer] · q",
        ),
        (r"\begin{cases} 1 & x_j > 0 \\ 0 & \text{else} \end{cases}", "(1 if x_j > 0, else 0)"),
        (
            r"\begin{cases} 1 & \text{if } x > 0 \\ -x & \text{otherwise}\end{cases}",
            "(1 if x > 0, else -x)",
        ),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & -1 \end{pmatrix}", "[1 2; 3 -1]"),
        (r"\begin{pmatrix} 2 - 1 & 4 \end{pmatrix}", "[2 - 1, 4]"),
        (r"\sum_{j=0}^{m-1} x_{ij}", "∑_(j=0)^(m-1) x_ij"),
        (
            r"\frac{f(x)}{2h} + \frac{dL}{dw_{1,jh}} + \frac{e^{z_j}}{S}",
            "f(x)/(2h) + dL/dw_(1,jh) + e^(z_j)/S",
        ),
    ],
)
def test_a_formula_is_readable_text(tex, text):
    assert in_unicode(tex) == text


@pytest.mark.parametrize("chapter", chapters())
def test_no_formula_of_a_lesson_holds_what_only_tex_can_read(chapter):
    lesson = CODE.sub("", (course().lessons / f"{chapter}.md").read_text("utf-8"))
    formulas = [in_unicode(found["block"] or found["inline"]) for found in MATH.finditer(lesson)]

    assert [formula for formula in formulas if re.search(r"[\\{}&]|brace|cases", formula)] == []


def test_code_keeps_its_dollars_and_carets():
    text = "`x^2` and $x^2$\n\n```python\ny = x^2  # $x$\n```\n"

    assert for_terminal(text) == "`x^2` and x²\n\n```python\ny = x^2  # $x$\n```\n"


@pytest.mark.parametrize("name", exercises())
def test_each_exercise_has_a_lesson_without_a_command_of_tex_left_in_it(name):
    text = for_terminal(leading_to(name))

    prose = re.sub(r"```.*?```|`[^`\n]+`", "", text, flags=re.DOTALL)
    assert len(text) > 40
    assert re.findall(r"\\[a-zA-Z]+|\$", prose) == []


def test_the_first_exercise_of_a_chapter_gets_its_beginning_and_the_next_one_does_not():
    assert leading_to("mse_grad").startswith("# Chapter 6")
    assert "Chapter 6" not in leading_to("lin_grad")


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_page_holds_mathml_and_loads_nothing():
    page = Elements()
    page.feed(as_page("lin_grad", leading_to("lin_grad")))

    tags = [tag for tag, _ in page.seen]
    assert "math" in tags and not {"script", "link", "img"} & {*tags}
    assert not any("src" in attrs for _, attrs in page.seen)


def test_the_command_prints_it_or_writes_it(kata, tmp_path):
    assert "out_ik = ∑_j inp_ij w_jk + b_k" in kata("lesson", "lin_grad").output

    done = kata("lesson", "lin_grad", "--html", str(tmp_path / "page.html"))

    assert done.exit_code == 0 and "<math" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize("chapter", chapters())
def test_one_exercise_of_each_chapter_ends_with_the_chapter_s_questions(chapter):
    of = [questions_behind(name) for name in exercises() if exercises()[name].chapter == chapter]

    assert [questions for questions in of if questions] == [questions_of(chapter)]
    assert len(questions_of(chapter)) == 3


def test_a_question_is_asked_and_a_key_shows_its_answer(place):
    first, second, _ = questions_of("ch06_backward")
    reason = " ".join(first.answer.split("**: ")[1].split())

    lesson = Terminal("lesson", "lin_grad", rows=60)
    lesson.wait_for(first.asked, "any key shows ours", gone=[reason])
    lesson.press(" ").wait_for(reason, second.asked).press("q")

    assert lesson.end() == 0


def test_without_a_terminal_all_answers_come_behind_all_questions(kata):
    said = " ".join(kata("lesson", "lin_grad").output.split())

    asked, _, answers = said.partition("Questions")[2].partition("Answers")
    for question in questions_of("ch06_backward"):
        assert question.asked in asked
        assert question.answer.split("**")[1] in answers
    assert "any key" not in said
    assert "Questions" not in kata("lesson", "mse_grad").output


def test_a_page_folds_the_answers(kata, tmp_path):
    kata("lesson", "lin_grad", "--html", str(tmp_path / "page.html"))

    page = (tmp_path / "page.html").read_text("utf-8")
    for question in questions_of("ch06_backward"):
        fold = page[page.index(f"<summary>{question.asked}</summary>") :]
        assert (
            f"<strong>{question.answer.split('**')[1]}</strong>" in fold.partition("</details>")[0]
        )


def test_a_page_that_cannot_be_written_is_said_in_one_line(kata, tmp_path):
    done = kata("lesson", "lin_grad", "--html", str(tmp_path / "nowhere" / "page.html"))

    assert done.exit_code == 1
    assert "page.html: No such file or directory" in done.output


@pytest.mark.parametrize("chapter", chapters())
def test_each_picture_of_a_chapter_is_named_in_one_lesson_and_where_to_see_it(chapter):
    names = [name for name in exercises() if exercises()[name].chapter == chapter]
    texts = [leading_to(name) for name in names]

    for piece in pieces_of(chapter):
        assert "<!-- picture" not in piece.text
        if piece.kind == "experiment" and DRAWS.search(piece.text.partition("def race(")[0]):
            assert piece.picture, piece.text
        if piece.picture:
            [text] = [text for text in texts if piece.picture in text]
            assert f"`exercises/{chapter}.ipynb` draw" in text


def test_a_picture_s_code_is_shown_above_its_name_where_it_needs_no_function_of_the_learner_s():
    text = leading_to("xavier_init")

    assert "pictures.layers(" in text.partition("*(A picture: ")[0]
