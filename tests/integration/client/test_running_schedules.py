"""Schedules' workflows that somebody starts by hand: all of it is sent, however much that is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from qctl.client import Client, open_client
from qctl.client.scheduling import ManualRun, Scheduling
from qctl.config import load
from qctl.config.timetable import schedules
from qctl.errors import OutcomeUnknown, Refused
from qctl.model.occurrence import End
from qctl.model.state import State
from qctl.model.submission import Submission
from qctl.store import Command
from qctl.store.workflow_verbs import WorkflowVerbs
from tests.support.proxy import Proxy
from tests.support.schedule_seed import SeedBeat, a_publication

NAMES = ", ".join(f'"n{number}"' for number in range(600))
TASKS = f"""
[tasks.dump]
run = "dump"
params.db = {{}}
[workflows.w]
pipeline = 'dump(db=each([{NAMES}])) | dump(db=last)'
schedule = {{ cron = "0 3 * * *" }}
"""


SMALL = """
[tasks.w]
run = "true"
schedule = "0 3 * * *"
"""


@pytest.fixture
def client(tmp_path: Path, redis_url: str, namespace: str) -> Iterable[Client]:
    file = tmp_path / "tasks.toml"
    file.write_text(TASKS)
    with open_client(load(str(file)), redis_url, namespace) as opened:
        beat = SeedBeat(opened.store)
        beat.pulse()
        beat.publish(a_publication("w", task="w"))
        yield opened


def lose_parts(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let what is sent first be gone by the firing, so many times."""
    uploads, calls = WorkflowVerbs.uploads, [0]

    def forgetful(verbs: WorkflowVerbs, submissions: Iterable[Submission]) -> list[Command[int]]:
        calls[0] += 1
        return [] if calls[0] <= times else uploads(verbs, submissions)

    monkeypatch.setattr(WorkflowVerbs, "uploads", forgetful)


def run_by_hand(client: Client) -> str:
    (schedule,) = schedules(client.config, "test", "UTC")
    return Scheduling(client).run(ManualRun(schedule=schedule)).id


@pytest.mark.parametrize("times", [0, 1, 2])
def test_one_of_more_steps_than_a_call_takes_runs(client: Client, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    lose_parts(monkeypatch, times)
    job = client.reading.job(run_by_hand(client))
    assert job.state is State.RUNNING
    state = client.reading.workflow(job.id)
    assert state is not None
    assert len(state.nodes) == 602
    (rows,) = Scheduling(client).reading.ledgers(["w"], 10).values()
    assert [(row.end, row.job) for row in rows] == [(End.FIRED, job.id)]


def test_one_whose_parts_do_not_stay_is_refused_and_not_called_a_full_queue(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_parts(monkeypatch, 9)
    with pytest.raises(Refused, match="does not stay in Redis"):
        run_by_hand(client)
    assert not client.reading.recent()


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_one_whose_answer_is_lost_runs_once_and_is_named_where_nobody_knows(
    tmp_path: Path, proxy: Proxy, client: Client, namespace: str, lost: int
) -> None:
    """Exit code 76, as for any other submit."""
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    with open_client(load(str(file)), proxy.url, namespace) as through:
        proxy.cut(b"EVAL", times=lost)
        if lost < 2:
            told = run_by_hand(through)
        else:
            with pytest.raises(OutcomeUnknown) as unknown:
                run_by_hand(through)
            told = str(unknown.value.facts["id"])
            assert (unknown.value.exit_code, unknown.value.advice) == (76, f"qctl show {told}")
    assert [job.id for job in client.reading.active(10)] == [told]
