"""Practice by Leitner's boxes: a solved exercise comes back after 1, 3, 7, 14, then every 30 days.

The first pass puts an exercise into box 1. Solved again from a blank, without a hint and without a
look at the solution, it moves one box on; with help, it goes back to box 1. (S. Leitner, So lernt
man lernen, 1972.)
"""

from datetime import date, timedelta

from kata.course import exercises
from kata.learner.state import Progress, State

DAYS = (1, 3, 7, 14, 30)


def passed(progress: Progress, today: date) -> None:
    """Note that an exercise passes; it moves only at its first pass, and at the end of practice."""
    if not progress.solved:
        progress.box = 1
    elif progress.practising:
        progress.box = 1 if progress.helped else min(progress.box + 1, len(DAYS))
    else:
        return
    progress.solved, progress.practising, progress.helped, progress.seed = True, False, False, 0
    progress.due = (today + timedelta(days=DAYS[progress.box - 1])).isoformat()


def is_for_debugging(progress: Progress) -> bool:
    """Return whether it comes back as a bug to find: every second time."""
    return progress.box % 2 == 0


def found(progress: Progress, today: date) -> None:
    """Note that a bug in the exercise was found: one that is due moves one box on."""
    if progress.due_on and progress.due_on <= today and not progress.practising:
        progress.box = min(progress.box + 1, len(DAYS))
        progress.due = (today + timedelta(days=DAYS[progress.box - 1])).isoformat()


def started(progress: Progress, seed: int) -> None:
    """Note that an exercise was blanked for practice, to be graded on inputs from this seed."""
    progress.practising, progress.helped, progress.hints, progress.seed = True, False, 0, seed
    progress.status = progress.fingerprint = ""


def due(state: State, today: date) -> list[str]:
    """Return the exercises due today or earlier, the longest overdue first.

    Not those in practice.
    """
    order = list(exercises())
    found = [
        (progress.due_on, order.index(name), name)
        for name, progress in state.progress.items()
        if progress.due_on and progress.due_on <= today and not progress.practising
    ]
    return [name for _, _, name in sorted(found)]


def in_words(progress: Progress, today: date) -> str:
    """When an exercise is due: "due today", "in 3 days"; "" where it is in no box."""
    if progress.practising:
        return "practising"
    if progress.due_on is None:
        return ""
    days = (progress.due_on - today).days
    if days <= 0:
        return "due"
    return "tomorrow" if days == 1 else f"in {days} days"
