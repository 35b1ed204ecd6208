"""A workflow from its request to its submission: each step is prepared as a job of its own would be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qctl.config import Config
from qctl.config.expanding import member
from qctl.config.pipelines import prepare_members
from qctl.config.requests import Options, Request, prepare
from qctl.config.steps import Whole
from qctl.errors import NotFound, QctlError, UsageError
from qctl.model.call import PIPELINE, Call, Kind
from qctl.model.params import ParameterError, SecretInTheOpen
from qctl.model.secrets import decode
from qctl.model.workflow.expression import parse
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.tree import Chain, Each, FromFile, Group, Step
from tests.unit.config_files import Files
from tests.unit.workflow_requests import TASKS, calls_of, nodes_of, planned


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Files(tmp_path).load(TASKS)


class TestSteps:
    def test_each_step_is_a_job_of_the_workflow_that_knows_what_it_comes_after(self, config: Config) -> None:
        """C12."""
        workflow = planned("dump(db=main) | [gzip, gzip | pull] | gzip", config)

        calls = calls_of(workflow)
        assert [(call.task, call.parent_id, call.workflow_id) for call in calls.values()] == [
            ("dump", None, "w"),
            ("gzip", "w.1", "w"),
            ("gzip", "w.1", "w"),
            ("pull", "w.3", "w"),
            ("gzip", "w.g1", "w"),
        ]
        assert [node.job.id for node in workflow.plan.nodes if node.job] == ["w.1", "w.2", "w.3", "w.4", "w.5"]
        assert (workflow.plan.first, workflow.plan.last, workflow.plan.main) == ("1", "5", 6)

    def test_texts_are_read_by_the_types_of_their_parameters(self, config: Config) -> None:
        calls = calls_of(planned("dump(main, level=5) | gzip", config))

        assert calls["1"].params == {"db": "main", "level": 5}

    def test_what_a_python_step_receives_goes_before_its_values_by_place(self, config: Config) -> None:
        """C01, C09: `add(4,4) | add(8) | add(16)`."""
        calls = calls_of(planned("add(4, 4) | add(8) | add(x=16)", config))

        assert [call.params for call in calls.values()] == [{"x": 4, "y": 4}, {"y": 8}, {"x": 16}]

    def test_arguments_from_python_find_their_parameters_in_the_same_way(self, config: Config) -> None:
        first, second = Step(task="add", args=(4, 4)), Step(task="add", args=(8,))

        calls = calls_of(planned(Chain(elements=(first, second, Step(task="gzip", args=("-v", 9)))), config))

        assert [call.params for call in calls.values()] == [{"x": 4, "y": 4}, {"y": 8}, {}]
        assert calls["3"].args == ("-v", "9")

    def test_arguments_from_python_fill_a_command_s_parameters_as_an_expression_s_words_do(
        self, config: Config
    ) -> None:
        """One plan from everywhere; what is left of arguments are the command's words."""
        for tree in (Step(task="dump", args=("main", 5, "-v")), parse("dump(main, 5)")):
            found = prepare(Request(task="dump", tree=tree), config)
            assert Call.decode(found.body).params == {"db": "main", "level": 5}
        found = prepare(Request(task="dump", tree=Step(task="dump", args=("main", 5, "-v", 9))), config)
        assert Call.decode(found.body).args == ("-v", "9")

    def test_a_parameter_is_not_given_by_place_and_by_name(self, config: Config) -> None:
        """As a plain call of the function would have it: a TypeError."""
        twice = Step(task="add", args=(1,), params={"x": 2})
        with pytest.raises(TypeError, match="add is given `x` twice: by place and by name"):
            prepare(Request(task="add", tree=twice), config)
        after = Step(task="add", args=(1,), params={"y": 2})
        with pytest.raises(TypeError, match="add is given `y` twice"):
            planned(Chain(elements=(Step(task="add", args=(1, 1)), after)), config)
        fine = Chain(elements=(Step(task="add", args=(1, 1)), Step(task="add", params={"x": 2})))
        assert calls_of(planned(fine, config))["2"].params == {"x": 2}, "the received value takes the next"

    def test_map_is_one_job_that_goes_through_its_items(self, config: Config) -> None:
        """C45."""
        (call,) = calls_of(
            planned(Group(members=(Step(task="tsum", spread="map", items=([1, 2], [3])),)), config)
        ).values()

        assert (call.spread, call.items, call.params) == ("map", ([1, 2], [3]), {})

    @pytest.mark.parametrize(
        ("text", "error", "said"),
        [
            ("dump(db=main) | gzipp", NotFound, "did you mean `gzip`?"),
            ("dump | gzip", ParameterError, "dump: parameter `db`: is required"),
            ("dump(db=M) | gzip", ParameterError, "dump: parameter `db`: `M` does not match"),
            ("dump(db=m, level=x) | gzip", ParameterError, "`x` is not a whole number"),
            ("dump(db=m, levle=1) | gzip", ParameterError, "did you mean `level`?"),
            ("dump(a, 2, 3) | gzip", UsageError, "dump is given 3 values by place, and takes 2"),
            ("gzip | add(1, 2)", UsageError, "add is given 2 values by place after what it receives, and takes 1"),
            ("gzip | tick", UsageError, "tick has no free parameter for the value that it receives"),
            ("gzip | add(x=1, y=2)", UsageError, "no free parameter"),
            ("[gzip, off]", QctlError, "task off is disabled"),
            ("gzip! | gzip", UsageError, "`gzip!` comes after nothing"),
            ("gzip | [gzip!, gzip]", UsageError, "`gzip!` comes after nothing"),
            ("login(token=hush) | gzip", SecretInTheOpen, "login: parameter `token` is secret"),
            ("gzip | sync!", UsageError, "`sync!` is a group"),
            ("gzip(x=each(@-)) | gzip", UsageError, "each(@-) have not been read"),
        ],
    )
    def test_what_is_wrong_is_told_of_the_step_before_anything_is_sent(
        self, config: Config, text: str, error: type[QctlError], said: str
    ) -> None:
        """C27."""
        with pytest.raises(error) as caught:
            planned(text, config)

        assert said in str(caught.value)

    def test_a_step_without_a_free_parameter_may_be_passed_nothing(self, config: Config) -> None:
        workflow = planned("gzip | .tick", config)

        assert nodes_of(workflow)["2"].takes_input is False

    def test_a_secret_comes_from_a_file_and_stands_in_no_record(self, config: Config) -> None:
        tree = Chain(
            elements=(Step(task="login", params={"token": FromFile("/t", "hush!\n")}, typed=False), Step(task="gzip"))
        )

        workflow = planned(tree, config)

        job = nodes_of(workflow)["1"].job
        assert job is not None
        assert decode(job.secrets) == {"token": "hush!"}
        assert "hush" not in repr(workflow)
        assert workflow.plan.text == "login(token=@/t) | gzip"

    def test_a_secret_from_python_stands_in_no_record_either(self, config: Config) -> None:
        tree = Chain(elements=(Step(task="login", params={"token": "hush!"}), Step(task="gzip")))

        workflow = planned(tree, config)

        assert "hush" not in repr(workflow)
        assert workflow.plan.text == "login(token=***) | gzip"

    def test_a_task_that_the_caller_does_not_have_goes_through_if_workers_may_have_it(self, config: Config) -> None:
        request = Request(task=PIPELINE, tree=parse("theirs(1, k=v) | gzip"), options=Options(id="w"))

        found = prepare(request, config, strict=False)

        assert isinstance(found, WorkflowSubmission)
        assert (calls_of(found)["1"].positional, calls_of(found)["1"].params) == (("1",), {"k": "v"})


