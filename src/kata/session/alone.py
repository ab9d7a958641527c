"""A test's result that is known before it is run."""

import pytest


def may_report_alone(item: pytest.Item) -> bool:
    """Return whether no other plugin prepares a test before it runs.

    pytest-rerunfailures does, and stops the session at a report of what it has not prepared.
    """
    known = ("_pytest.", "kata.")
    return all(
        hook.function.__module__.startswith(known)
        for hook in item.ihook.pytest_runtest_protocol.get_hookimpls()
    )


def report_alone(item: pytest.Item, outcome: Exception) -> None:
    """Report of a test that its call raised this, without its fixtures and without the call.

    They take ten times as long as the report, and most tests of a beginner are still to be written.
    """

    def call() -> None:
        raise outcome

    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    done = pytest.CallInfo.from_call(call, "call")
    report = item.ihook.pytest_runtest_makereport(item=item, call=done)
    item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
