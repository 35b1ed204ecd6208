"""What somebody may have meant."""

from __future__ import annotations

import pytest

from qctl.model.suggest import closest

KNOWN = ("run", "rm", "backup-db", "send-mails", "send-letters", "tidy", "report.weekly")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("tdiy", "tidy"),
        ("rnu", "run"),
        ("rum", "run"),
        ("mr", "rm"),
        ("bakcup-db", "backup-db"),
        ("bakcup", "backup-db"),
        ("weekly", "report.weekly"),
        ("mials", "send-mails"),
        ("send", None),  # two begin so
        ("db", None),
        ("nothing", None),
    ],
)
def test_a_word_that_is_nearly_one_or_nearly_a_part_of_one_alone_is_meant(word: str, meant: str | None) -> None:
    assert closest(word, KNOWN) == meant