class TestOptions:
    def test_those_of_the_call_hold_for_every_node_that_sets_none_of_its_own(self, config: Config) -> None:
        """C22, C23."""
        workflow = planned("dump(db=m)@fast | gzip*3", config, queue="slow", priority=2, retries=1, expires=60.0)

        jobs = [node.job for node in workflow.plan.nodes if node.job]
        assert [(job.queue, job.priority, job.expires_ms) for job in jobs] == [("fast", 2, 60000), ("slow", 2, 60000)]
        assert [call.retries for call in calls_of(workflow).values()] == [1, 3]

    def test_without_any_each_node_is_as_its_task_says(self, config: Config) -> None:
        jobs = [node.job for node in planned("dump(db=m) | gzip | pull", config).plan.nodes if node.job]

        assert [(job.queue, job.priority) for job in jobs] == [("default", 7), ("pack", 5), ("default@db1", 5)]

    def test_those_of_the_start_are_of_the_workflow_alone(self, config: Config) -> None:
        """C19: only the start waits."""
        workflow = planned(
            "dump(db=m) | gzip", config, countdown=5.0, key="k", tags=("t",), labels={"a": "b"}, after=("j",)
        )

        assert (workflow.delay_ms, workflow.key, workflow.after) == (5000, "k", ("j",))
        call = Call.decode(workflow.body)
        assert (call.task, call.kind, call.tags, call.labels) == (PIPELINE, Kind.WORKFLOW, ("t",), {"a": "b"})
        for node in workflow.plan.nodes:
            assert node.job is not None
            assert (node.job.delay_ms, node.job.key, node.job.after) == (None, "", ())

    def test_a_step_may_wait_by_itself(self, config: Config) -> None:
        """C20."""
        late = Step(task="gzip", options={"countdown": 2.0, "expires": 9.0})

        job = nodes_of(planned(Chain(elements=(Step(task="gzip"), late)), config))["2"].job

        assert job is not None
        assert (job.delay_ms, job.expires_ms) == (2000, 9000)

    @pytest.mark.parametrize("option", ["key", "id", "after", "colour"])
    def test_what_belongs_to_the_whole_no_step_has(self, config: Config, option: str) -> None:
        with pytest.raises(UsageError, match=f"`{option}` belongs to the whole"):
            planned(Group(members=(Step(task="gzip", options={option: "x"}),)), config)

    def test_stdin_is_for_those_that_come_after_none(self, config: Config) -> None:
        calls = calls_of(planned("[gzip, pull] | gzip", config, stdin=b"abc"))

        assert [call.stdin_bytes for call in calls.values()] == [b"abc", b"abc", None]

    def test_words_behind_it_are_refused(self, config: Config) -> None:
        with pytest.raises(UsageError, match="no words after `--`"):
            prepare(Request(task=PIPELINE, tree=parse("gzip | gzip"), args=("x",)), config)


