"""In the project's own tests, those in the folders here, a warning is an error.

Beside them stand the tests that grade a learner, where a library's warning is nobody's fault:
pyproject.toml has those of all kinds ignored.
"""

import warnings
from pathlib import Path

import pytest

OWN = {
    Path(__file__).parent / folder
    for folder in ("everywhere", "grader", "learner", "notebook", "teacher")
}
STRICT = pytest.mark.filterwarnings(
    "error",
    # the time limit may strike in a callback of Python's own, which says nothing of the answer
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if OWN & {*item.path.parents}:
            item.add_marker(STRICT, append=False)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    with warnings.catch_warnings():
        if OWN & {*collector.path.parents}:
            warnings.simplefilter("error")
        return (yield)
