"""What views tell beside what a picture of them shows: order, filters, and what keeps things from going on."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from qctl.client.following import LogPiece
from qctl.client.terms import Pause
from qctl.client.watching import JobPage, Snapshot
from qctl.model.output import GAP, STDERR, STDOUT, Chunk
from qctl.model.query import parse
from qctl.model.show import signal_words
from qctl.tui.acts.lines import typed
from qctl.tui.draw import VIEWS, draw, rows_of
from qctl.tui.header import bars, title_line
from qctl.tui.keys import KEYS
from qctl.tui.look import Look
from qctl.tui.output import output_lines
from qctl.tui.pages.help import help_page
from qctl.tui.pages.log import found_at, log_page
from qctl.tui.picture import Line, line_width
from qctl.tui.screen import Listing, LogView, Page, Prompt, Purpose, Screen, View
from qctl.tui.table import Rows, table
from qctl.tui.wanting import want
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.pictures import LOOK, drawn, text_of


def _keys(view: View, snapshot: Snapshot | None = None, **listing: object) -> list[str]:
    """The rows of a view, in their order."""
    lists = MappingProxyType({each: Listing(**listing) for each in View})  # type: ignore[arg-type]
    rows = rows_of(Screen(view=view, lists=lists), snapshot or instances.busy(), LOOK)
    return [row.key for row in rows.rows]


def _text(line: Line) -> str:
    return "".join(span.text for span in line)


@pytest.mark.parametrize("view", [view for view in View if view is not View.JOBS])
def test_every_column_that_has_a_name_sorts(view: View) -> None:
    for column in VIEWS[view].columns:
        if column.name:
            there, back = _keys(view, sort=column.name), _keys(view, sort=column.name, reverse=True)
            assert sorted(there) == sorted(back) == sorted(_keys(view))


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("cells", [40, 45, 50, 55, 60, 66, 70, 76, 80])
def test_every_column_that_is_shown_has_room_for_its_title(view: View, cells: int) -> None:
    columns = VIEWS[view].columns
    title = _text(table(columns, Rows(), Listing(), (cells, 5), LOOK)[0]).replace(LOOK.sign("▼"), " ")
    shown = [column.title for column in columns if column.from_width <= cells]
    assert title.split() == shown


def test_numbers_sort_the_largest_first() -> None:
    assert _keys(View.QUEUES, sort="ready")[0] == "mails"
    assert _keys(View.WORKERS, sort="busy")[0] == "db1.1.a8bpmnme"
    assert _keys(View.FAILURES, sort="last")[0] == "7knb20qq"
    assert _keys(View.SCHEDULE, sort="when") == ["import-feed", "certs-renew", "backup-db", "vacuum", "reindex"]


def test_how_long_a_worker_is_up_is_told_in_seconds_in_its_first_minute() -> None:
    snapshot = instances.busy()
    assert snapshot.health is not None
    worker = replace(snapshot.health.workers[0], since_ms=NOW_MS - 26_400)
    snapshot = replace(snapshot, health=replace(snapshot.health, workers=(worker,), gone=()))

    lines = text_of(drawn(Screen(view=View.WORKERS, width=120, height=40), snapshot))

    assert any(line.rstrip(" │").endswith("slots, up 26s") for line in lines), lines


@pytest.mark.parametrize("cells", [60, 80, 120])
@pytest.mark.parametrize("number", [9, 13, 25])
def test_the_signal_that_ended_a_job_is_named_in_full_in_the_list_of_failures(number: int, cells: int) -> None:
    group = instances.busy().errors[0]
    newest = group.newest._replace(exit_code=None, signal=number, reason="signal")
    snapshot = replace(instances.busy(), errors=(replace(group, newest=newest),))
    rows = rows_of(Screen(view=View.FAILURES), snapshot, LOOK)
    row = _text(table(VIEWS[View.FAILURES].columns, rows, Listing(), (cells - 2, 5), LOOK)[1])
    assert f"{signal_words(number)} " in row


def test_words_filter_what_is_no_job() -> None:
    assert _keys(View.QUEUES, query="NIGHT ana@db1") == ["night"]
    assert _keys(View.FAILURES, query="503") == ["7knzz04a"]
    assert _keys(View.SCHEDULE, query="disabled") == ["reindex"]
    assert _keys(View.WORKERS, query="gone") == ["web2.1.a8bpmnme"]
    assert _keys(View.EVENTS, query="backup-db complete") == [f"{NOW_MS - 7000}-0"]


def test_a_query_filters_failures_by_the_jobs_behind_them() -> None:
    """It is read by it, and no word of it has to stand in a row; what names no field is words."""
    lists = MappingProxyType({**Screen().lists, View.FAILURES: Listing(query="exit:22 queue:default")})
    assert want(Screen(view=View.FAILURES, lists=lists), LOOK).failures == parse(
        "exit:22 queue:default", LOOK.now, LOOK.zone
    )
    assert len(_keys(View.FAILURES, query="exit:22 queue:default")) == 3
    assert _keys(View.FAILURES, query="curl: 503") == ["7knzz04a"]
    assert _keys(View.FAILURES, query="error: 503") == ["7knzz04a"], "a piece of what the row says"
    by_error = MappingProxyType({**Screen().lists, View.FAILURES: Listing(query="error:503")})
    assert want(Screen(view=View.FAILURES, lists=by_error), LOOK).failures == parse("error:503", LOOK.now, LOOK.zone)
    asked = Prompt(purpose=Purpose.FILTER, label="filter")
    wrong = typed(Screen(view=View.FAILURES, prompt=asked), replace(asked, text="exit:x"), LOOK).prompt
    assert wrong is not None
    assert "exit" in wrong.complaint


@pytest.mark.parametrize("view", View)
def test_an_empty_list_says_what_to_do_next(view: View) -> None:
    lines = text_of(drawn(Screen(view=view), instances.idle()))
    assert any("qctl " in line for line in lines[4:]), lines
    filtered = MappingProxyType(dict.fromkeys(View, Listing(query="nosuchthing")))
    lines = text_of(drawn(Screen(view=view, lists=filtered), instances.idle()))
    assert any("nothing matches the filter: Esc takes it away" in line for line in lines), lines


def test_since_when_nothing_was_read_is_told() -> None:
    away = replace(instances.busy(), trouble="cannot reach Redis")
    assert "stale since 14:02:11: cannot reach Redis" in _text(title_line(away, Screen(width=120), LOOK))
    assert "stale" not in _text(title_line(instances.unanswered(), Screen(width=120), LOOK))


def test_the_help_says_where_a_key_is_meant_that_does_something_else_elsewhere() -> None:
    lines = [_text(line) for line in help_page(Screen(page=Page.HELP), instances.busy(), LOOK, (400, 90))]
    page = " ".join(lines)
    for said in ("cancel jobs (jobs, log)", "stop workers when their jobs have ended (workers)", "back (pages)"):
        assert said in page
    assert "one up (" not in page


def test_a_title_that_is_too_long_gives_way_to_health() -> None:
    long = replace(instances.busy(), title="unix:///srv/" + "x" * 90 + "/redis.sock (embedded)")
    for cells in (80, 120):
        line = title_line(long, Screen(width=cells), LOOK)
        assert line_width(line) == cells
        assert "redis 7.2.5 ok 1.9M  beat ●" in _text(line)
        assert "unix:///" in _text(line)
        assert "embedded) " in _text(line)


def test_a_screen_on_which_only_time_passes_stands_still_but_for_what_is_about_to_happen() -> None:
    """Nothing is sent to a terminal while nothing happens: five seconds later the picture is the same."""
    busy = instances.busy()
    still = replace(busy, page=JobPage(), errors=busy.errors[2:], next_ms={"certs-renew": NOW_MS + 200_000})
    assert still.health is not None
    queues = tuple(replace(queue, oldest_ms=None) for queue in still.health.queues)
    still = replace(still, health=replace(still.health, queues=queues, gone=()))
    for view in (View.JOBS, View.QUEUES, View.WORKERS, View.SCHEDULE):
        screen = Screen(view=view, width=120, height=40)
        before = text_of(draw(screen, still, LOOK))
        assert text_of(draw(screen, still, Look(now_ms=NOW_MS + 5000))) == before


def test_each_bar_stands_for_the_same_number_of_minutes() -> None:
    assert [bars(instances.busy_rates(), room) for room in (200, 59, 31, 29, 14, 3)] == [60, 30, 30, 20, 12, 3]


def test_a_pause_of_all_queues_stands_at_each() -> None:
    busy = instances.busy()
    assert busy.health is not None
    pause = Pause(by="ana@db1", reason="moving", at_ms=NOW_MS, until_ms=None)
    paused = replace(busy, health=replace(busy.health, paused={"*": pause}))
    lines = text_of(drawn(Screen(view=View.QUEUES, width=120, height=40), paused))
    assert sum("paused by ana@db1: moving" in line for line in lines[10:20]) == 4


def test_a_screen_wants_to_know_of_the_row_under_its_cursor() -> None:
    lists = MappingProxyType({**Screen().lists, View.QUEUES: Listing(cursor="batch")})
    wanted = want(Screen(view=View.QUEUES, lists=lists), LOOK).subject
    assert wanted is not None
    assert wanted.key == "batch"
    assert want(Screen(view=View.QUEUES, lists=lists, page=Page.HELP), LOOK).subject is None
    assert want(Screen(view=View.QUEUES, lists=lists, width=60, height=15), LOOK).subject is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15)])
def test_the_help_page_has_all_of_every_key(size: tuple[int, int]) -> None:
    """Nothing is cut, however narrow the columns; one scrolls to the rest."""
    pages = [help_page(Screen(scrolled=at), instances.busy(), LOOK, size) for at in range(0, 120, size[1] - 2)]
    words = {word for page in pages for line in page for word in _text(line).split()}
    assert {word for key in KEYS for word in key.help.split()} <= words
    assert not any("…" in _text(line) for page in pages for line in page)


def test_the_help_page_hides_what_changes_something_where_one_may_only_read() -> None:
    lines = [_text(line) for line in help_page(Screen(read_only=True), instances.busy(), LOOK, (120, 60))]
    assert not any("Act" in line or "cancel" in line for line in lines)


def _written(*pieces: LogPiece, **names: str) -> Snapshot:
    return replace(instances.idle(), log=pieces, log_names=names)


def _log(*pieces: tuple[str, bytes]) -> list[str]:
    chunks = (LogPiece("7k", 1, Chunk(NOW_MS, stream, data)) for stream, data in pieces)
    return [_text(line)[9:] for line in output_lines(_written(*chunks), LOOK)]


def test_output_is_read_as_lines_whatever_its_pieces() -> None:
    wide = "日本".encode()
    assert _log((STDOUT, wide[:4]), (STDERR, b"oh\n"), (STDOUT, wide[4:] + b"\nlast")) == ["! oh", "日本", "last"]
    assert _log((STDOUT, b"10 %\r50 %\r\n")) == ["50 %"]
    assert (
        _text(output_lines(_written(LogPiece("7k", 1, Chunk(NOW_MS, GAP, b"4096"))), LOOK)[0])
        == "… 4,096 bytes are not kept"
    )


def test_lines_of_a_workflow_say_whose_they_are_and_are_not_mixed_up() -> None:
    pieces = [
        LogPiece(job, 1, Chunk(NOW_MS, STDOUT, data)) for job, data in (("a", b"on"), ("b", b"two\n"), ("a", b"e\n"))
    ]
    lines = output_lines(_written(*pieces, a="gzip", b="thumb\x1b[2J"), LOOK)
    assert [_text(line)[9:] for line in lines] == ["thumb^[[2J │ two", "gzip │ one"]


def test_colours_of_a_job_are_left_out_and_whatever_else_drives_a_terminal_is_shown() -> None:
    """Attack 31."""
    assert _log((STDOUT, b"\x1b[1;31mred\x1b[0m\x1b[K \x1b[2J\x1b]0;owned\x07\x9b5A\n")) == [
        "red ^[[2J^[]0;owned^G\\x9b5A"
    ]


def test_found_text_is_marked_and_counted() -> None:
    screen = Screen(page=Page.LOG, job="7kq2f8wz", log=LogView(find="DUMP."))
    lines = log_page(replace(screen, log=LogView(find="dump")), instances.busy(), LOOK, (80, 20))
    assert "1 with dump" in _text(lines[0])
    assert [span.text for line in lines for span in line if span.style == "cursor"] == ["dump"]
    assert found_at(lines, "DUMP.") == []
    assert not any(
        span.style == "cursor" for line in log_page(screen, instances.busy(), LOOK, (80, 20)) for span in line
    )


def test_output_that_is_no_longer_here_says_where_it_is() -> None:
    lines = log_page(Screen(page=Page.LOG, job="7kq2f8wz"), instances.busy(), LOOK, (80, 20))
    assert "1,204 older lines are not here: qctl logs 7kq2f8wz" in _text(lines[1])
