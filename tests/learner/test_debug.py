"""`kata debug`: a bug is shown, named or mended, and remembered."""

import ast
import json
import random
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_commands import note_as_solved

from kata.answers.call import Answer
from kata.diagnosis.model import model_of
from kata.diagnosis.observe import alike, behaviour
from kata.diagnosis.program import program_of
from kata.diagnosis.untrue import is_true_too, untrue_of
from kata.learner import bugs, practice, state
from kata.learner.bugs import Bug


@pytest.fixture
def bug(place, write):
    """An open bug, whose sentence is b."""
    sentences = ["It is x.", "You forgot b.", "It is y."]
    made = Bug("lin", "def lin(x, w, b):\n    return x @ w\n", 2, sentences[1], sentences)
    folder = bugs.folder(place)
    folder.exercises.mkdir(parents=True)
    folder.file_of("lin").write_text(made.program)
    (folder.exercises / "bug.json").write_text(json.dumps(vars(made)))
    write("lin", "return x @ w + b")
    note_as_solved(place, "lin", due=date.today())
    return made


def drawn(name, **progress):
    return next(bugs._drawn(name, state.Progress(**progress), random.Random(1)))


def test_a_bug_is_shown_with_its_failure_and_four_sentences_and_not_its_name(
    kata, place, monkeypatch
):
    monkeypatch.setattr(bugs, "random", SimpleNamespace(Random=lambda: random.Random(1)))  # no luck
    done = kata("debug", "lin_grad", "--force", "--json")
    told = json.loads(done.output)

    assert done.exit_code == 1
    assert told["status"] == "failed" and told["message"].startswith("lin_grad: ")
    assert "looks like" not in told["message"]
    assert len(told["sentences"]) == 4
    assert bugs.opened(place).sentence in told["sentences"].values()


def test_of_an_exercise_that_has_not_passed_none_is_shown(kata):
    done = kata("debug", "lin_grad")

    assert done.exit_code == 1
    assert done.output == (
        "kata: lin_grad: its bugs are shown once it passes (kata check lin_grad), or by --force\n"
    )


def test_with_nothing_solved_there_is_nothing_to_draw_from(kata):
    assert "kata debug NAME --force" in kata("debug").output


def test_the_right_sentence_closes_the_bug_and_says_its_line(kata, place, bug):
    wrong, right = kata("debug", "--answer", "a"), kata("debug", "--answer", "b")

    assert (wrong.exit_code, right.exit_code) == (1, 0)
    assert right.output.rstrip().endswith("ch03_forward.py:2.")
    assert bugs.opened(place) is None
    assert state.read(place).of("lin").found == (bug.sentence,)


def test_a_letter_that_is_none_is_said(kata, bug):
    assert kata("debug", "--answer", "z").output == (
        "kata: z: no such letter; type one of a, b, c\n"
    )


def test_a_mended_file_closes_the_bug(kata, place, bug):
    path = bugs.folder(place).file_of("lin")
    path.write_text(bug.program.replace("x @ w", "x @ w + b"))

    done = kata("debug")

    assert done.exit_code == 0
    assert done.output == "Mended. It was: You forgot b.\n"
    assert bugs.opened(place) is None


def test_a_due_exercise_that_was_debugged_moves_one_box_on(kata, place, bug):
    kata("debug", "--answer", "b")

    progress = state.read(place).of("lin")
    assert progress.box == 2
    assert (progress.due_on - date.today()).days == practice.DAYS[1]


def test_every_second_time_again_comes_with_a_bug(kata, place, bug):
    with state.changing(place) as kept:
        kept.of("lin").box = 2
    before = place.file_of("lin").read_bytes()

    told = json.loads(kata("again", "--json").output)

    assert told["sentences"] == dict(zip("abc", bug.sentences, strict=True))
    assert place.file_of("lin").read_bytes() == before


def choice_of(model, sentence):
    return next(c for c in model.choices if sentence in c.sentence and model.shows(c))


