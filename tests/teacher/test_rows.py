"""A row fits in a frame, whatever the answers say, and what they say is told as far as it fits."""

from dataclasses import replace

import pytest

from kata.grade import Grade, TestResult
from kata.teacher.fence import frames
from kata.teacher.fence.frames import TEXT, cut, pack, size
from kata.teacher.rows import as_report, fitted

SIGNS = ["a", "\n", "é", "\0", "\ud800", "\N{GRINNING FACE}"]
RESULT = TestResult("relu", "", "a test of relu", of=1, status="failed")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("count", [0, 1, TEXT // 12, TEXT // 12 + 1, TEXT, TEXT + 1, 10 * TEXT])
def test_a_text_is_cut_where_its_json_has_so_many_bytes(sign, count):
    text = sign * count
    got = cut(text)

    assert text.startswith(got)
    assert size(got) <= TEXT
    assert got == text or size(text[: len(got) + 1]) > TEXT


@pytest.mark.parametrize("sign", SIGNS)
def test_a_row_of_a_thousand_long_messages_fits_in_a_frame(sign):
    long = replace(RESULT, message=sign * 16_000, mistake=sign * 16_000)
    results = [replace(long, position=number, of=1000) for number in range(1000)]
    for row in (Grade.of("eve", fitted(results)).as_json(), {"results": as_report(results[:100])}):
        assert len(pack(row)) < frames.HEADER

    assert all(result.message and result.mistake for result in fitted(results))


def test_a_row_that_fits_is_left_as_it_is():
    results = [replace(RESULT, message="m" * 5000, position=number) for number in range(100)]

    assert fitted(results) == results
