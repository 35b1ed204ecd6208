"""Being heard: what happens to a task is told by ordinary jobs, which get the report on stdin."""

from __future__ import annotations

import base64
import re
import signal
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from qctl.config.command_line import command_line
from qctl.config.loading import load
from qctl.config.next_run import around_of
from qctl.config.requests import Request, prepare
from qctl.model.call import Call, Kind
from qctl.model.job import Job
from qctl.model.page import PlainPage
from qctl.model.report import SHOWN_LINES, report
from qctl.model.state import Outcome
from qctl.model.submission import Submission
from tests.integration.worker.workshop import Workshop
from tests.support import eventually

#: Fails as long as a file `broken` is there; its output would drive a terminal (attack 31).
TASKS = """
[tasks.feed]
run = '''
printf 'begin\\033[2J\\n'
printf 'second \\377 line\\n' >&2
test ! -e {folder}/broken || exit 22
'''
notify = ["ops"]

[notify.ops]
command = ["/bin/sh", "-c", "cat > '{folder}/told-'$QCTL_JOB_ID; env > '{folder}/env-'$QCTL_JOB_ID"]
{more}
"""


def declare(shop: Workshop, more: str = "", tasks: str = "") -> None:
    shop.declare(TASKS.replace("{folder}", str(shop.folder)).replace("{more}", more) + tasks)


def broken(shop: Workshop) -> Path:
    file = shop.folder / "broken"
    file.touch()
    return file


def deliveries(shop: Workshop, count: int = 1) -> list[Job]:
    """The jobs that have told something, in the order in which they were made, when there are so many."""

    def found() -> list[Job]:
        jobs = shop.read.jobs(shop.read.recent()[::-1])
        return [job for job in jobs if job.call.task == "notify.ops" and job.ended]

    eventually(lambda: len(found()) >= count, within=15.0)
    return found()


def told(shop: Workshop, delivery: Job) -> str:
    return (shop.folder / f"told-{delivery.id}").read_bytes().decode()


def without_age(text: str) -> str:
    return re.sub(r"\d+[smhd] ago", "… ago", text)


def test_the_command_gets_the_report_byte_for_byte_as_show_writes_it(shop: Workshop) -> None:
    """L5, L11, attacks 31 and 32: by stdin alone, and nothing in it drives a terminal."""
    declare(shop)
    broken(shop)
    shop.ready_worker()
    job = shop.ended(shop.submit("feed"))

    (delivery,) = deliveries(shop)

    assert delivery.outcome is Outcome.SUCCEEDED
    (known,) = shop.store.do(shop.store.verbs.surroundings([job.id]))
    assert known is not None
    now_ms = shop.read.now_ms()
    page = PlainPage(now_ms=now_ms, zone=datetime.now(UTC).astimezone().tzinfo or UTC)
    around = replace(around_of(known, now_ms), command=command_line(known.job, load(str(shop.file))))
    shown = "".join(f"{line}\n" for line in report(known.job, known.last_lines(10), page, around))
    received = told(shop, delivery)
    headline, empty, *_ = received.split("\n")
    assert (headline, empty) == ("feed failed: exit 22 on attempt 1/1: second \\xff line", "")
    assert without_age(received) == without_age(f"{headline}\n\n{shown}")
    assert "begin^[[2J" in received
    assert "second \\xff line" in received
    assert received.encode() == delivery.call.stdin_bytes
    assert SHOWN_LINES == 10


def test_the_environment_of_a_delivery_says_nothing_of_what_is_told(shop: Workshop) -> None:
    """L11, and reference.md's closed table."""
    declare(shop)
    broken(shop)
    shop.ready_worker()
    shop.submit("feed")
    (delivery,) = deliveries(shop)

    lines = (shop.folder / f"env-{delivery.id}").read_text().splitlines()

    names = {line.partition("=")[0] for line in lines}
    usual = {"HOME", "LOGNAME", "USER", "SHELL", "PATH", "LANG", "TZ", "PWD", "_"}
    ours = "JOB_ID TASK ATTEMPT QUEUE FENCE RESULT RUN_DIR"
    assert names <= {f"QCTL_{name}" for name in ours.split()} | usual
    assert not [line for line in lines if "feed" in line]


def test_failure_recovery_and_the_next_failure_are_told_and_nothing_between(shop: Workshop) -> None:
    declare(shop)
    file = broken(shop)
    shop.ready_worker()
    for _ in range(3):
        shop.ended(shop.submit("feed"))
    file.unlink()
    for _ in range(2):
        shop.ended(shop.submit("feed"))
    broken(shop)
    last = shop.ended(shop.submit("feed"))

    found = deliveries(shop, 3)

    assert [delivery.call.labels["notice"] for delivery in found] == ["fail", "recover", "fail"]
    assert found[2].call.labels["job"] == last.id
    assert told(shop, found[1]).startswith("feed succeeded again, after it had failed since ")


