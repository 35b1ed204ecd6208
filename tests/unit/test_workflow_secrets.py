"""What a workflow shows of its steps' secrets: nothing, wherever they are given (attack 34, L12)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qctl.config import Config
from qctl.config.declared import Declared, read_declared
from qctl.config.requests import Options, Request, prepare
from qctl.errors import UsageError
from qctl.model.call import PIPELINE, Call
from qctl.model.secrets import decode
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.tree import Chain, Step, Tree
from tests.unit.config_files import Files
from tests.unit.workflow_requests import nodes_of, planned

HUSH = "S3CRET-one"
TOML = """
    [tasks.mail]
    call = "m:mail"
    params.to = {}
    params.token = { secret = true }
    [tasks.post]
    run = "post"
    params.to = {}
    params.token = { secret = true }
    [tasks.gzip]
    run = "gzip"
"""
MAIL = Declared(name="m.mail", values={"call": "m:mail", "params": {"to": {}, "token": {"secret": True}}}, file="/m.py")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return replace(Files(tmp_path).load(TOML), declared={"m.mail": read_declared(MAIL)})


def chained(*steps: Step) -> Chain:
    return Chain(elements=(*steps, Step(task="gzip")))


@pytest.mark.parametrize("task", ["mail", "m.mail"])
@pytest.mark.parametrize(
    ("steps", "node", "text"),
    [
        ([Step(task="?", args=("a",), params={"token": HUSH})], "1", "?(a, token=***) | gzip"),
        ([Step(task="?", args=("a", HUSH))], "1", "?(a, ***) | gzip"),
        ([Step(task="gzip"), Step(task="?", args=(HUSH,))], "2", "gzip | ?(***) | gzip"),
        ([Step(task="?", args=("a",), params={"token": HUSH}, takes_input=False)], "1", ".?(a, token=***) | gzip"),
    ],
    ids=["by-name", "by-place", "after-what-it-receives", "immutable"],
)
def test_a_secret_of_a_python_step_stands_in_no_record_however_it_is_given(
    config: Config, task: str, steps: list[Step], node: str, text: str
) -> None:
    named = [replace(step, task=task) if step.task == "?" else step for step in steps]

    workflow = planned(chained(*named), config)

    job = nodes_of(workflow)[node].job
    assert job is not None
    assert decode(job.secrets) == {"token": HUSH}
    assert (workflow.plan.text, Call.decode(workflow.body).pipeline) == (text.replace("?", task),) * 2
    assert HUSH not in repr(workflow)


def test_words_for_a_command_are_none_of_its_parameters(config: Config) -> None:
    tree = chained(Step(task="post", args=("-v",), params={"to": "a", "token": HUSH}))

    assert planned(tree, config).plan.text == "post(-v, to=a, token=***) | gzip"


def test_a_secret_of_a_callback_stands_in_no_record(config: Config) -> None:
    tree = Step(task="mail", args=("a", HUSH), link=(Step(task="mail", args=("b", "S3CRET-two"), takes_input=False),))

    workflow = planned(tree, config)

    assert workflow.plan.text == "mail(a, ***)"
    assert [decode(node.job.secrets)["token"] for node in workflow.plan.nodes if node.job] == [HUSH, "S3CRET-two"]
    assert "S3CRET" not in repr(workflow)


@pytest.mark.parametrize("alone", [True, False])
def test_items_that_would_hold_secrets_are_refused(config: Config, alone: bool) -> None:
    """C45: they stand in the job's record, all of them in one."""
    step = Step(task="mail", spread="starmap", items=(["a", HUSH],))
    tree: Tree = step if alone else chained(step)

    with pytest.raises(UsageError, match=r"mail\.starmap\(…\) would keep values of the secret `token` in the open"):
        prepare(Request(task=PIPELINE, tree=tree, options=Options(id="w")), config)


def test_items_that_reach_no_secret_are_taken(config: Config) -> None:
    workflow = planned(chained(Step(task="mail", spread="map", items=("a", "b"), params={"token": HUSH})), config)

    assert isinstance(workflow, WorkflowSubmission)
    assert HUSH not in repr(workflow)
