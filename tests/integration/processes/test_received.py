"""What a workflow's step receives, in a slot: a command on stdin and as a file, Python by place; and `map`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qctl.engine.processes.events import Progress
from qctl.model.attempt import Value, ValueKind
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.state import Outcome, Reason
from qctl.model.task import Param, ParamType, Task
from qctl.model.workflow.inputs import Items
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import Crew, log, python, shell, value

BINARY = bytes(range(256)) * 40_000  # 10 MB, and no UTF-8


def out(data: bytes) -> Value:
    """What a command wrote."""
    return Value(ValueKind.BYTES, data)


def js(said: Any) -> Value:
    """What a Python task returned."""
    return Value(ValueKind.JSON, json.dumps(said).encode())


def receiving(name: str, *params: str, **options: Any) -> Task:
    return python(name, *params, module="receiving", **options)


def said(ended: Ended) -> Any:
    """The JSON that an attempt came to."""
    assert ended.outcome is Outcome.SUCCEEDED, ended
    return json.loads(value(ended))


def test_ten_megabytes_of_bytes_reach_a_command_on_stdin_and_as_a_file_unchanged(hire: Hire) -> None:
    crew = hire(shell("sha256sum; sha256sum < $QCTL_INPUT; stat -c %a $QCTL_INPUT"))

    ended = crew.run("sh", received=out(BINARY))

    digest = hashlib.sha256(BINARY).hexdigest()
    assert value(ended).decode().split() == [digest, "-", digest, "-", "600"]


def test_a_command_that_reads_only_a_line_or_nothing_is_not_held_up(hire: Hire) -> None:
    crew = hire(shell("head -c 3"), shell("echo done", name="deaf"))

    assert value(crew.run("sh", received=out(BINARY))) == BINARY[:3]
    assert value(crew.run("deaf", received=out(BINARY))) == b"done\n"


def test_the_file_goes_with_the_job_and_is_named_only_where_something_was_received(hire: Hire) -> None:
    crew = hire(shell('echo "${QCTL_INPUT-none}"; cat; ls $QCTL_RUN_DIR'))

    first = value(crew.run("sh", received=None)).decode().split()
    second = value(crew.run("sh")).decode().split()

    assert first == [first[0], "input", "qctl.sock"], "null is an empty file"
    assert Path(first[0]).name == "input"
    assert second == ["none", "qctl.sock"]


def test_what_is_received_comes_before_stdin_of_the_call(hire: Hire) -> None:
    crew = hire(shell("cat"))

    assert value(crew.run("sh", received=js([1]), stdin="eA==")) == b"[1]\n"


def test_a_command_reads_a_group_as_a_list(hire: Hire) -> None:
    crew = hire(shell("cat"))

    assert json.loads(value(crew.run("sh", received=Items((out(b"a\n"), js({"b": 1}), None))))) == ["a", {"b": 1}, None]


def test_python_gets_it_in_the_first_parameter_that_is_not_given_by_name(hire: Hire) -> None:
    crew = hire(receiving("first", "received", "suffix"), receiving("kind_of", "received"))

    assert said(crew.run("first", {"suffix": "?"}, received=out(b"a\nb\n"))) == ["a\nb", "?"]
    assert said(crew.run("first", {"received": 1}, received=js(2))) == [1, 2]
    assert said(crew.run("kind_of", received=out(b"\xff"))) == "bytes"
    assert said(crew.run("kind_of", received=None)) == "NoneType"  # C07
    assert said(crew.run("kind_of", received=Items(()))) == "list"  # C49


def test_arguments_by_place_follow_what_is_received_and_the_rest_goes_to_args(hire: Hire) -> None:
    crew = hire(receiving("everything", "a"), receiving("anything"))

    assert said(crew.run("everything", received=js("r"), positional=(1, 2), args=("w",))) == ["r", [1, 2, "w"], {}]
    assert said(crew.run("everything", {"a": 0}, received=js("r"), positional=(1,))) == [0, ["r", 1], {}]
    assert said(crew.run("anything", received=js("r"), positional=(1,))) == ["r", 1]
    assert said(crew.run("anything", positional=(3, [4]))) == [3, [4]]


def test_a_commands_text_becomes_the_declared_type_or_the_step_is_not_begun(hire: Hire) -> None:
    number = Param(name="number", type=ParamType.INT, required=True)
    crew = hire(Task(name="times", kind=Kind.CALL, call="receiving:times", params=(number,)))

    fine, bad = crew.run("times", received=out(b"21\n")), crew.run("times", received=out(b"many\n"))

    assert said(fine) == 42
    assert (bad.outcome, bad.reason) == (Outcome.FAILED, Reason.NOT_STARTED)
    assert bad.error is not None
    assert bad.error.message == "times: parameter `number`: by place: `many` is not a whole number"


def test_a_python_task_in_a_child_of_its_own_receives_as_well(hire: Hire) -> None:
    crew = hire(receiving("first", "received", "suffix", nice=1))

    assert said(crew.run("first", received=js(["x"]), positional=("y",))) == [["x"], "y"]


def test_python_has_no_file_of_what_it_receives(hire: Hire) -> None:
    assert said(hire(receiving("nothing")).run("nothing")) == "no input"


def test_map_calls_for_each_item_in_one_job_and_leaves_a_list(hire: Hire) -> None:  # C45
    crew = hire(receiving("times", "number", "factor"), receiving("waits", "number"))

    assert said(crew.run("times", {"factor": 3}, spread="map", items=(1, 2, 3))) == [3, 6, 9]
    assert said(crew.run("times", spread="starmap", items=([1, 2], [3, 4]))) == [2, 12]
    assert said(crew.run("waits", spread="map", items=(1, 2))) == [2, 3]
    assert said(crew.run("times", spread="map", items=())) == []
    assert crew.of(Progress)[-1].fraction == 1.0


def test_map_without_items_works_off_the_list_that_it_receives(hire: Hire) -> None:
    crew = hire(receiving("times", "number"))

    assert said(crew.run("times", spread="map", received=Items((js(1), js(5))))) == [2, 10]
    refused = crew.run("times", spread="map", received=js(7))
    assert (refused.reason, refused.error and refused.error.message) == (
        Reason.NOT_STARTED,
        "times: map works off a list, and receives a int",
    )


def test_map_fails_at_the_item_that_fails(hire: Hire) -> None:
    ended = hire(receiving("stops_at", "number")).run("stops_at", spread="map", items=(1, 2, 3))

    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.EXCEPTION)
    assert ended.error is not None
    assert ended.error.message == "no two"


def _steps(crew: Crew, names: Iterable[str]) -> list[Ended]:
    return [crew.run(name, workflow_id="w") for name in names]


def test_a_value_that_cannot_be_passed_on_fails_a_step_but_not_a_job_of_its_own(hire: Hire) -> None:
    crew = hire(
        shell("head -c 17000000 /dev/zero"),
        shell('head -c 17000000 /dev/zero > "$QCTL_RESULT"', name="file"),
        shell("head -c 17000000 /dev/zero", name="spare", result="discard"),
    )

    printed, file, spare = _steps(crew, ["sh", "file", "spare"])

    assert (printed.outcome, printed.reason, printed.exit_code) == (Outcome.FAILED, Reason.RESULT_REJECTED, 0)
    assert printed.error is not None
    assert printed.error.message == "stdout is 17000000 bytes, more than 16 MB"
    assert file.reason is Reason.RESULT_REJECTED
    assert (spare.outcome, spare.value) == (Outcome.SUCCEEDED, None)
    assert crew.run("sh").outcome is Outcome.SUCCEEDED


def test_result_discard_still_passes_on_what_a_step_comes_to(hire: Hire) -> None:  # C24, C77
    crew = hire(
        shell("echo x", result="discard"),
        receiving("anything", result="discard"),
        receiving("unjsonable", result="discard"),
    )

    text, called, odd = _steps(crew, ["sh", "anything", "unjsonable"])

    assert (value(text), value(called)) == (b"x\n", b"[]")
    assert (odd.outcome, odd.value) == (Outcome.SUCCEEDED, None)
    assert b"no value is kept" in log(odd).text("e")
    assert crew.run("sh").value is None
    assert crew.run("anything").value is None
