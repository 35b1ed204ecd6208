"""The lines that `--each` goes through: numbered, harmless to memory, and told apart as they were written."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.cli.each import BadLine, NumberedLines


@given(st.lists(st.sampled_from(["", "a", "é", "\r", "b\r", "\0", "\u2028", " "])), st.booleans(), st.booleans())
def test_lines_are_those_that_are_not_empty_with_the_numbers_of_all(parts: list[str], null: bool, ended: bool) -> None:
    end = "\0" if null else "\n"
    text = end.join(parts) + end * ended
    pieces = [each if null else each.removesuffix("\r") for each in text.split(end)]
    expected = [(number, each) for number, each in enumerate(pieces, start=1) if each]

    lines = NumberedLines(text.encode(), "file", null=null)

    assert [*lines] == [*lines] == expected
    assert len(lines) == len(expected)


def test_a_line_that_is_no_text_is_named() -> None:
    with pytest.raises(BadLine, match="line 3 of hosts: it is not UTF-8"):
        NumberedLines(b"a\n\n\xff\nb\n", "hosts", null=False)


def test_a_hundred_thousand_lines_take_little_more_than_what_was_read() -> None:
    data = b"".join(b"host-%06d\n" % number for number in range(100_000))
    tracemalloc.start()
    try:
        lines = NumberedLines(data, "hosts", null=False)
        assert sum(1 for _ in lines) == len(lines) == 100_000
        assert tracemalloc.get_traced_memory()[1] < 3 * len(data)
    finally:
        tracemalloc.stop()
