"""The first step of an attempt: from a frame to everything that is needed to run it, or to the reason why it cannot."""

from __future__ import annotations

import os
from functools import partial
from typing import NamedTuple

from qctl.config import environment
from qctl.config.environment import Unprepared
from qctl.engine.processes import kernel
from qctl.engine.processes.arguments import NONE, arguments_of
from qctl.engine.processes.restrictions import Restrictions
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

    from qctl.config.environment import Account
    from qctl.engine.processes.arguments import Arguments
    from qctl.engine.processes.cgroups import AttemptGroup
    from qctl.engine.processes.frames import Frame
    from qctl.engine.processes.plan import PoolPlan


class NotRunnable(Exception):
    """An attempt ends before it has begun; `ended` is its end."""

    def __init__(self, ended: Ended) -> None:
        self.ended = ended
        super().__init__(ended.error.message if ended.error else "")


class Alike:
    """What attempts that differ in their job's id alone have in common, for whoever runs them to keep there."""

    __slots__ = ("ready",)

    def __init__(self) -> None:
        self.ready: Any = None


class Prepared(NamedTuple):
    """One attempt, ready to run. A tuple, because every attempt makes one."""

    frame: Frame
    call: Call
    task: Task
    number: int  #: of the task in sorted order, from 1; 0: an ad-hoc one
    params: Mapping[str, Any]  #: those that are given by name
    own: Mapping[str, str]  #: variables that the task adds
    about: Mapping[str, str]  #: the QCTL_… variables
    owner: Account
    cwd: str
    veil: Veil | None = None  #: over what it prints and leaves behind, if it has secret parameters
    group: AttemptGroup | None = None  #: in which it runs, where there may be one
    arguments: Arguments = NONE  #: of a Python task: what is given by place
    alike: Alike | None = None  #: it runs in the slot, and `about` may be another job's: then they differ in the id

    @property
    def other_user(self) -> Account | None:
        """The user as whom it runs, if that is not the worker's own."""
        return self.owner if self.task.user is not None and self.owner.uid != os.geteuid() else None

    @property
    def retries(self) -> tuple[int | None, ...]:
        """How often it may be tried again: as the call says, else as the task does; empty where neither says it."""
        if self.call.retries is not None:
            return (self.call.retries,)
        return (self.task.retry.limit,) if self.task.retry.limit != 0 else ()

    @property
    def keeps_value(self) -> bool:
        """Whether what it comes to is kept: of a workflow's step always, for somebody may receive it (C24, C77)."""
        return self.task.result != "discard" or self.call.workflow_id is not None

    @property
    def must_have_value(self) -> bool:
        """Whether a value that cannot be kept is a failure: of a workflow's step, for who follows would lack it."""
        return self.task.result != "discard" and self.call.workflow_id is not None

    def ran_out_of_memory(self, kills_before: int) -> bool:
        """Whether the kernel has killed for want of memory: in its group, or else anywhere since there were so many."""
        in_group = self.group.ran_out_of_memory() if self.group is not None else None
        return kernel.oom_kills() > kills_before if in_group is None else in_group

    @property
    def restrictions(self) -> Restrictions:
        """What its process gives up."""
        return Restrictions.of(self.task, self.other_user, self.group)


_prepared: Final = partial(tuple.__new__, Prepared)
_ALIKE: Final = 256  #: preparations that are kept, and bytes that the body of a job may have for that
_LARGEST: Final = 65_536  #: bytes that the body of the latest job may have
_UNCHANGING: Final = (str, int, float, bool, type(None))


def _may_serve_again(prepared: Prepared) -> bool:
    """Whether the next job of the same body can be run with this: nothing in it is a task's to change, or read anew.

    Jobs that are given words of their own differ in these, as a rule.
    """
    filled = prepared.arguments.filled
    return (
        not (prepared.call.args and prepared.task.kind is not Kind.CALL)
        and prepared.task.env_file is None
        and prepared.veil is None
        and prepared.arguments.each is None
        and all(type(value) in _UNCHANGING for value in (*prepared.params.values(), *filled.by_name.values()))
        and all(type(value) in _UNCHANGING for value in filled.rest)
    )


def _runs_in_the_slot(task: Task) -> bool:
    """Whether an attempt surely does, and is given its variables there; others have them written for them alone."""
    return task.kind is Kind.CALL and task.user is None and task.nice is None and not task.limits


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
        self._large: Prepared | None = None
        self._alike: dict[bytes, Prepared] = {}  #: by the body: many jobs differ in nothing but who they are
        self._numbers = {name: number for number, name in enumerate(sorted(plan.config.runnable), 1)}

    def prepare(self, frame: Frame) -> Prepared:
        """Do it. Raises NotRunnable."""
        if frame.secrets or frame.received:
            return self._prepared(frame)
        known = self._known(frame.body)
        if known is not None and known.alike is not None and known.frame[1:5] == frame[1:5]:
            return _prepared((frame, *known[1:]))
        if known is not None:
            about = environment.about_job(frame, known.call, self._run_dir)
            prepared = known._replace(frame=frame, about=about)  # and is kept: those that follow are as this one
        else:
            prepared = self._prepared(frame)
            if not _may_serve_again(prepared):
                return prepared
        if _runs_in_the_slot(prepared.task):
            prepared = prepared._replace(alike=Alike())
        self._keep(prepared)
        return prepared

    def _known(self, body: bytes) -> Prepared | None:
        """What an earlier job of the same body was run with: of large bodies only the latest is kept."""
        if len(body) <= _ALIKE:
            return self._alike.get(body)
        return self._large if self._large is not None and self._large.frame.body == body else None

    def _keep(self, prepared: Prepared) -> None:
        if len(prepared.frame.body) > _ALIKE:
            self._large = prepared if len(prepared.frame.body) <= _LARGEST else None
            return
        if len(self._alike) >= _ALIKE and prepared.frame.body not in self._alike:
            del self._alike[next(iter(self._alike))]
        self._alike[prepared.frame.body] = prepared

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
                call=call,
                task=task,
                number=self._numbers.get(task.name, 0) if task.kind is not Kind.ADHOC else 0,
                params=params,
                own=environment.own_variables(task, call, params),
                about=environment.about_job(frame, call, self._run_dir),
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
        return Task(name=call.task, kind=Kind.ADHOC, exec=call.args)

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


__all__ = ["NotRunnable", "Preparation", "Prepared", "not_begun", "not_there"]
