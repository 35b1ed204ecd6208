"""What a stream can show, tables that fit, and amounts for people."""

from __future__ import annotations

import io
import json
from datetime import UTC

import pytest

from qctl.cli.emit import as_json, emit_list, emit_one
from qctl.cli.failure import masked, told
from qctl.cli.grid import Cell, Column, grid
from qctl.cli.settings import Settings
from qctl.cli.terminal import Look, look
from qctl.model.cells import width
from qctl.model.show import age, clock_time, count, duration, ordinal, signal_words, size
from tests.unit.jobs_at_hand import NOW_MS


class _Stream(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def seen(terminal: bool, color: str = "auto", **environ: str) -> Look:
    return look(_Stream(terminal), {"LANG": "C.UTF-8", "TERM": "xterm"} | environ, color, NOW_MS, UTC)


def test_a_terminal_has_colours_and_a_width_and_a_pipe_has_neither() -> None:
    assert (seen(True, COLUMNS="100").colour, seen(True, COLUMNS="100").width) == (True, 100)
    assert seen(True).width == 80
    assert (seen(False).colour, seen(False).width, seen(False).live) == (False, None, False)


@pytest.mark.parametrize(
    ("terminal", "color", "environ", "colour"),
    [
        (True, "auto", {"NO_COLOR": "1"}, False),
        (True, "auto", {"NO_COLOR": ""}, True),
        (True, "auto", {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False),
        (False, "auto", {"CLICOLOR_FORCE": "1"}, True),
        (False, "auto", {"FORCE_COLOR": "1"}, True),
        (False, "auto", {"CLICOLOR_FORCE": "0"}, False),
        (True, "auto", {"TERM": "dumb"}, False),
        (True, "never", {"CLICOLOR_FORCE": "1"}, False),
        (False, "always", {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_follows_the_flag_then_the_usual_variables(
    terminal: bool, color: str, environ: dict[str, str], colour: bool
) -> None:
    assert seen(terminal, color, **environ).colour is colour


def test_signs_fall_back_to_ascii_where_the_locale_is_not_utf8_or_ascii_is_asked_for() -> None:
    assert seen(True).unicode
    assert not seen(True, QCTL_ASCII="1").unicode
    assert not seen(True, LC_ALL="C").unicode
    assert seen(True, LANG="", LC_CTYPE="en_US.utf8").unicode
    plain = seen(True, LC_ALL="C")
    assert plain.sign("✔ ✗ ● ○ ↻ ◷") == "ok FAIL run wait retry eta"
    assert plain.safe("naïve") == "na\\xefve"


def test_nothing_is_drawn_again_on_a_dumb_terminal_or_in_ci() -> None:
    assert seen(True).live
    assert not seen(True, TERM="dumb").live
    assert not seen(True, CI="true").live


COLUMNS = (Column("ID"), Column("TASK", least=6), Column("N", right=True), Column("BY", least=3, given_up=1))
ROWS: list[list[Cell | str]] = [
    ["1", "backup-the-database", "1,204", "ana@db1"],
    ["2", Cell("日本語日本語", "red"), "3", "bo"],
]


def test_a_table_is_as_wide_as_it_needs_off_a_terminal() -> None:
    assert grid(COLUMNS, ROWS, Look(now_ms=0)) == [
        "ID  TASK                     N  BY",
        "1   backup-the-database  1,204  ana@db1",
        "2   日本語日本語             3  bo",
    ]


@pytest.mark.parametrize("room", range(17, 60))
def test_a_table_fits_the_terminal_whatever_its_width(room: int) -> None:
    lines = grid(COLUMNS, ROWS, Look(now_ms=0, width=room))
    assert max(map(width, lines)) <= room


def test_a_table_shrinks_its_widest_column_then_gives_columns_up() -> None:
    assert grid(COLUMNS, ROWS, Look(now_ms=0, width=30))[1] == "1   backup-th…  1,204  ana@db1"
    assert grid(COLUMNS, ROWS, Look(now_ms=0, width=18))[1] == "1   backup…  1,204"


def test_colour_is_painted_around_a_cell_and_costs_no_room() -> None:
    lines = grid(COLUMNS, ROWS, Look(now_ms=0, width=40, colour=True))
    assert "\x1b[31m日本語日本語" in lines[2]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "0s"), (0.04, "40ms"), (0.4, "0.4s"), (4, "4s"), (59.7, "1m"), (62, "1m02s"), (1070, "17m50s")),
        *((3599.9, "1h"), (7500, "2h05m"), (86400 * 3 + 3600 * 4, "3d4h"), (-4, "-4s"), (9.96, "10s")),
    ],
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_ages_sizes_counts_and_places_for_people() -> None:
    assert [age(value) for value in (-1, 4.9, 60, 3 * 3600, 86400 * 12)] == ["0s", "4s", "1m", "3h", "12d"]
    assert [size(value) for value in (0, 812, 1023, 1024, 1_992_294, 212 * 1024**2, 1024**4 * 3)] == [
        *("0B", "812B", "1.0K", "1.0K", "1.9M", "212M", "3.0T")
    ]
    assert [count(1, "row"), count(1204, "row"), count(2, "crash", "crashes")] == ["1 row", "1,204 rows", "2 crashes"]
    assert [ordinal(value) for value in (1, 2, 3, 4, 11, 12, 21, 112)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "112th")
    ]
    assert [signal_words(9), signal_words(34)] == ["signal 9 SIGKILL", "signal 34 SIGRTMIN"]


def test_a_time_names_its_day_only_when_that_is_not_today() -> None:
    hour = 3_600_000
    assert clock_time(NOW_MS, UTC, NOW_MS) == "14:02:11"
    assert clock_time(NOW_MS + 7, UTC, NOW_MS, exact=True) == "14:02:11.007"
    assert clock_time(NOW_MS - 20 * hour, UTC, NOW_MS) == "11-21 18:02:11"
    assert clock_time(NOW_MS - 365 * 24 * hour, UTC, NOW_MS) == "2025-11-22 14:02"


ITEMS: list[dict[str, object]] = [{"id": "a", "task": "x\ty\n\x1b", "n": None}, {"id": "b", "task": "日本", "n": 1.5}]


def emitted(capfd: pytest.CaptureFixture[str], **options: object) -> str:
    emit_list(Settings(**options), ITEMS, lambda: ["the", "table"], columns=("id", "task", "n"), following="c")  # type: ignore[arg-type]
    return capfd.readouterr().out


def test_json_is_one_document_and_jsonl_one_object_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert json.loads(emitted(capfd, output="json")) == {"schema": "qctl.list/1", "items": ITEMS, "next": "c"}
    assert [json.loads(line) for line in emitted(capfd, output="jsonl").splitlines()] == ITEMS
    emit_one(Settings(output="json"), ITEMS[0], list)
    assert json.loads(capfd.readouterr().out) == ITEMS[0]


def test_tsv_has_a_header_and_one_row_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    """Attack 32."""
    assert emitted(capfd, output="tsv") == "id\ttask\tn\na\tx\\ty\\n\\u001b\t\nb\t日本\t1.5\n"


def test_names_alone_are_written_on_request_and_lines_otherwise(capfd: pytest.CaptureFixture[str]) -> None:
    assert emitted(capfd, output="name") == emitted(capfd, quiet=True) == "a\nb\n"
    assert emitted(capfd) == "the\ntable\n"


def test_json_never_drives_a_terminal_and_is_always_utf8() -> None:
    """Attack 31."""
    for evil in ("\x1b[2J", "\x9b2J", "\u202e", "\ud800", "\x7f"):
        text = as_json({"a": evil})
        assert evil not in text
        assert json.loads(text) == {"a": evil}
        text.encode()


def test_an_error_is_told_with_its_code_and_the_command_that_helps() -> None:
    assert told("Q069", "cannot reach it\x1b", "qctl up -d\nsystemctl status qctl") == [
        "error[Q069]: cannot reach it^[",
        "  help: qctl up -d",
        "        systemctl status qctl",
    ]


def test_passwords_of_urls_are_masked() -> None:
    """Attack 34."""
    assert masked("redis://ana:s3cret@db1:6379/0 and rediss://:x@h") == "redis://***@db1:6379/0 and rediss://***@h"
