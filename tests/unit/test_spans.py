"""Many numbers in few words."""

from __future__ import annotations

import pytest

from qctl.model.spans import span_words, spans


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([4], "4"),
        (range(1001, 5001), "1001 to 5000"),
        ([3, *range(9, 13)], "3, 9 to 12"),
        (range(1, 20, 2), "1, 3, 5, 7, 9 and 5 more"),
        ([*range(1, 10, 2), 20, 21, 22], "1, 3, 5, 7, 9 and 3 more"),
    ],
)
def test_numbers_that_follow_each_other_are_one_span(numbers: list[int], said: str) -> None:
    assert span_words(spans(numbers)) == said