@pytest.mark.parametrize(
    ("exercise", "shown", "other"),
    [
        # a part of what is shown, and the other way round
        ("lin_grad", "Only one row goes into w.grad and b.grad", "Only one row goes into b.grad"),
        ("lin_grad", "Only one row goes into w.grad,", "Only one row goes into w.grad and b.grad"),
    ],
)
def test_a_sentence_that_holds_as_well_is_not_offered(exercise, shown, other):
    model = model_of(exercise)
    one, other = choice_of(model, shown), choice_of(model, other)

    assert is_true_too(other, one, model)
    assert all(
        other.sentence not in untrue_of(one, model, 3, random.Random(seed)) for seed in range(10)
    )


@pytest.mark.parametrize("exercise", ["near", "relu_grad", "lin_grad", "conv2d_grad", "mse_grad"])
def test_nothing_that_is_offered_beside_the_true_sentence_does_the_same(exercise):
    model = model_of(exercise)
    for seed in range(5):
        bug = next(bugs._drawn(exercise, state.Progress(), random.Random(seed)))

        names = {"__name__": "answer"}
        exec(compile(bug.program, "bug", "exec"), names)
        did = behaviour(Answer(exercise, names[exercise], Path()))
        same = {c.sentence for c in model.choices if alike(model.does(c), did)}
        assert bug.sentence in same
        assert same & {*bug.sentences} == {bug.sentence}


def test_a_program_does_not_bear_the_name_of_its_mistake():
    model = model_of("lin_grad")
    returned = next(c for c in model.written if c.name == "lin_returned")

    program = program_of(returned, model)

    assert "lin_returned" not in program and "def lin_grad(" in program


def reached(program, name):
    """The program's top-level names, and those of them that an exercise needs."""
    found = {}
    for node in ast.parse(program).body:
        uses = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        bound = {alias.asname or alias.name for alias in getattr(node, "names", ())}
        bound |= {part.id for part in getattr(node, "targets", ())}
        found |= dict.fromkeys(bound or {node.name}, uses)
    needed, more = set(), {name}
    while more:
        needed |= more
        more = {use for each in more for use in found[each] if use in found} - needed
    return {*found}, needed


@pytest.mark.parametrize("exercise", ["model", "kaiming_init", "cross_entropy", "attention_grad"])
def test_nothing_stands_in_a_bug_s_program_that_it_does_not_need(exercise):
    """Else a helper that is never called, or an import, looks like the bug."""
    model = model_of(exercise)
    programs = [program_of(c, model) for c in model.choices if c.site is not None]

    assert len(programs) > 5
    for program in programs:
        there, needed = reached(program, exercise)
        assert there == needed, program


def test_no_bug_reckons_with_none():
    model = model_of("Lin")
    stands_in = [c for c in model.sites if "None" in c.name and model.shows(c)]

    assert stands_in
    assert all(bugs._stands_in(program_of(c, model)) for c in stands_in)
    assert not bugs._stands_in("def lin(x, w, b=None):\n    return getattr(x, 'g', 0)")


def test_a_bug_that_was_found_comes_last():
    first = drawn("lin")

    assert drawn("lin", found=(first.sentence,)).sentence != first.sentence


def test_a_mistake_that_the_learner_made_comes_sooner():
    sentence = drawn("relu_grad").sentence

    def times(**progress):
        chances = (random.Random(seed) for seed in range(60))
        return sum(
            next(bugs._drawn("relu_grad", state.Progress(**progress), chance)).sentence == sentence
            for chance in chances
        )

    assert times(met=(sentence,)) > times()


def test_the_line_that_differs_is_the_bug_s_and_not_what_it_needs():
    right = "def f(x):\n    y = 2 * x\n    return y\n"
    wrong = right.replace("2 * x", "3 * x")

    assert bugs._difference(wrong, right) == 2
    assert bugs._difference(right.replace("    y = 2 * x\n", ""), right) == 2
    assert bugs._difference("import torch\n" + wrong, right) == 3
    with_n = right.replace("y\n", "y / n\n").replace("x):", "x):\n    n = 3")
    assert bugs._difference(with_n, right) == 4


def test_a_sentence_is_shown_with_its_brackets(kata, place, bug):
    record = bugs.folder(place).exercises / "bug.json"
    told = json.loads(record.read_text())
    told["sentences"][0] = "inp is [n, m]."
    record.write_text(json.dumps(told))

    assert "a inp is [n, m]." in kata("debug").output


