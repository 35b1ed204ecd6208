"""Jobs that run in this process: their retries, what they submit, what is refused, what is only recorded."""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from qctl import Qctl, group, signature
from qctl.config import Config
from qctl.errors import NoSuchJob, NotFound, Refused, UsageError, WaitTimeout
from qctl.model.params import ParameterError
from qctl.python.inline import attempts as inline_attempts
from qctl.python.inline import turns
from qctl.python.inline.attempts import EndlessRetries
from qctl.python.inline.desk import BrokenOff, NothingRuns
from qctl.python.inline.instance import InlineQctl, NoServer
from qctl.python.inline.turns import EndlessJobs
from qctl.python.instance import standing_in
from tests.unit.python import inline_tasks
from tests.unit.python.inline_tasks import add, fail, same

SOON = 30
pytestmark = pytest.mark.usefixtures("inline")


def test_retries_are_counted_and_their_times_are_known(inline: InlineQctl) -> None:
    """C26, C61, C62, C98."""
    well = inline_tasks.third_time.delay()
    badly = inline_tasks.backs_off.delay()

    assert (well.get(), well.retries, inline.room.book.entry(well.id).delays) == (2, 2, [7, 7])
    assert (badly.state, badly.retries, inline.room.book.entry(badly.id).delays) == ("FAILURE", 3, [2, 4, 8])
    assert [attempt.outcome for attempt in badly.job.attempts] == ["failed"] * 4


def test_a_task_may_give_up_itself() -> None:
    inline_tasks.attempts.clear()

    assert inline_tasks.gives_up.delay().result.type == "MaxRetriesExceededError"
    assert inline_tasks.attempts == [2]


def test_a_task_that_would_be_tried_for_ever_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inline_attempts, "MOST", 20)

    with pytest.raises(EndlessRetries, match="20 times"):
        inline_tasks.for_ever.delay()


def test_each_word_that_a_job_says_of_itself_is_kept(inline: InlineQctl) -> None:
    said = inline.room.book.entry(inline_tasks.third_time.delay().id).told

    assert [one.fraction for one in said] == [0, 0.25, 0.5]


def test_what_a_job_submits_runs_after_it_and_cannot_be_waited_for(inline: InlineQctl) -> None:
    assert inline_tasks.submits.delay().get() == "InsideAJob"
    assert [(job.call.task, job.outcome) for job in inline.room.book.everything()] == [
        ("inline.submits", "succeeded"),
        ("inline.same", "succeeded"),
    ]


