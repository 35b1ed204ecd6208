"""The tasks of a storm, and the submissions of what its plan says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from qctl.config import Config, load
from qctl.config.options import Options, Request
from qctl.config.pipelines import prepare_workflow
from qctl.config.preparing import Preparing
from qctl.model.call import FORM, Call, Kind
from qctl.model.submission import Submission
from tests.storm.plan import JobPlan, Plan, WorkflowPlan
from tests.storm.workflows import CODE, PAUSE, STEP, TASK_ON_ERROR, WRAPPED, Composed, composed
from tests.support import run_record

#: Seconds beyond a lease: it is over before a worker goes on that was stopped amid it, and then another runs it still.
LINGERS_BEYOND: Final = 1.5
CRASHES: Final = 3  #: after which a job is dead: what a task has if it says nothing
KINDS: Final = {"shell": Kind.RUN, "limited": Kind.RUN}

_TASKS: Final = f"""
[tasks.python]
call = "jobs:works"
params.ms = {{ type = "int" }}
backoff = "20ms"
backoff_max = "100ms"

[tasks.retrying]
call = "jobs:fails_first"
params.ms = {{ type = "int" }}
params.fails = {{ type = "int" }}
retries = 3
backoff = "20ms"
backoff_max = "100ms"

[tasks.lingering]  # each runs 500 times as long as others, and is killed as much oftener: that is not its fault
call = "jobs:works"
params.ms = {{ type = "int" }}
max_crashes = 100
max_losses = 100
backoff = "20ms"

[tasks.poison]
call = "jobs:kills_its_slot"
backoff = "20ms"
backoff_max = "100ms"

[tasks.shell]
run = '''
{run_record.SHELL}
mark start
mark end
'''
backoff = "20ms"
backoff_max = "100ms"

[tasks.limited]
max_running = 3
run = '''
{run_record.SHELL}
mark start
mark end
'''
backoff = "20ms"
backoff_max = "100ms"
"""

_JOBS: Final = f"""
import signal
{run_record.PYTHON}
{PAUSE}

def works(ms):
    mark("start")
    pause(ms / 1000)
    mark("end")

def fails_first(ms, fails):
    mark("start")
    pause(ms / 1000)
    mark("end")
    if current.attempt <= fails:
        raise ConnectionError("not yet")

def kills_its_slot():
    mark("start")
    os.kill(os.getpid(), signal.SIGKILL)
"""

_STEPS: Final = f"""
{run_record.PYTHON}
{PAUSE}

def note(what):
    mark("start" if what == "begins" else "end")
{CODE}
"""


def declare(folder: Path, record: Path) -> Path:
    """Write tasks.toml and the code that it names. Answers where it stands."""
    (folder / "jobs.py").write_text(_JOBS)
    (folder / "steps.py").write_text(_STEPS)
    head = '[qctl]\npython_path = ["."]\nmodules = ["jobs", "steps"]\nretention = { runs = 1000000 }\n'
    head += f'[defaults]\nenv = {{ RECORD = "{record}" }}\n'
    file = folder / "tasks.toml"
    file.write_text(head + _TASKS + STEP + TASK_ON_ERROR + WRAPPED)
    return file


def _of_next_form(call: Call) -> bytes:
    """As the next release writes it: with its form in front, and something that this one does not know."""
    return b'{"form":%d,"later":[1],' % (FORM + 1) + call.encode()[1:]


class Workload:
    """All that a storm submits, prepared."""

    def __init__(self, plan: Plan, file: Path, lease: float) -> None:
        self.plan, self._lease = plan, lease
        self.workflows: list[Composed] = []
        config = load(os.fspath(file))
        self.submissions: list[Submission] = [self._prepared(one, config) for one in plan.sent]

    def parts(self, count: int, size: int) -> Sequence[list[list[Submission]]]:
        """The same in batches of so many at most, dealt out to so many submitters."""
        batches = [self.submissions[at : at + size] for at in range(0, len(self.submissions), size)]
        return [batches[number::count] for number in range(count)]

    def _prepared(self, one: JobPlan | WorkflowPlan, config: Config) -> Submission:
        if isinstance(one, JobPlan):
            return self._job(one)
        drawn = composed(Random(one.seed), sure=True, steps=one.steps)
        drawn.id = one.id
        self.workflows.append(drawn)
        instead = replace(config.workflows["wrapped"], composition=drawn.tree)
        config = replace(config, workflows={**config.workflows, "wrapped": instead})
        request = Request(task="wrapped", options=Options(id=one.id))
        return prepare_workflow(request, Preparing(config, strict=False))

    def _job(self, one: JobPlan) -> Submission:
        lingers = one.task == "lingering"
        params = {"ms": round(1000 * (self._lease + LINGERS_BEYOND))} if lingers else one.params
        call = Call(task=one.task, kind=KINDS.get(one.task, Kind.CALL), params=params)
        body = _of_next_form(call) if one.newer else call.encode()
        return Submission(id=one.id, task=one.task, body=body, priority=9 if lingers else 5)