class TestGroups:
    def test_a_step_that_goes_through_something_has_a_member_for_each(self, config: Config) -> None:
        workflow = planned('dump(db=each(["a", "b"]))?*2 | gzip', config)

        assert [call.params.get("db") for call in calls_of(workflow).values()] == ["a", "b", None]
        nodes = nodes_of(workflow)
        assert nodes["g1"].group is not None
        assert nodes["g1"].group.heads == ("1", "2")
        assert [nodes[name].tolerant for name in ("g1", "1", "2", "3")] == [False, True, True, False]

    def test_of_nothing_it_is_an_empty_group(self, config: Config) -> None:
        """C30, C49."""
        nodes = nodes_of(planned("dump(db=each([])) | tsum", config))

        assert nodes["g1"].group is not None
        assert nodes["g1"].group.heads == ()

    def test_a_task_that_runs_on_each_host_is_a_group_of_them(self, config: Config) -> None:
        jobs = [node.job for node in planned("sync | gzip", config).plan.nodes if node.job]

        assert [job.queue for job in jobs] == ["default@web1", "default@web2", "pack"]

    def test_more_members_are_named_and_placed_after_those_that_are_there(self, config: Config) -> None:
        """C75."""
        whole = Whole(id="w", config=config, options=Options(), by=None, folder="/")
        step = parse("dump(db=each(@-))")
        assert isinstance(step, Step)

        found = prepare_members(
            [member(step, "c"), parse("gzip | [gzip, gzip]")], whole, group="g1", position=2, number=9
        )

        assert found.heads == ("9", "10")
        placed = [(node.name, node.within, node.position, node.next) for node in found.nodes]
        assert placed == [
            ("9", "g1", 2, None),
            ("10", "g1", 3, "g9"),
            ("g9", "g1", 3, None),
            ("11", "g9", 0, None),
            ("12", "g9", 1, None),
        ]


class TestDigests:
    def test_the_same_plan_has_the_same_and_another_has_not(self, config: Config) -> None:
        """C72: a submit that is sent twice is known again."""
        digests = {
            text: planned(text, config).plan.digest
            for text in (
                "gzip | gzip",
                "gzip | .gzip",
                "gzip | gzip?",
                "[gzip, gzip]",
                "gzip | gzip*2",
                "gzip@a | gzip",
            )
        }

        assert len(set(digests.values())) == len(digests)
        assert planned("gzip | gzip", config).plan.digest == digests["gzip | gzip"]
        assert json.loads(planned("gzip | gzip", config).body)["plan"] == digests["gzip | gzip"]

    def test_a_long_composition_is_cut_for_people(self, config: Config) -> None:
        alike = planned(Group(members=tuple(Step(task="gzip") for _ in range(200))), config)
        assert alike.plan.text == "[gzip × 200]"

        members = (Step(task="gzip"), Step(task="dump", params={"db": "x"})) * 100
        workflow = planned(Group(members=members), config)

        assert len(workflow.plan.text) == 500
        assert workflow.plan.text.endswith("…")


def test_lines_that_the_caller_has_read_are_members(config: Config) -> None:
    step = Step(task="dump", params={"db": Each(path="-", values=("a", "b"))}, typed=False)

    assert [call.params["db"] for call in calls_of(planned(step, config)).values()] == ["a", "b"]
