"""A workflow of tasks.toml from its name and parameters to its submission."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config import Config
from qctl.model.call import Call, Kind
from qctl.model.params import ParameterError
from qctl.model.secrets import decode
from qctl.model.workflow.tree import Policy
from tests.unit.config_files import Files
from tests.unit.workflow_requests import TASKS, calls_of, named, nodes_of

NIGHTLY = (
    TASKS
    + """
    [tasks.page]
    run = "page"
    [workflows.nightly]
    pipeline = "dump(db={db}, level={level}) | [gzip, pull] | login(user=x-{db}-{{y}}, token={token})"
    params.db = { default = "main" }
    params.level = { type = "int", default = 4 }
    params.token = { secret = true }
    timeout = "1h"
    on_error = { task = "page", each = true }
    on_success = "tick"
    policy = "settled"
    fail_fast = true
    [workflows.outer]
    pipeline = "gzip | .nightly(db=other, token={token})*2@far | gzip"
    params.token = { secret = true }
    [workflows.each]
    pipeline = "dump(db=each({names})) | tsum"
    params.names = { type = "list" }
    policy = "any"
    [workflows.plain]
    pipeline = "dump(db={db}) | [gzip, gzip]"
    params.db = {}
    on_error = "page"
    [workflows.around]
    pipeline = "[plain(db=a), .plain(db=b)] | tsum"
"""
)


@pytest.fixture
def workflows(tmp_path: Path) -> Config:
    config = Files(tmp_path).load(NIGHTLY.replace('timeout = "1h"\n', ""))
    assert config.broken == {}
    return config


class TestOfTasksToml:
    def test_its_parameters_stand_in_the_places_of_their_names(self, workflows: Config) -> None:
        workflow = named(workflows, "nightly", db="shop", token="hush!")

        calls = calls_of(workflow)
        assert calls["1"].params == {"db": "shop", "level": 4}
        assert calls["4"].params == {"user": "x-shop-{y}"}
        job = nodes_of(workflow)["4"].job
        assert job is not None
        assert decode(job.secrets) == {"token": "hush!"}
        assert "hush" not in repr(workflow)

    def test_it_is_a_job_of_its_name_with_its_parameters(self, workflows: Config) -> None:
        call = Call.decode(named(workflows, "nightly", token="hush!").body)

        assert (call.task, call.kind, call.params) == ("nightly", Kind.WORKFLOW, {"db": "main", "level": 4})
        assert call.secrets == ("token",)
        assert call.pipeline is not None
        assert call.pipeline.startswith("dump(db={db}, level={level}) | [gzip, pull] | login(")

    def test_a_parameter_that_does_not_fit_is_told_of_the_workflow(self, workflows: Config) -> None:
        with pytest.raises(ParameterError, match="nightly: parameter `level`"):
            named(workflows, "nightly", token="hush!", level="x")

    def test_its_terms_are_those_of_its_groups_and_what_ends_it_is_planned(self, tmp_path: Path) -> None:
        plan = named(Files(tmp_path).load(NIGHTLY), "nightly", token="hush!").plan

        nodes = {node.name: node for node in plan.nodes}
        assert nodes["g1"].group is not None
        assert (nodes["g1"].group.policy, nodes["g1"].group.fail_fast) == (Policy.SETTLED, True)
        assert (plan.timeout_ms, plan.on_error, plan.on_success, plan.each_error) == (
            3600_000,
            ("on_error",),
            ("on_success",),
            True,
        )
        assert [nodes[name].takes_input for name in ("on_error", "on_success")] == [True, False]
        assert plan.main == 5

    def test_a_list_among_its_parameters_makes_a_group(self, workflows: Config) -> None:
        workflow = named(workflows, "each", names=["a", "b"])

        group = nodes_of(workflow)["g1"].group
        assert group is not None
        assert (group.policy, len(group.heads)) == (Policy.ANY, 2)
        assert [call.params.get("db") for call in calls_of(workflow).values()] == ["a", "b", None]

    def test_a_workflow_that_is_a_step_stands_there_with_its_steps(self, workflows: Config) -> None:
        workflow = named(workflows, "outer", token="hush!")

        calls = calls_of(workflow)
        assert [call.task for call in calls.values()] == [
            "gzip",
            "dump",
            "gzip",
            "pull",
            "login",
            "gzip",
            "tick",
            "page",
        ]
        assert calls["2"].params["db"] == "other"
        assert [call.retries for call in calls.values()][:6] == [None, 2, 2, 2, 2, None]
        nodes = nodes_of(workflow)
        assert nodes["2"].takes_input is False
        assert nodes["5"].links == ("7",)
        assert nodes["2"].error_links == nodes["5"].error_links == ("8",)

    def test_in_a_group_it_is_one_member(self, workflows: Config) -> None:
        """C69, C70."""
        nodes = nodes_of(named(workflows, "around"))

        assert nodes["g1"].group is not None
        assert nodes["g1"].group.heads == ("1", "4")
        assert (nodes["g2"].within, nodes["g2"].position, nodes["g3"].within, nodes["g3"].position) == (
            "g1",
            0,
            "g1",
            1,
        )

    def test_one_with_a_time_limit_is_no_step(self, tmp_path: Path) -> None:
        config = Files(tmp_path).load(NIGHTLY)

        assert [problem.code for problem in config.broken["outer"]] == ["Q049"]
