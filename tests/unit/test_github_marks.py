"""What GitHub Actions is told in its own words."""

from __future__ import annotations

from qctl.cli.github import annotation, folded_away, wants_marks


def test_marks_are_written_in_github_actions_alone() -> None:
    assert wants_marks({"GITHUB_ACTIONS": "true"})
    assert not wants_marks({"CI": "true"})


def test_an_annotation_is_one_line_whatever_it_says() -> None:
    assert annotation("a:b, 7kq5", "50 %\nof it") == "::error title=a%3Ab%2C 7kq5::50 %25%0Aof it"


def test_lines_are_folded_below_their_title() -> None:
    assert folded_away("last lines", ["  a"]) == ["::group::last lines", "  a", "::endgroup::"]
