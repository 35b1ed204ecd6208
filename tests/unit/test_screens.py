"""What people see of jobs: right words, lines that fit, and nothing that drives the terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from qctl.cli.screens import jobs, machines, output, waiting
from qctl.cli.terminal import Look
from qctl.model.around import Around
from qctl.model.call import Kind
from qctl.model.cells import width
from qctl.model.folding import unfolded
from qctl.model.lines import Line, LineMaker
from qctl.model.output import Chunk
from qctl.model.report import report
from qctl.model.state import Outcome
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import ASCII, NARROW, NOW_MS, PIPE, WIDE

SERVER = "unix:///home/ana/.local/state/qctl/redis.sock (embedded)"
EVERY_JOB = [
    at_hand.running(),
    at_hand.queued(),
    at_hand.scheduled(),
    at_hand.retrying(),
    at_hand.failed(),
    at_hand.succeeded(),
    at_hand.cancelled_before_it_ran(),
    at_hand.hostile(),
]
WORKER = {
    "label": "db1.1",
    "state": "working",
    "host": "db1",
    "pid": 40112,
    "queues": ["batch", "default"],
    "slots": 4,
    "running": ["7kq2f8wz"],
    "up_s": 86400.0 * 3,
    "seen_s": 0.4,
}
QUEUE = {
    "name": "batch",
    "ready": 1204,
    "held": 3,
    "running": 2,
    "scheduled": 1,
    "oldest_s": 75.0,
    "workers": 0,
    "max_running": 2,
    "rate_limit": "5/s",
    "max_length": None,
    "paused": {
        "by": "ana@db1",
        "reason": "moving \x1b[2J the server\n" + "z" * 90,
        "at": "2026-11-22T12:00:00.000Z",
        "until": "2026-11-22T13:00:00.000Z",
    },
}


def all_screens(look: Look) -> list[str]:
    lines: list[str] = []
    for wide in (False, True):
        lines += jobs.ps(EVERY_JOB, SERVER, look, wide=wide)
        lines += jobs.history(unfolded(EVERY_JOB, 99).rows, SERVER, look, wide=wide, older="7kk02abc")
    for job in EVERY_JOB:
        lines += report(job, ["last \x1b[2J line", "x" * 300], look, Around(server=SERVER))
        lines += waiting.live(job, ["\x1b]0;owned\x07", "y" * 300], look)
    lines += machines.queues([QUEUE], SERVER, look)
    lines += machines.queue(QUEUE, [at_hand.queued(), at_hand.hostile()], SERVER, look)
    lines += machines.workers([WORKER], SERVER, look)
    return lines


def test_a_dead_worker_offers_no_slots() -> None:
    dead = WORKER | {"label": "db1.0", "state": "dead", "slots": 8, "running": ["7kgone"]}
    assert machines.workers([WORKER, dead], SERVER, WIDE)[-1].startswith("1 worker, 1 of 4 slots busy · 1 dead")
    assert machines.workers([dead], SERVER, WIDE)[-1].startswith("0 workers, 0 of 0 slots busy · 1 dead")


@pytest.mark.parametrize("look", [NARROW, WIDE, ASCII, Look(now_ms=NOW_MS, width=40)], ids=["80", "120", "ascii", "40"])
def test_no_line_is_wider_than_the_terminal(look: Look) -> None:
    too_wide = [line for line in all_screens(look) if width(line) > (look.width or 0)]
    assert too_wide == []


@pytest.mark.parametrize("look", [NARROW, PIPE], ids=["terminal", "pipe"])
def test_no_text_of_a_job_drives_the_terminal_or_makes_a_line_of_its_own(look: Look) -> None:
    """Attacks 31 and 32."""
    for line in all_screens(look) + [waiting.change(job, look) for job in EVERY_JOB]:
        assert not [letter for letter in line if unicodedata.category(letter) in ("Cc", "Zl", "Zp")], repr(line)
        assert "\u202e" not in line
    assert not [line for line in all_screens(look) if line.strip().startswith("[red]")]


def test_a_terminal_without_unicode_gets_ascii_alone() -> None:
    """Case L6."""
    assert [line for line in all_screens(ASCII) if not line.isascii()] == []


def test_a_pipe_gets_no_colour_and_nothing_is_cut() -> None:
    lines = jobs.ps([at_hand.hostile()], SERVER, PIPE)
    assert "q" * 90 in lines[1]
    assert "\x1b" not in "".join(lines)


def test_a_listing_of_what_goes_on_names_states_times_and_the_server() -> None:
    shown = jobs.ps([at_hand.running(), at_hand.queued(), at_hand.scheduled(), at_hand.retrying()], "the-server", WIDE)
    assert [" ".join(line.split()) for line in shown] == [
        "ID TASK STATE QUEUE WORKER TRY TIME",
        "7kq2f8wz backup-db ● running batch db1.1 1/4 12m04s",
        "7kr00000 backup-db ○ queued batch – – 12m",
        "7kr00001 backup-db ◷ scheduled batch – – in 5m",
        "7knzz04a import-feed ↻ retry default – 2/3 in 1m",
        "1 running, 1 queued, 2 scheduled · the-server",
    ]


def test_an_empty_listing_names_the_server_and_the_next_command() -> None:
    assert jobs.ps([], "the-server", NARROW) == ["nothing waits or runs · the-server · older: qctl history"]


def test_what_has_no_room_below_a_listing_begins_a_line_of_its_own() -> None:
    """The next command to type is never what is cut."""
    server = "unix:///home/ana/.local/state/qctl/redis.sock (embedded)"
    shown = jobs.history(unfolded([at_hand.succeeded()], 9).rows, server, NARROW, older="7kk02abc")
    assert shown[2:] == [f"1 row, 100 % ok · {server}", "older: --before 7kk02abc · why: qctl show ID"]


def test_a_long_command_gives_way_to_what_has_become_of_it() -> None:
    """On a terminal; a line of a log is as long as it is."""
    args = ("/bin/sh", "-c", "for i in 1 2 3; do echo $i; done; " * 9)
    for job in (at_hand.running(), at_hand.queued(), at_hand.succeeded()):
        long = replace(job, call=replace(job.call, kind=Kind.ADHOC, args=args))
        word = "succeeded in 17m52s" if job.ended else str(job.state)

        line = waiting.step(long, replace(PIPE, width=80))

        assert width(line) == 80
        assert word in line
        assert args[2] in waiting.change(long, PIPE)


def test_an_empty_history_of_some_jobs_does_not_say_that_none_has_ended() -> None:
    assert jobs.history([], "s", WIDE) == ["no job has ended · s"]
    assert jobs.history([], "s", WIDE, chosen=True) == ["no ended job is as asked for · s"]


def test_no_line_of_a_report_ends_in_blanks() -> None:
    lines = [line for job in EVERY_JOB for line in report(job, ["x"], PIPE, Around(server=SERVER))]
    assert [line for line in lines if line != line.rstrip()] == []


def test_history_tells_how_each_job_ended() -> None:
    past = [at_hand.succeeded(), at_hand.failed(), at_hand.cancelled_before_it_ran()]
    shown = [" ".join(line.split()) for line in jobs.history(unfolded(past, 9).rows, "s", WIDE, older="7kk02abc")]
    assert shown[1:] == [
        "7kq2f8wz backup-db ✔ ok 13:44:11 2s 17m50s 1/4 0 ana@db1",
        "7knzz04a import-feed ✗ failed 13:56:11 1s 21s 3/3 22 ana@db1",
        "7kr00000 backup-db ⊘ cancel – – – – – ana@db1",
        "3 rows, 33.3 % ok · s · older: --before 7kk02abc · why: qctl show ID",
    ]


def test_a_running_job_is_reported_with_its_progress_and_what_one_can_do() -> None:
    lines = report(at_hand.running(), ["one", "two", "three", "four"], NARROW)
    text = "\n".join(lines)
    assert lines[0] == "backup-db  7kq2f8wz".ljust(80 - len("● running  12m04s")) + "● running  12m04s"
    assert "  Command    backup-db bucket=s3://dr keep=14" in lines
    assert "  Defined    tasks.toml:12 · hash 3fa1c9e02b44" in lines
    assert "  Queue      batch · priority 5 · worker db1.1" in lines
    assert "  Progress   68% 2.1 GiB written" in lines
    assert "    13:50:05.000  enqueued   by ana@db1" in lines
    assert "    13:50:07.000  started    attempt 1/4 on db1.1, waited 2s" in lines
    assert "    one" not in lines
    assert "    four" in lines
    assert "qctl logs -f 7kq2f8wz · qctl cancel 7kq2f8wz" in text


def test_a_failed_job_is_reported_with_the_reason_each_attempt_and_the_way_on() -> None:
    lines = report(at_hand.failed(), ["curl: (22)", "giving up"], WIDE)
    assert lines[0].endswith("✗ failed after 3 attempts  5m ago")
    assert lines[1].startswith("  Why        exit 22 on attempt 3/3 — the same on all 3 attempts: curl: (22)")
    assert "    #1  13:52:11  web1.1       21s  exit 22  curl: (22) The requested URL returned error: 503" in lines
    assert "    #3  13:56:11  web1.3       21s  exit 22  same" in lines
    assert "  Output (last 2 of 4 lines; all: qctl logs 7knzz04a)" in lines
    assert lines[-1] == "  Next       qctl retry 7knzz04a · qctl logs 7knzz04a"


def test_a_cancelled_job_is_reported_with_who_cancelled_it_and_why() -> None:
    job = replace(at_hand.cancelled_before_it_ran(), cancelled_by="ana@db1", cancel_reason="wrong folder")
    assert "cancelled by ana@db1: wrong folder" in "\n".join(report(job, [], WIDE))


def test_a_signal_is_named_and_never_a_negative_exit() -> None:
    """Case P14."""
    job = at_hand.ended_by(Outcome.FAILED, signal=11)
    assert "signal 11 SIGSEGV" in "\n".join(report(job, [], WIDE))
    assert waiting.ended(job, PIPE).endswith("signal 11 SIGSEGV  exit 139")


def test_changes_are_told_as_lines_of_a_log() -> None:
    assert waiting.change(at_hand.queued(), PIPE) == "14:02:11 7kr00000 backup-db queued queue=batch priority=5"
    assert waiting.change(at_hand.running(), PIPE) == "14:02:11 7kq2f8wz backup-db running worker=db1.1 attempt=1/4"
    assert waiting.change(at_hand.succeeded(), PIPE) == "14:02:11 7kq2f8wz backup-db succeeded exit=0 run=17m50s"
    assert waiting.change(at_hand.retrying(), PIPE) == "14:02:11 7knzz04a import-feed retry at=14:03:11"


def test_a_sign_of_life_counts_from_what_the_job_does_now_and_not_from_how_long_its_last_try_took() -> None:
    assert waiting.still_there(at_hand.running(), PIPE).endswith(" for=12m04s done=68%")
    waits = at_hand.retrying()
    assert waits.last is not None
    rests = replace(waits, attempts=(*waits.attempts[:-1], replace(waits.last, ended_ms=NOW_MS - 65_000)))
    assert waiting.still_there(rests, PIPE).endswith(" for=1m05s")


def test_a_job_that_tells_no_progress_may_be_done_when_its_task_usually_is() -> None:
    quiet = replace(at_hand.running(), progress=None, progress_text=None)
    elapsed = (at_hand.NOW_MS - (quiet.started_ms or 0)) / 1000
    lines = "\n".join(waiting.live(quiet, [], NARROW, elapsed + 70))
    assert "ETA ~1m10s" in lines
    assert "typical " in lines
    assert "ETA" not in "\n".join(waiting.live(quiet, [], NARROW, elapsed / 2))


def test_the_live_region_shows_how_far_a_job_is_and_how_to_leave_it() -> None:
    lines = waiting.live(at_hand.running(), ["a", "b", "c", "d"], NARROW)
    assert "█" * 30 + "░" * 14 + "  68%   12m04s   ETA ~5m41s" in lines[1]
    assert lines[2:5] == ["  │ b", "  │ c", "  │ d"]
    assert "Ctrl-C detaches" in lines[-1]


def test_a_queue_with_jobs_that_nobody_reads_stands_out() -> None:
    assert "none!" in machines.queues([QUEUE], "s", NARROW)[1]


def test_health_is_told_in_three_lines() -> None:
    facts = {
        "health": "degraded",
        "problems": ["no worker reads queue batch"],
        "workers": 1,
        "running": 2,
        "queued": 3,
        "scheduled": 0,
        "server": "s",
    }
    assert machines.status(facts, NARROW) == [
        "✗ degraded: no worker reads queue batch",
        "  1 worker · 2 running, 3 queued, 0 scheduled",
        "  s",
    ]


def test_chunks_become_lines_for_each_stream_apart() -> None:
    """Cases L2 and L9."""
    maker = LineMaker()
    chunks = [Chunk(1, "o", b"one\ntw"), Chunk(2, "e", b"err\n"), Chunk(3, "o", b"o\nrest"), Chunk(4, "g", b"2048")]
    lines = [*(line for chunk in chunks for line in maker.add(chunk)), *maker.rest()]
    assert [(line.at_ms, line.stream, line.data) for line in lines] == [
        (1, "o", b"one\n"),
        (2, "e", b"err\n"),
        (1, "o", b"two\n"),
        (4, "g", b"[2.0K of output dropped here]\n"),
        (3, "o", b"rest"),
    ]


def test_a_line_is_exact_in_a_pipe_and_harmless_on_a_terminal() -> None:
    """Case L5."""
    line = Line(NOW_MS, "e", b"\x1b[2J\xff\x00\n")
    assert output.line_for_programs(line, PIPE) == b"\x1b[2J\xff\x00\n"
    assert output.line_for_people(line, NARROW) == "^[[2J\\xff^@"
    assert output.line_for_people(line, NARROW, timestamps=True, prefix="7kq2") == "14:02:11.000 7kq2 ! ^[[2J\\xff^@"


def test_a_job_that_waits_its_turn_says_which_it_is_and_one_that_runs_in_which_process() -> None:
    assert waiting.step(at_hand.queued(), NARROW, place=2).endswith("queued  batch · priority 5 · 2nd in queue")
    assert "running  on db1.1 (pid 40112)  attempt 1/4" in waiting.step(at_hand.running(), NARROW, pid=40112)
    assert waiting.live(at_hand.queued(), [], NARROW, place=1)[1] == "  1st in queue   12m06s"
    assert waiting.live(at_hand.scheduled(), [], NARROW)[1] == "  in 5m"


def test_the_live_region_says_how_long_the_task_usually_takes_and_of_how_many_runs_that_is_known() -> None:
    lines = waiting.live(at_hand.running(), ["a"] * 9, NARROW, 850.0, 30)
    assert lines[-2] == "  typical 14m10s (p50 of 30 runs) · log: qctl logs -f 7kq2f8wz"
    assert len(lines) <= 8


def test_an_end_on_a_narrow_terminal_takes_lines_rather_than_lose_its_exit_code() -> None:
    job = at_hand.ended_by(Outcome.FAILED, signal=11)
    lines = waiting.step(job, Look(now_ms=NOW_MS, width=40)).split("\n")
    assert lines[-1].endswith("exit 139")
    assert max(map(width, lines)) <= 40
