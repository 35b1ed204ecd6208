"""What a job prints and leaves behind holds no secret: attacks 33 and 34, L12."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from qctl.engine.processes.events import Output, Progress, SlotDied
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.retry import GiveUp, RetryPolicy
from qctl.model.retrying import decide
from qctl.model.state import Outcome, Reason
from qctl.model.task import Param, Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import Crew, Key, log, value

PIN = "hunter 22/ä"
PARAMS = (Param(name="pin", secret=True),)
SECRETS = json.dumps({"pin": PIN}).encode()


def shell(text: str, **options: Any) -> Task:
    return Task(name="sh", kind=Kind.RUN, run=text, **{"params": PARAMS, **options})


def python(name: str, **options: Any) -> Task:
    return Task(name=name, kind=Kind.CALL, call=f"leaking:{name}", params=PARAMS, **options)


def submit(crew: Crew, task: str) -> Key:
    return crew.submit(task, secrets=("pin",), kept_apart=SECRETS)


def run(crew: Crew, task: str) -> Ended:
    return crew.finish(submit(crew, task))


def all_said(crew: Crew, ended: Ended) -> str:
    """Everything that left the processes."""
    live = [chunk.data for event in crew.of(Output) for chunk in event.chunks]
    said = [log(ended).text("oen"), *live, ended.value.data if ended.value else b""]
    return " ".join([*(part.decode(errors="replace") for part in said), str(ended.error), str(crew.of(Progress))])


def test_a_command_gets_it_and_nobody_else_sees_it(hire: Hire, tmp_path: Path) -> None:
    """Out and error, value, live view, the file of `output.file`."""
    crew = hire(
        shell(
            'test "$pin" = "hunter 22/ä" || exit 9; echo "it is $pin"; echo "$pin" >&2; sleep 0.3',
            output_file=str(tmp_path / "out.log"),
        )
    )

    ended = run(crew, "sh")

    assert ended.outcome is Outcome.SUCCEEDED
    assert value(ended) == b"it is ***\n"
    assert log(ended).text("e") == b"***\n"
    assert crew.of(Output)
    assert (tmp_path / "out.log").read_text() == "it is ***\n***\n"
    assert "hunter" not in all_said(crew, ended)


def test_it_is_hidden_when_it_comes_in_two_pieces(hire: Hire) -> None:
    """Attack 34: across the border of what was read at once."""
    crew = hire(shell("printf 'a hunt'; sleep 0.3; printf 'er 22'; sleep 0.3; printf '/ä b hunt'"))

    ended = run(crew, "sh")

    assert log(ended).text() == value(ended) == b"a *** b hunt"
    assert "er 22" not in all_said(crew, ended)


def test_what_is_written_to_the_result_file_is_hidden(hire: Hire) -> None:
    crew = hire(shell('printf "%s" "$pin" > "$QCTL_RESULT"'))

    assert value(run(crew, "sh")) == b"***"


@pytest.mark.parametrize("nice", [None, 1])
def test_a_python_task_gets_it_and_nobody_else_sees_it(hire: Hire, nice: int | None) -> None:
    """In its slot and in a child: printed by Python and C, in the value's texts, names and numbers, in progress."""
    crew = hire(python("tell_all", nice=nice))

    ended = run(crew, "tell_all")

    assert json.loads(value(ended)) == {"it is ***": ["***", {"***": 1}]}
    assert log(ended).text("o").splitlines() == [b"by print ***", b"by C ***"]
    assert log(ended).text("e").splitlines() == [b"by logging ***"]
    assert [said.text for said in crew.of(Progress)][-1] == "at ***"
    assert "hunter" not in all_said(crew, ended)


@pytest.mark.parametrize("nice", [None, 1])
def test_neither_the_error_nor_its_traceback_holds_it(hire: Hire, nice: int | None) -> None:
    crew = hire(python("complain", nice=nice))

    ended = run(crew, "complain")

    assert ended.error is not None
    assert ended.error.message == "cannot log in as ana with ***"
    assert b"ValueError: cannot log in as ana with ***" in log(ended).text("e")
    assert "hunter" not in all_said(crew, ended)


def test_progress_through_the_run_directory_is_hidden(hire: Hire) -> None:
    """The template serves the socket, and knows what to hide."""
    crew = hire(python("report_from_child"))

    ended = run(crew, "report_from_child")

    assert [said.text for said in crew.of(Progress)] == ["at ***"]
    assert "hunter" not in all_said(crew, ended)


def test_the_last_words_of_a_slot_that_dies_are_hidden(hire: Hire) -> None:
    crew = hire(python("say_and_die"))

    submit(crew, "say_and_die")
    died = crew.until(lambda: crew.of(SlotDied))[0]

    assert log(died.ended).text("o") == b"last words: ***\n"


def test_a_value_from_the_workers_environment_is_hidden_too(hire: Hire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "tok_12345678")
    crew = hire(shell('echo "${token}"', params=(Param(name="token", secret=True, env="DEPLOY_TOKEN"),)))

    assert value(crew.run("sh")) == b"***\n"


def test_the_error_of_a_command_that_tells_it_hides_it(hire: Hire) -> None:
    """Also where it shows only once the colours within it are gone."""
    plain = 'echo "$pin is wrong" >&2; exit 3'
    crew = hire(shell(plain), replace(shell("printf 'hunter\\033[0m 22/ä is wrong' >&2; exit 3"), name="colour"))

    errors = [run(crew, task).error for task in ("sh", "colour")]

    assert [error and error.message for error in errors] == ["*** is wrong"] * 2


def test_the_next_job_of_the_slot_is_not_veiled(hire: Hire) -> None:
    crew = hire(python("tell_all"), Task(name="plain", kind=Kind.CALL, call="leaking:plain"))
    run(crew, "tell_all")

    assert log(crew.run("plain")).text("o") == f"{PIN}\n".encode()


def test_a_job_whose_secret_is_gone_does_not_start(hire: Hire) -> None:
    crew = hire(shell("true"))

    ended = crew.run("sh", secrets=("pin",))

    assert (ended.outcome, ended.error and ended.error.message) == (
        Outcome.FAILED,
        "the secret pin was kept for 30 days, and is gone",
    )


def test_one_too_short_to_be_hidden_fails_its_job_at_once_and_for_good(hire: Hire) -> None:
    """It came from a caller who did not have the task; no later try has a longer one."""
    task = shell("true", retry=RetryPolicy(limit=3))
    crew = hire(task)

    ended = crew.finish(crew.submit("sh", secrets=("pin",), kept_apart=json.dumps({"pin": "x"}).encode()))

    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.NOT_STARTED)
    assert isinstance(decide(task.retry, ended, 1, Random(1)), GiveUp)