def test_what_lasts_is_told_again(shop: Workshop) -> None:
    """Any `repeat` has passed between two jobs that run one after the other if it is a millisecond."""
    declare(shop, 'repeat = "1ms"')
    broken(shop)
    shop.ready_worker()
    for _ in range(2):
        shop.ended(shop.submit("feed"))

    first, again = deliveries(shop, 2)

    assert told(shop, first).startswith("feed failed: ")
    assert told(shop, again).startswith("feed still fails, since ")


def test_all_output_is_told_where_that_is_asked_for(shop: Workshop) -> None:
    """I7: what cron mails, whole."""
    declare(shop, 'on = ["output"]', '[tasks.long]\nrun = "seq 100"\nnotify = "ops"\n')
    shop.ready_worker()
    shop.ended(shop.submit("long"))

    (delivery,) = deliveries(shop)

    lines = [line.strip() for line in told(shop, delivery).splitlines()]
    assert lines[0] == "long succeeded and wrote output"
    assert [line for line in lines if line.isdecimal()] == [str(n) for n in range(1, 101)]


def test_a_secret_is_not_told(shop: Workshop) -> None:
    """L12."""
    declare(
        shop,
        tasks="""
[tasks.leaks]
run = 'echo "the token is $token"; exit 1'
params.token = { type = "str", secret = true, default = "hunter2hunter2" }
notify = "ops"
""",
    )
    shop.ready_worker()
    shop.submit("leaks")

    received = told(shop, deliveries(shop)[0])

    assert "the token is ***" in received
    assert "hunter2" not in received


def test_a_delivery_that_fails_is_tried_again_and_tells_nothing_of_itself(shop: Workshop) -> None:
    shop.declare('[tasks.feed]\nrun = "exit 1"\nnotify = "ops"\n[notify.ops]\ncommand = ["false"]\n')
    shop.ready_worker()
    shop.submit("feed")

    def tried() -> list[Job]:
        return [job for job in shop.read.active(10) if job.call.task == "notify.ops" and job.failures]

    eventually(tried, within=15.0)
    assert [(job.failures, job.max_attempts) for job in tried()] == [(1, 5)]
    assert shop.store.do(shop.store.verbs.notices(["ops"])) == []


def test_a_worker_that_is_killed_leaves_what_it_has_not_told_to_another(shop: Workshop) -> None:
    """The notice is kept by the script that ends the job, and goes in the one that takes the job which tells it."""
    declare(shop)
    broken(shop)
    first = shop.ready_worker()
    shop.ended(shop.submit("feed"))
    first.signal(signal.SIGKILL)
    first.process.wait()

    shop.ready_worker()

    deliveries(shop)
    assert len([job for job in shop.read.jobs(shop.read.recent()) if job.call.task == "notify.ops"]) == 1


def test_a_worker_without_the_name_leaves_it_to_one_that_has_it(shop: Workshop) -> None:
    declare(shop)
    broken(shop)
    one = shop.ready_worker(queues="mail")  # an idle one that stands still would take a job with it
    one.signal(signal.SIGSTOP)  # it has declared who watches, and tells nothing now
    shop.file = shop.folder / "without.toml"
    shop.declare('[tasks.feed]\nrun = "exit 22"\n')
    other = shop.ready_worker()
    shop.ended(shop.submit("feed"))
    assert shop.store.do(shop.store.verbs.notices(["ops"]))

    one.signal(signal.SIGCONT)

    assert deliveries(shop)[0].worker == "w0"
    other.stop()


def test_a_command_reads_its_stdin_as_it_was_given(shop: Workshop) -> None:
    """Bytes of any kind and length, also where the job gives something up before it starts."""
    shop.declare('[tasks.echo]\nexec = ["cat"]\n[tasks.nicely]\nexec = ["cat"]\nnice = 5\n')
    shop.ready_worker()
    given = bytes(range(256)) * 2000
    for number, task in enumerate(("echo", "nicely")):
        call = Call(task=task, kind=Kind.EXEC, stdin=base64.b64encode(given).decode())
        shop.store.do(shop.store.verbs.submit([Submission(id=f"job{number}", task=task, body=call.encode())]))
        assert shop.ended(f"job{number}").outcome is Outcome.SUCCEEDED
        value = shop.read.value(f"job{number}")
        assert value is not None
        assert value.data == given


def test_a_workflow_tells_of_its_end_as_a_task_does_and_its_steps_say_nothing(shop: Workshop) -> None:
    declare(
        shop,
        tasks="""
[tasks.sour]
run = "echo sour milk >&2; exit 4"
[workflows.nightly]
pipeline = "sour | sour"
notify = "ops"
""",
    )
    shop.ready_worker()
    workflow = prepare(Request(task="nightly"), load(str(shop.file)))

    shop.store.do(shop.store.verbs.submit([workflow]))

    (delivery,) = deliveries(shop)
    text = told(shop, delivery)
    assert text.startswith("nightly failed")
    assert workflow.id in text
    assert "  Jobs       2/2 done, 1 failed, 1 skipped\n" in text
    assert f"Output of {workflow.id}.1 (last 1; all: qctl logs {workflow.id}.1)" in text
    assert "sour milk" in text
    assert "⊘ .2 sour  skipped" in text
