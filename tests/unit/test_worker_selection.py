"""`-Q`: from which queues a worker takes its work."""

from __future__ import annotations

from collections import Counter

import pytest

from qctl.engine.selection import read_selection
from qctl.errors import UsageError


def test_no_queues_named_means_every_queue() -> None:
    assert read_selection(None).every
    assert read_selection("").every


def test_names_alone_are_strict_and_keep_their_order() -> None:
    selection = read_selection("high, low")

    assert selection.quotas(5) == [("high", 5), ("low", 5)]


def test_weights_come_true_over_many_claims_of_one() -> None:
    selection = read_selection("a=3,b=1")

    first = Counter(selection.quotas(1)[0][0] for _ in range(400))

    assert first == {"a": 300, "b": 100}


def test_a_weighted_claim_spreads_by_weight_and_names_every_queue_once() -> None:
    selection = read_selection("a=3,b=1")

    assert dict(selection.quotas(8)) == {"a": 6, "b": 2}
    assert sorted(selection.quotas(1)) == [("a", 1), ("b", 0)]


@pytest.mark.parametrize("text", ["a=3,b", "a=0", "a=x", "a,a", "a b", "a=1001", "{x}"], ids=lambda text: f"-Q {text}")
def test_a_selection_that_cannot_be_meant_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="-Q"):
        read_selection(text)
