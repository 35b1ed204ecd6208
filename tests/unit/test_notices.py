"""What a notice says: a line that a mail's subject could take, then the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qctl.config.deliveries import delivery, watchers
from qctl.model.around import Around, History, Told
from qctl.model.call import Kind
from qctl.model.notice import (
    MOST_BYTES,
    MOST_HEADLINE,
    MOST_LINES,
    Notice,
    Occasion,
    delivery_call,
    headline,
    sample,
    text_of,
)
from qctl.model.page import PlainPage
from qctl.model.report import report
from qctl.model.task import Task
from tests.unit import jobs_at_hand as at_hand
from tests.unit.config_files import Files
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS

PAGE = PlainPage(now_ms=NOW_MS)
WHY = "exit 22 on attempt 3/3: curl: (22) The requested URL returned error: 503"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder for configuration files."""
    return Files(tmp_path)


def a_notice(occasion: Occasion, **more: Any) -> Notice:
    said: dict[str, Any] = {"name": "ops", "task": "import-feed", "subject": "import-feed", "at_ms": NOW_MS}
    return Notice(occasion=occasion, **said | more)


@pytest.mark.parametrize(
    ("notice", "said"),
    [
        (a_notice(Occasion.FAIL, since_ms=NOW_MS), f"import-feed failed: {WHY}"),
        (
            a_notice(Occasion.FAIL, since_ms=NOW_MS - HOUR),
            f"import-feed still fails, since 13:02:11: {WHY}",
        ),
        (
            a_notice(Occasion.RECOVER, since_ms=NOW_MS - HOUR),
            "import-feed succeeded again, after it had failed since 13:02:11",
        ),
        (
            a_notice(Occasion.MISSED, first_ms=NOW_MS - HOUR, reason="missed"),
            "import-feed missed its run of 13:02:11",
        ),
        (
            a_notice(Occasion.MISSED, first_ms=NOW_MS - HOUR, last_ms=NOW_MS, count=7, reason="skipped:queue-full"),
            "import-feed missed 7 runs from 13:02:11 to 14:02:11 (queue-full)",
        ),
        (a_notice(Occasion.MISSED), "import-feed did not run: its job expired before it was started"),
        (a_notice(Occasion.LATE, first_ms=NOW_MS - 5 * MINUTE), "import-feed is late: due 13:57:11, 5m ago"),
        (a_notice(Occasion.OUTPUT), "import-feed failed and wrote output"),
        (a_notice(Occasion.FLOOD, count=17), "17 more notices for ops, too many to be told one by one"),
        (a_notice(Occasion.TEST), "test notice for ops: whoever reads this hears of failures, too"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_first_line_says_what_has_happened(notice: Notice, said: str) -> None:
    assert headline(notice, at_hand.failed(), PAGE) == said


def test_the_first_line_is_one_line_that_a_subject_can_hold_whatever_the_error_says() -> None:
    job = at_hand.failed()
    last = replace(job.attempts[-1], error_message="no space\nleft \x1b[31m" + "x" * 5000)
    said = headline(a_notice(Occasion.FAIL), replace(job, attempts=(last,)), PAGE)
    assert said.startswith("import-feed failed: exit 22 on attempt 3/3: no space")
    assert said.isprintable()
    assert len(said) == MOST_HEADLINE


def test_the_rest_is_the_report() -> None:
    job, around = at_hand.failed(), Around(history=History(29, 1, NOW_MS - HOUR, 24.0), skipped=("7ko00", "7ko01"))

    text = text_of(a_notice(Occasion.FAIL), job, ["last words"], PAGE, around)

    assert text.split("\n", 2)[2] == "".join(f"{line}\n" for line in report(job, ["last words"], PAGE, around))
    assert "  History    last ok 13:02:11 (24s) · 29 ok / 1 not in 30 days\n" in text
    assert "  Effects    skipped: 7ko00 7ko01\n" in text


def test_the_next_run_of_a_schedule_is_an_effect() -> None:
    lines = report(at_hand.failed(), [], PAGE, Around(next_run_ms=NOW_MS + HOUR))
    assert "  Effects    next run 15:02:11 (its schedule goes on)" in lines


def test_who_was_told_of_a_job_stands_in_its_report() -> None:
    told = [Told(NOW_MS - HOUR, "fail", "ops", "7kp00"), Told(NOW_MS - HOUR, "fail", "dev", "7kp01")]
    lines = report(at_hand.failed(), [], PAGE, Around(told=told))
    assert "  Notified   ops 13:02:11 (fail, job 7kp00) · dev 13:02:11 (fail, job 7kp01)" in lines


@pytest.mark.parametrize("occasion", list(Occasion))
def test_a_notice_of_a_job_that_is_gone_says_what_it_can(occasion: Occasion) -> None:
    text = text_of(a_notice(occasion, job="7knzz04a"), None, [], PAGE)
    assert text.endswith("\n")
    assert "qctl " in text


def test_no_name_or_output_drives_a_terminal_or_makes_a_line_of_its_own() -> None:
    """L5, attacks 31 and 32."""
    notice = a_notice(Occasion.FAIL, subject="\x1b[2J\nSubject: forged")
    text = text_of(notice, at_hand.hostile(), ["\x1b]0;owned\x07\nforged", "\udcff\x00"], PAGE)

    assert not [letter for letter in text if ord(letter) < 32 and letter != "\n"]
    assert not [line for line in text.splitlines() if line.strip().startswith(("forged", "Subject"))]


def test_a_text_is_cut_to_a_limit_and_says_so() -> None:
    """L11."""
    output, around = ["é" * 1000] * MOST_LINES, Around(lines=MOST_LINES)
    text = text_of(a_notice(Occasion.OUTPUT), at_hand.failed(), output, PAGE, around)

    assert MOST_BYTES - 10 < len(text.encode()) <= MOST_BYTES
    assert text.endswith("\n[cut here; all of it: qctl show 7knzz04a]\n")


def test_a_notice_is_read_as_the_store_writes_it() -> None:
    said = {"n": "ops", "o": "missed", "t": "tidy", "s": "tidy.hourly", "j": "one", "at": "17", "si": "5", "c": "3"}
    text = f"{7:016d} {json.dumps(said | {'i': '11', 'l': '13', 'r': 'missed'})}"

    assert Notice.decode(text.encode()) == Notice(
        name="ops",
        occasion=Occasion.MISSED,
        task="tidy",
        subject="tidy.hourly",
        job="one",
        at_ms=17,
        since_ms=5,
        count=3,
        first_ms=11,
        last_ms=13,
        reason="missed",
    )


@pytest.mark.parametrize("text", ["", "7", f"{1:016d} 7", f"{1:016d} {{}}", f'{1:016d} {{"n":"a","o":"later"}}'])
def test_what_is_no_notice_is_refused_with_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"notice|Expecting|valid"):
        Notice.decode(text)


def test_a_text_goes_by_stdin_and_nothing_else() -> None:
    task = Task(name="notify.ops", kind=Kind.EXEC, exec=("mail",))
    call = delivery_call(a_notice(Occasion.FAIL, job="one"), task, "what\n", by="notify@db1")

    assert (call.stdin_bytes, dict(call.env), dict(call.params), call.args) == (b"what\n", {}, {}, ())
    assert dict(call.labels) == {"notice": "fail", "job": "one"}


def test_who_watches_what_is_declared_by_task() -> None:
    tasks = [
        Task(name="quiet", kind=Kind.RUN, run="true"),
        Task(name="feed", kind=Kind.RUN, run="true", notify=("ops", "nobody")),
        Task(name="lost", kind=Kind.RUN, run="true", notify=("nobody",)),
    ]

    assert watchers(tasks, {"ops": {"command": ("mail",), "repeat": 60.0}}) == {
        "notify:feed": {"tell": {"ops": {"on": ["fail", "recover", "missed", "late"], "again": 60_000}}}
    }


def test_braces_of_a_command_are_text() -> None:
    task = delivery("ops", {"command": ("curl", "{url}", "{}")}, file="tasks.toml", line=3)
    assert task.exec == ("curl", "{{url}}", "{}")


def test_the_example_is_a_report_like_any_other() -> None:
    notice, job, output = sample("ops", NOW_MS)
    text = text_of(notice, job, output, PAGE)
    assert text.startswith("test notice for ops")
    assert "Why        exit 22" in text


class TestInTasksToml:
    def test_a_worker_can_run_what_delivers_and_lists_of_tasks_leave_it_out(self, files: Files) -> None:
        config = files.load('[defaults]\nqueue = "slow"\nnotify = ["n"]\n[notify.n]\ncommand = ["mail", "a@b"]')

        task = config.task("notify.n")
        assert (task.exec, task.queue, task.notify, task.line) == (("mail", "a@b"), None, (), 4)
        assert list(config.tasks) == []
        assert list(config.runnable) == ["notify.n"]

    def test_a_task_of_that_name_is_an_error(self, files: Files) -> None:
        config = files.load('[tasks."notify.n"]\nrun = "true"\n[notify.n]\ncommand = ["mail"]')

        assert [problem.code for problem in config.problems] == ["Q026"]
        assert config.deliveries == {}

    def test_a_broken_one_delivers_nothing(self, files: Files) -> None:
        config = files.load('[notify.n]\non = ["fail"]\n[notify.m]\ncommand = ["mail"]\non = "success"')

        assert config.problems[0].code == "Q016"
        assert (dict(config.notify), dict(config.deliveries)) == ({}, {})
