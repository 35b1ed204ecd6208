"""What a test leaves behind is seen by what looks after it."""

from __future__ import annotations

import os

from tests.support import Home
from tests.support.descriptors import keep_open, open_descriptors, opened_since


def test_a_descriptor_that_stays_open_is_told_with_what_it_leads_to() -> None:
    before = open_descriptors()
    assert opened_since(before) == []
    ends = os.pipe()
    try:
        assert [said.partition(" -> pipe:")[0] for said in opened_since(before)] == [str(end) for end in ends]
    finally:
        for end in ends:
            os.close(end)
    assert opened_since(before) == []


def test_one_that_was_closed_and_opened_anew_is_another() -> None:
    """Whoever closes what belongs to somebody else and opens something of his own has left that."""
    ends = os.pipe()
    before = open_descriptors()
    others = os.pipe()
    os.dup2(others[0], ends[0])
    assert str(ends[0]) in {said.partition(" ")[0] for said in opened_since(before)}
    for end in (*ends, *others):
        os.close(end)


def test_one_that_serves_all_tests_is_kept() -> None:
    before = open_descriptors()
    ends = os.pipe()
    keep_open(*ends)
    assert opened_since(before) == []
    for end in ends:
        os.close(end)


def test_a_file_that_should_have_gone_with_who_made_it_is_told() -> None:
    home = Home()
    left = home.folder / "tmp" / "qctl-runs-left"
    left.mkdir()
    assert home.remove() == [str(left)]
