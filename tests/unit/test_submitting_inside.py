"""What a job is told that submits several, of which its worker could have some alone accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from qctl.client import inside
from qctl.client.inside import InnerClient
from qctl.client.sending import SomeRefused, SomeUnknown
from qctl.config import Config
from qctl.config.requests import Request
from qctl.model.call import Kind
from qctl.model.task import Task

CONFIG = Config(tasks={"tidy": Task(name="tidy", kind=Kind.RUN, run="true")})


def told(monkeypatch: pytest.MonkeyPatch, *answers: Any, jobs: int = 3) -> None:
    """Submit so many jobs from inside a job; the worker answers each question by one of these."""
    left = list(answers)

    def ask(_folder: str, _question: Mapping[str, object], _patience: float) -> Any:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"submitted": answer}

    monkeypatch.setattr(inside, "ask_worker", ask)
    InnerClient("/run", CONFIG).submit([Request(task="tidy")] * jobs)


def test_those_after_a_refused_one_that_were_accepted_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SomeRefused, match="2 of 3 jobs were accepted, not number 2: queue default holds 1 job") as some:
        told(monkeypatch, [("NEW", "one"), ("FULL", "1"), ("NEW", "three")])
    assert some.value.accepted == ("one", "three")


def test_where_the_worker_goes_away_nobody_knows_of_those_that_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SomeUnknown, match="500 of 501 jobs were accepted; nobody knows of ") as some:
        told(monkeypatch, [("NEW", f"job{n}") for n in range(500)], OSError("gone"), jobs=501)
    assert some.value.accepted == tuple(f"job{n}" for n in range(500))