def test_a_thread_of_a_job_cannot_wait_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would wait for the job that waits for it."""
    monkeypatch.setattr(turns, "PATIENCE", 0.05)

    assert inline_tasks.waits_beside.delay().get() == "InsideAJob"


def test_a_thread_beside_the_one_that_runs_jobs_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on = Event(), Event()

    def held(value: Any) -> Any:
        began.set()
        go_on.wait(SOON)
        return value

    monkeypatch.setattr(same, "_function", held)
    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(same.delay, "slow")
        assert began.wait(SOON)
        quick = add.delay(1, 2)
        with pytest.raises(WaitTimeout, match=quick.id):
            quick.get(timeout=0.01)
        waited = threads.submit(group_of_two_after, quick)
        go_on.set()

        assert (waited.result(SOON), slow.result(SOON).get()) == ([3, [3, 4]], "slow")


def group_of_two_after(other: Any) -> Any:
    return [other.get(), group(add.s(1, 2), add.s(2, 2)).delay().get()]


def test_what_several_threads_submit_at_once_all_runs() -> None:
    before, handles = sys.getswitchinterval(), []
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for one in [threads.submit(lambda: [same.delay() for _ in range(15)]) for _ in range(16)]:
                handles += one.result(SOON)
    finally:
        sys.setswitchinterval(before)
    assert {handle.state for handle in handles} == {"SUCCESS"}


def test_a_task_that_submits_itself_for_ever_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST", 20)

    with pytest.raises(EndlessJobs, match=r"inline\.again was submitted once more after 20 jobs"):
        inline_tasks.again.delay()


def test_a_job_knows_itself_and_leaves_no_variable_behind() -> None:
    before = dict(os.environ)
    last = (same.s() | inline_tasks.knows.si()).apply_async(queue="mail")

    assert last.get() == [last.id, "inline.knows", 1, "mail", last.parent.id]
    assert dict(os.environ) == before


async def _in_a_loop() -> Any:
    return inline_tasks.awaits.delay(2).get(), same.delay(3).get()


def test_a_task_has_a_loop_of_its_own_also_within_another() -> None:
    assert asyncio.run(_in_a_loop()) == (4, 3)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: same.delay(object()), UsageError, "is not JSON"),
        (lambda: typed_with("many"), ParameterError, "count"),
        (lambda: add.delay(1), ParameterError, "y"),
        (lambda: add.delay(1, 2, z=3), ParameterError, "z"),
        (lambda: add.delay(1, 2, 3), UsageError, "3 values by place"),
        (lambda: signature("inline.addd").delay(1, 2), NotFound, "inline.add"),
        (lambda: add.apply_async((1, 2), queu="x"), TypeError, "queue"),
        (lambda: add.apply_async((1, 2), after="nosuch00"), NoSuchJob, "nosuch00"),
    ],
)
def test_what_no_worker_would_be_given_is_refused_at_the_call(call: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        call()


def typed_with(value: Any) -> Any:
    return inline_tasks.typed.delay(value)


def test_a_value_that_is_no_json_fails_the_job_that_leaves_it() -> None:
    job = inline_tasks.no_json.delay()

    assert (job.state, job.job.reason) == ("FAILURE", "result_rejected")


def test_a_key_names_one_job_and_after_waits_for_others() -> None:
    first = same.apply_async((1,), key="daily")

    assert same.apply_async((2,), key="daily").id == first.id
    assert same.apply_async((2,), key="daily", if_exists="replace").get() == 2
    with pytest.raises(Refused, match="key daily"):
        same.apply_async((3,), key="daily", if_exists="fail")
    assert same.apply_async((4,), after=first).state == "SUCCESS"
    assert same.apply_async((4,), after=fail.delay()).job.outcome == "skipped"
    assert same.apply_async((5,), task_id="mine").id == "mine"


def test_what_waits_for_a_job_that_was_called_off_is_called_off(recorded: InlineQctl) -> None:
    first = same.delay(1)
    second = same.apply_async((2,), after=first)
    third = same.apply_async((3,), after=second)
    first.revoke()

    recorded.room.turns.work()

    assert [(job.job.reason, job.job.upstream) for job in (second, third)] == [
        ("upstream_cancelled", first.id),
        ("upstream_cancelled", second.id),
    ]


def test_countdowns_are_seen_and_not_waited_for() -> None:
    eta = datetime(2999, 1, 1, tzinfo=UTC)

    assert same.apply_async((1,), countdown=3600).get() == 1
    assert same.apply_async((1,), eta=eta).job.eta_ms == eta.timestamp() * 1000


def test_every_instance_of_the_process_goes_there() -> None:
    elsewhere = Qctl(redis="unix:///nowhere/at.all")

    assert elsewhere.send("inline.add", {"x": 1, "y": 2}).get() == 3
    assert same.apply_async((1,), instance=elsewhere).get() == 1


def test_an_iterator_of_many_members_is_read_to_its_end() -> None:
    """C44."""
    assert sum(group(same.s(number) for number in range(600)).delay().get()) == sum(range(600))


def test_what_is_only_recorded_waits_until_it_is_run(recorded: InlineQctl) -> None:
    job, cancelled = same.delay(1), same.delay(2)
    assert (job.state, job.ready(), cancelled.revoke()) == ("PENDING", False, "OK")
    with pytest.raises(NothingRuns, match=job.id) as caught:
        job.get()
    assert "qctl_recorded.run_recorded()" in caught.value.advice

    recorded.room.turns.work()

    assert (job.get(), cancelled.state) == (1, "REVOKED")


@pytest.mark.parametrize("ending", [KeyboardInterrupt, pytest.skip.Exception])
def test_what_stops_a_test_goes_through_a_task(ending: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(value: Any) -> None:
        raise ending

    monkeypatch.setattr(same, "_function", interrupted)

    with pytest.raises(ending):
        same.delay(1)
    monkeypatch.undo()
    assert same.delay(2).get() == 2, "and the next call finds everything in order"


def test_what_was_broken_off_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    behind: list[Any] = []

    def broken_off(value: Any) -> None:
        behind.append(add.delay(1, 2))
        pytest.fail(f"no {value}")

    monkeypatch.setattr(same, "_function", broken_off)
    with pytest.raises(pytest.fail.Exception):
        same.delay("good")

    with pytest.raises(BrokenOff, match=rf"{behind[0].id} will never run: Failed \(no good\)") as caught:
        behind[0].get()
    assert "submit it again" in caught.value.advice


@pytest.mark.parametrize("runs", [True, False])
def test_a_task_that_nobody_knows_is_refused_whether_or_not_it_would_run(runs: bool) -> None:
    with standing_in(InlineQctl(Config(), runs=runs)), pytest.raises(NotFound, match="nosuch"):
        Qctl().send("nosuch")


def test_there_is_no_server_to_ask() -> None:
    with pytest.raises(NoServer, match="no server to ask"):
        Qctl().client.live_workers()
