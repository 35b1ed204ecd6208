"""Workers and beats that die, or stand still, at one point between two of their steps (faults by number)."""

from __future__ import annotations

import json
import signal
from collections import Counter
from typing import Any

import pytest

from qctl.model.occurrence import End
from qctl.store import Reading, ScheduleReading, Store
from tests.support import Home, Running, eventually
from tests.support.failpoints import POINTS, arm
from tests.support.mutations.altering import find
from tests.support.processes import look_at

MARK = 'echo "$QCTL_JOB_ID $QCTL_ATTEMPT" >> WORK/marks'
TASKS = f"""
[tasks.mark]
run = '{MARK}'

[tasks.last]
run = '{MARK}; while [ ! -e WORK/open ]; do sleep 0.02; done'

[tasks.body]
run = '{MARK}'

[tasks.tick]
run = 'true'
schedule = {{ cron = "* * * * * *", overlap = "allow" }}
"""


@pytest.fixture
def site(shared_home: Home) -> Home:
    shared_home.write("tasks.toml", TASKS.replace("WORK", str(shared_home.work)))
    return shared_home


def marks(home: Home) -> Counter[str]:
    """How often each attempt has run: an outside record."""
    file = home.work / "marks"
    return Counter(file.read_text().splitlines() if file.exists() else [])


def submit(home: Home, *words: str) -> str:
    answer = home.run("run", *words)
    assert answer.code == 0, answer
    return answer.stdout.strip()


def ended(home: Home, job: str) -> dict[str, Any]:
    """A job's document, when it has ended well."""
    answer = home.run("wait", job)
    assert answer.code == 0, answer
    found: dict[str, Any] = json.loads(home.run("show", job, "-o", "json").stdout)
    return found


def was_killed(running: Running) -> bool:
    return running.wait() == -signal.SIGKILL


def test_a_worker_that_dies_between_claim_and_start_costs_a_loss_and_no_run(site: Home) -> None:
    """Fault 3: the job is back, and there is one run in all."""
    first = site.start("worker", "-c", "1", fail=["claim.after=kill"])
    job = submit(site, "mark")
    assert was_killed(first)
    second = site.start("worker", "-c", "1")
    told = ended(site, job)
    assert (told["outcome"], told["losses"], told["crashes"]) == ("succeeded", 1, 0)
    assert marks(site) == {f"{job} 2": 1}
    assert second.stop().code == 0


def test_a_worker_that_dies_between_effect_and_settlement_lets_the_job_run_again_and_end_once(
    site: Home, store: Store
) -> None:
    """Fault 4: two runs, the second of which knows that it is the second; its end is the only one."""
    first = site.start("worker", "-c", "1", fail=["finish.before=kill"])
    job = submit(site, "mark")
    assert was_killed(first)
    second = site.start("worker", "-c", "1")
    told = ended(site, job)
    assert marks(site) == {f"{job} 1": 1, f"{job} 2": 1}
    assert (told["outcome"], told["attempt"], told["losses"]) == ("succeeded", 2, 1)
    assert [one.outcome for one in Reading(store).job(job).attempts] == ["lost", "succeeded"]
    assert second.stop().code == 0


def test_a_worker_that_dies_after_the_settlement_lets_nothing_run_again(site: Home) -> None:
    """Faults 4 and 48: what the store has, it has."""
    first = site.start("worker", "-c", "1", fail=["finish.after=kill"])
    job = submit(site, "mark")
    assert was_killed(first)
    second = site.start("worker", "-c", "1")
    other = submit(site, "mark")
    assert (ended(site, job)["losses"], ended(site, other)["losses"]) == (0, 0)
    assert marks(site) == {f"{job} 1": 1, f"{other} 1": 1}
    assert second.stop().code == 0


@pytest.mark.parametrize(("point", "runs_of_last"), [("finish.before=kill@2", 2), ("finish.after=kill@2", 1)])
def test_a_worker_that_dies_around_the_end_of_a_groups_last_member_lets_the_body_run_once(
    site: Home, store: Store, point: str, runs_of_last: int
) -> None:
    """Fault 70: the end of the member and the body's submit are one step; there is no point between them."""
    first = site.start("worker", "-c", "2", fail=[point])
    workflow = submit(site, "[mark, last] | body")
    read = Reading(store)

    def one_has_ended() -> bool:
        state = read.workflow(workflow)
        return state is not None and bool(state.fates) and len(marks(site)) == 2

    eventually(one_has_ended, within=20.0)
    (site.work / "open").touch()
    assert was_killed(first)
    second = site.start("worker", "-c", "2")
    ended(site, workflow)
    by_task = Counter(read.job(line.split()[0]).call.task for line in marks(site).elements())
    assert by_task == {"mark": 1, "last": runs_of_last, "body": 1}
    assert second.stop().code == 0


def test_a_beat_that_stands_still_between_due_and_fire_fires_nothing_that_another_one_has(
    site: Home, store: Store
) -> None:
    """Fault 63: it decided long ago; its cursor is stale by now."""
    slow = site.start("beat", "--name", "slow", fail=["fire.before=pause@2"])
    eventually(lambda: _state(slow) == "T", within=20.0)
    reading = ScheduleReading(store)

    def instants() -> list[int]:
        return [row.at_ms for row in reading.ledger("tick", 1000) if row.end is End.FIRED]

    other = site.start("beat", "--name", "other")
    decided = len(instants())
    eventually(lambda: len(instants()) >= decided + 2, within=20.0)
    slow.send(signal.SIGCONT)
    beats = [slow, other]
    eventually(lambda: len(instants()) >= decided + 4, within=20.0)
    assert [beat.stop().code for beat in beats] == [0, 0]

    rows = reading.ledger("tick", 1000)
    assert max(Counter(row.at_ms for row in rows).values()) == 1
    jobs = [row.job for row in rows if row.end is End.FIRED]
    assert len(set(jobs)) == len(jobs)
    assert {job.id for job in Reading(store).active(1000)} == set(jobs)


def test_every_point_is_where_it_is_said_to_be() -> None:
    for point in POINTS.values():
        assert callable(find(point.function))


@pytest.mark.parametrize("spelt", ["claim.after", "claim.after=die", "nowhere=kill", "claim.after=kill@x"])
def test_a_point_or_action_that_there_is_not_is_refused(spelt: str) -> None:
    with pytest.raises(ValueError, match="not POINT=ACTION"):
        arm(spelt)


def _state(running: Running) -> str:
    seen = look_at(running.pid)
    return seen.state if seen else "gone"
