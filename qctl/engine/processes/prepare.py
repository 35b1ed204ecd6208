"""The first step of an attempt: from a frame to everything that is needed to run it, or to the reason why it cannot."""

from __future__ import annotations

from functools import partial

from qctl.config import environment
from qctl.config.environment import Unprepared
from qctl.engine.processes.arguments import NONE, arguments_of
from qctl.engine.processes.prepared import Alike, Prepared
from qctl.engine.processes.recurring import Recurring
from qctl.errors import NotFound, QctlError, UsageError
from qctl.model.call import Call, Kind
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.params import ParameterError, ShortSecret, bind, read_texts
from qctl.model.secrets import Veil, decode, texts_to_hide
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.engine.processes.frames import Frame
    from qctl.engine.processes.plan import PoolPlan


class NotRunnable(Exception):
    """An attempt ends before it has begun; `ended` is its end."""

    def __init__(self, ended: Ended) -> None:
        self.ended = ended
        super().__init__(ended.error.message if ended.error else "")


_prepared: Final = partial(tuple.__new__, Prepared)


def _runs_in_the_slot(task: Task) -> bool:
    """Whether an attempt surely does, and is given its variables there; others have them written for them alone."""
    for_a_child = task.user is not None or task.nice is not None or task.limits or task.output_file is not None
    return task.kind is Kind.CALL and not for_a_child


def _given(task: Task, call: Call, secrets: bytes) -> Mapping[str, Any]:
    """The parameters that the caller gave, secret ones too. Raises Unprepared if those are not there any more."""
    params = {**call.params, **decode(secrets)} if call.secrets else call.params
    if gone := [name for name in call.secrets if name not in params]:
        raise Unprepared(f"the secret {', '.join(gone)} was kept for 30 days, and is gone")
    return params if call.hash else read_texts(task, params)  # no hash: its caller did not have the task


def _veil(task: Task, params: Mapping[str, Any]) -> Veil | None:
    texts = texts_to_hide(task, params) if params else ()
    return Veil(texts) if texts else None


class Preparation:
    """Looks names up in this slot's own configuration: a record says a task's name, never what to run (attack 28)."""

    def __init__(self, plan: PoolPlan, run_dir: str, worker_environ: Mapping[str, str]) -> None:
        self._config, self._adhoc = plan.config, plan.adhoc
        self._run_dir, self._worker_environ = run_dir, worker_environ
        self._recurring = Recurring()
        self._numbers = {name: number for number, name in enumerate(sorted(plan.config.runnable), 1)}

    def prepare(self, frame: Frame) -> Prepared:
        """Do it. Raises NotRunnable."""
        if frame.secrets or frame.received:
            return self._prepared(frame)
        known = self._recurring.of_body(frame.body)
        if known is None:
            return self._of_other_words(frame) or self._kept(self._prepared(frame))
        if known.alike is not None and known.frame[1:5] == frame[1:5]:
            return _prepared((frame, *known[1:]))
        return self._kept(known._replace(frame=frame, about=self._about(frame, known.call)))  # as those that follow

    def _of_other_words(self, frame: Frame) -> Prepared | None:
        """What an earlier job was run with that had other words, with those of this one."""
        found = self._recurring.but_for_words(frame.body)
        if found is None:
            return None
        known, words = found
        return _prepared((frame, self._about(frame, known.call), words, *known[3:]))

    def _kept(self, prepared: Prepared) -> Prepared:
        """The same, kept for jobs that are alike."""
        if _runs_in_the_slot(prepared.task):
            prepared = prepared._replace(alike=Alike())
        self._recurring.keep(prepared)
        return prepared

    def _about(self, frame: Frame, call: Call) -> Mapping[str, str]:
        return environment.about_job(frame, call, self._run_dir)

    def _prepared(self, frame: Frame) -> Prepared:
        try:
            call = Call.decode(frame.body)
            task = self._task(call)
            given = _given(task, call, frame.secrets)
            arguments = arguments_of(task, call, given, frame.received) if task.kind is Kind.CALL else NONE
            params = bind(task, given, self._worker_environ, arguments.names) if task.params or given else {}
            owner = environment.account(task.user)
            return Prepared(
                frame=frame,
                about=self._about(frame, call),
                words=call.args,
                call=call,
                task=task,
                number=self._numbers.get(task.name, 0) if task.kind is not Kind.ADHOC else 0,
                params=params,
                own=environment.own_variables(task, call, params),
                owner=owner,
                cwd=environment.working_directory(task, call, owner),
                veil=_veil(task, params | arguments.filled.by_name),
                arguments=arguments,
            )
        except NotFound as error:
            raise NotRunnable(not_begun(str(error), "NotFound", reason=Reason.UNKNOWN_TASK)) from error
        except ShortSecret as error:  # no later try of the same job has a longer one
            raise NotRunnable(not_begun(str(error), ParameterError.__name__)._replace(retries=0)) from error
        except (QctlError, Unprepared, ValueError) as error:
            raise NotRunnable(not_begun(str(error), type(error).__name__)) from error

    def _task(self, call: Call) -> Task:
        if call.kind is not Kind.ADHOC:
            found = self._config.known(call.task)
            return found if found is not None else self._missing(call.task)
        if not self._adhoc:
            raise UsageError("this worker runs no ad-hoc commands", help="adhoc = true in [qctl]")
        if not call.args:
            raise UsageError("an ad-hoc job without a command")
        return Task(name=call.task, kind=Kind.ADHOC)

    def _missing(self, name: str) -> Task:
        try:
            return self._config.task(name)
        except QctlError as error:
            raise NotFound(str(error)) from error


def not_there(prepared: Prepared, why: str) -> Ended:
    """The end of an attempt whose working directory cannot be entered (P6).

    A user without a home, as those of services are, has to be told to name another place.
    """
    message = f"working directory {prepared.cwd}: {why}"
    if (prepared.task.cwd or prepared.call.cwd) is None:
        message = f"working directory {prepared.cwd}: {prepared.owner.name} has no home; set `cwd` in tasks.toml"
    return not_begun(message, "cwd")


def not_begun(message: str, name: str, *, reason: Reason = Reason.NOT_STARTED, exit_code: int | None = None) -> Ended:
    """The end of an attempt of which nothing ran."""
    error = ErrorInfo(type=name, message=message)
    return Ended(outcome=Outcome.FAILED, reason=reason, exit_code=exit_code, error=error, error_names=(name,))
