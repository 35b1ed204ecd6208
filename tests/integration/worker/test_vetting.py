"""What a job may submit through its run directory: attack 51, of a worker of root's with jobs of other users."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

import pytest

from qctl.config import Config
from qctl.config.requests import Request, prepare
from qctl.model.call import PIPELINE, Call, Kind
from qctl.model.names import new_id
from qctl.model.state import Outcome
from qctl.model.submission_json import write_submission
from qctl.model.workflow.tree import Chain, Step
from tests.integration.worker.workshop import MARK, Workshop

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has jobs of other users")

ASKS = """
def asks(one):
    import json, socket
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.path.join(os.environ["QCTL_RUN_DIR"], "qctl.sock"))
        connection.sendall(json.dumps({"submit": [one]}).encode() + b"\\n")
        return json.loads(connection.makefile().readline())
"""
TASKS = f"""
[tasks.confined]
call = "jobs:asks"
user = "daemon"
params.one = {{ type = "json" }}

[tasks.free]
call = "jobs:asks"
params.one = {{ type = "json" }}

[tasks.roots]
run = '''{MARK}'''

[tasks.its-own]
run = "id -un"
user = "daemon"

[tasks.hush]
run = "true"
params.pin = {{ secret = true }}

[tasks.hush-python]
call = "jobs:asks"
params.one = {{ type = "json" }}
params.pin = {{ secret = true }}
"""


@pytest.fixture
def manned(shop: Workshop) -> Workshop:
    code = shop.folder / "jobs.py"
    code.write_text(code.read_text() + ASKS)
    shop.declare(TASKS)
    shop.ready_worker()
    return shop


def submission(task: str, call: Call | None = None, **more: Any) -> dict[str, Any]:
    """What a job sends; `by` is what a liar would write."""
    body = (call or Call(task=task, by="innocent@elsewhere")).encode().decode()
    return {"id": new_id(), "task": task, "body": body, **more}


def ask(shop: Workshop, one: dict[str, Any], task: str = "confined") -> dict[str, Any]:
    """Let a job ask, and tell what it was answered."""
    job = shop.submit(task, Kind.CALL, params={"one": one})
    assert shop.ended(job).outcome is Outcome.SUCCEEDED
    value = shop.read.value(job)
    assert value is not None
    answer: dict[str, Any] = json.loads(value.data)
    return answer


@pytest.mark.parametrize(
    "one",
    [
        submission("adhoc", Call(task="adhoc", kind=Kind.ADHOC, args=("id",), cwd="/")),
        submission("roots"),
        submission("nobody-has-this"),
        submission("its-own", if_exists="replace", key="k"),
    ],
    ids=["a-command", "a-task-of-roots", "an-unknown-task", "replacing-by-key"],
)
def test_a_job_of_another_user_may_not_have_anything_done_as_root(manned: Workshop, one: dict[str, Any]) -> None:
    answer = ask(manned, one)

    assert answer["exit_code"] == 77
    assert answer["error"].startswith("a job of user daemon may ")
    assert manned.read.jobs([one["id"]]) == []


def test_it_may_submit_what_runs_as_its_own_user_and_in_its_own_name(manned: Workshop) -> None:
    one = submission("its-own")

    assert ask(manned, one) == {"submitted": [["NEW", one["id"]]]}
    job = manned.ended(one["id"])
    value = manned.read.value(one["id"])
    assert (job.outcome, value and value.data) == (Outcome.SUCCEEDED, b"daemon\n")
    assert job.call.by == f"daemon@{socket.gethostname()}"


def test_a_job_of_the_workers_own_user_may_submit_anything_in_its_own_name(manned: Workshop) -> None:
    one = submission("roots")

    ask(manned, one, "free")

    assert manned.ended(one["id"]).call.by == f"root@{socket.gethostname()}"
    assert manned.runs()[one["id"]] == 1


def test_a_submission_that_names_one_task_and_asks_for_another_is_none(manned: Workshop) -> None:
    """Else it would go round in circles between workers, with a secret of the one under the other's name."""
    one = submission("roots", Call(task="hush", params={"pin": "hunter22"}))

    answer = ask(manned, one, "free")

    assert (answer["exit_code"], answer["error"]) == (2, "a submission of roots that asks for hush")
    assert manned.read.jobs([one["id"]]) == []


def test_a_workflow_of_a_job_shows_no_secret_that_the_job_could_not_know_of(manned: Workshop) -> None:
    """Attack 34: it does not have the task's definition, and composes with it all the same."""
    tree = Chain(elements=(Step(task="hush", params={"pin": "hunter22"}), Step(task="roots")))
    one = write_submission(prepare(Request(task=PIPELINE, tree=tree), Config(), strict=False))

    assert ask(manned, one, "free") == {"submitted": [["NEW", one["id"]]]}

    assert manned.ended(one["id"]).call.pipeline == "hush(pin=***) | roots"
    state = manned.read.workflow(one["id"])
    assert state is not None
    assert "hunter22" not in repr(state)


@pytest.mark.parametrize("more", [{"positional": (1, "hunter22")}, {"spread": "starmap", "items": ([1, "hunter22"],)}])
def test_a_secret_by_place_that_a_job_could_not_know_of_is_refused(manned: Workshop, more: dict[str, Any]) -> None:
    one = submission("hush-python", Call(task="hush-python", kind=Kind.CALL, **more))

    answer = ask(manned, one, "free")

    assert answer["exit_code"] == 2
    assert "`pin`" in answer["error"]
    assert manned.read.jobs([one["id"]]) == []