def test_what_was_changed_of_a_bug_is_kept_when_another_takes_its_place(kata, place, bug):
    path = bugs.folder(place).file_of("lin")
    kept = place.keep / "backups"

    kata("debug", "relu", "--force", "--json")
    assert not kept.exists()  # it was as it had been written
    kata("debug", "lin", "--force", "--json")
    path.write_text("mine")
    done = kata("debug", "relu", "--force", "--json")
    (copy,) = kept.iterdir()
    assert copy.read_text() == "mine"
    assert f"The bug of lin was not mended yet. Your text is kept in {copy}." in done.stderr
    assert json.loads(done.stdout)["name"] == "relu"


@pytest.mark.parametrize("command", [("--new",), ("relu", "--force")])
def test_a_bug_that_was_mended_counts_before_another_takes_its_place(kata, place, bug, command):
    mended = bug.program.replace("x @ w", "x @ w + b")
    bugs.folder(place).file_of("lin").write_text(mended)

    done = kata("debug", *command)

    (copy,) = (place.keep / "backups").iterdir()
    assert copy.read_text() == mended
    assert done.output.startswith(
        f"You had mended the bug of lin. It was: You forgot b. Your text is kept in {copy}.\n"
    )
    progress = state.read(place).of("lin")
    assert progress.found == (bug.sentence,) and progress.box == 2


@pytest.mark.parametrize("left", ["", "  \n", None])
def test_a_bug_s_file_that_is_gone_or_empty_is_told_of_and_can_be_had_again(kata, place, bug, left):
    path = bugs.folder(place).file_of("lin")
    path.unlink() if left is None else path.write_text(left)

    done = kata("debug")
    assert done.exit_code == 1
    assert done.output == (
        f"kata: the bug of lin was in {path}, which is gone or empty: "
        "kata debug --reset writes it again, --new draws another\n"
    )
    assert kata("debug", "--reset").output.startswith(
        "The bug is as it was again.\nlin has one bug"
    )
    assert path.read_text() == bug.program
    assert not (place.keep / "backups").exists()


def test_a_reset_keeps_the_text_that_it_takes_away(kata, place, bug):
    path = bugs.folder(place).file_of("lin")
    path.write_text("mine")

    done = kata("debug", "--reset")
    (copy,) = (place.keep / "backups").iterdir()
    assert copy.read_text() == "mine" and path.read_text() == bug.program
    assert f"Your text is kept in {copy}." in done.output


def test_without_an_open_bug_there_is_none_to_reset(kata):
    assert kata("debug", "--reset").output == (
        "kata: there is no open bug for that; kata debug opens one\n"
    )


def test_a_new_bug_takes_the_place_of_one_whose_file_is_gone(kata, place, bug):
    bugs.folder(place).file_of("lin").unlink()

    assert json.loads(kata("debug", "relu", "--force", "--json").output)["name"] == "relu"


def test_what_a_wrong_answer_prints_is_no_part_of_what_is_shown(kata, monkeypatch):
    def drawn(*_):
        print("tensor([1000.8000])")
        return iter(())

    monkeypatch.setattr(bugs, "_drawn", drawn)
    assert "1000.8" not in kata("debug", "near", "--force").output


@pytest.mark.parametrize("name", ["near", "split_and_scale", "kaiming_init", "conv2d_grad"])
def test_a_bug_is_a_file_that_python_reads(name):
    compile(drawn(name).program, "bug", "exec")


def test_a_record_that_is_no_bug_is_as_none(place, bug):
    (bugs.folder(place).exercises / "bug.json").write_text('{"exercise": "lin"}')

    assert bugs.opened(place) is None


def test_a_state_with_mistakes_that_are_no_texts_is_set_aside(place, capsys):
    with state.changing(place) as kept:
        kept.of("lin").solved = True
    path = place.keep / "state.json"
    text = json.loads(path.read_text())
    text["exercises"]["lin"]["met"] = [1]
    path.write_text(json.dumps(text))

    assert state.read(place) == state.State()
    assert "lin.met is [1]" in capsys.readouterr().err
