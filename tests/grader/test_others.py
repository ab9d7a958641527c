"""Other right answers: unlike what the learner has written, each with what it costs."""

from kata.answers.call import Answer
from kata.answers.load import solution_to
from kata.course import course
from kata.diagnosis.others import MOST, cost_of, others_than
from kata.diagnosis.recorded import written_of

SOLUTION = Answer("mse", solution_to("mse"), course().solution_of("ch05_loss"))
TEXT = "def mse(output, targ):\n    return (output.squeeze(-1) - targ).square().mean()"


def test_who_has_written_one_of_them_is_shown_others():
    first = [other["text"] for other in others_than(SOLUTION, [TEXT])["others"]]
    then = [other["text"] for other in others_than(SOLUTION, [TEXT, *first])["others"]]

    assert len(set(first)) == len(set(then)) == MOST
    assert not set(first) & set(then)
    assert all("mse" in text or "class" in text for text in first)


def test_a_loop_costs_more_operations():
    loop = next(
        one for one in written_of("mse", course().variants) if one.name == "by_loop_from_nothing"
    )

    # squeeze, subtract, square and mean; a loop does more than that for each row
    assert cost_of(SOLUTION)["operations"] == 4
    assert cost_of(loop.answer)["operations"] > 4 * 4


def test_what_does_not_end_its_call_costs_nothing_that_could_be_said():
    def stops(output, targ):
        raise ValueError

    assert cost_of(Answer("mse", stops, course().solution_of("ch05_loss"))) == {}
