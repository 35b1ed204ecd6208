"""Lines at the foot of a terminal, drawn again and again: no more is sent than has changed."""

from __future__ import annotations

from qctl.cli.region import Region, Room


class _Terminal:
    """Takes what is sent, and has a size that may change."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.room = Room(columns, lines)
        self.sent: list[str] = []
        self.region = Region(self.sent.append, lambda: self.room)


def test_nothing_is_sent_when_nothing_has_changed() -> None:
    terminal = _Terminal()
    terminal.region.draw(["one", "two"])
    terminal.region.draw(["one", "two"])
    assert terminal.sent == ["one\ntwo\n"]


def test_of_as_many_lines_only_those_that_have_changed_are_sent() -> None:
    terminal = _Terminal()
    terminal.region.draw(["one", "two", "three"])
    terminal.region.draw(["one", "2", "three"])
    assert terminal.sent[1] == "\x1b[3F\n\x1b[2K2\n\n"


def test_a_line_that_stays_is_left_above() -> None:
    terminal = _Terminal()
    terminal.region.draw(["live"])
    terminal.region.above("done")
    terminal.region.clear()
    assert terminal.sent[1:] == ["\x1b[1F\x1b[Jdone\nlive\n", "\x1b[1F\x1b[J"]


def test_a_region_never_has_more_lines_than_would_scroll() -> None:
    terminal = _Terminal(lines=4)
    terminal.region.draw([str(number) for number in range(9)])
    assert terminal.sent == ["0\n1\n2\n"]


def test_lines_that_a_narrower_terminal_has_folded_are_all_taken_away() -> None:
    """Colours take no room."""
    terminal = _Terminal(columns=80)
    terminal.region.draw(["x" * 70, "\x1b[2mshort\x1b[0m"])
    terminal.room = Room(30, 24)
    terminal.region.draw(["y" * 30, "short"])
    assert terminal.sent[1].startswith("\x1b[4F\x1b[J")
