"""An attempt, ready to run: all that those who execute it need to know of it."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from qctl.engine.processes import kernel
from qctl.engine.processes.arguments import NONE
from qctl.engine.processes.restrictions import Restrictions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl.config.environment import Account
    from qctl.engine.processes.arguments import Arguments
    from qctl.engine.processes.cgroups import AttemptGroup
    from qctl.engine.processes.frames import Frame
    from qctl.model.call import Call
    from qctl.model.secrets import Veil
    from qctl.model.task import Task


class Alike:
    """What attempts that differ in their job's id alone have in common, for whoever runs them to keep there."""

    __slots__ = ("ready",)

    def __init__(self) -> None:
        self.ready: Any = None


class Prepared(NamedTuple):
    """One attempt, ready to run. A tuple, because every attempt makes one."""

    frame: Frame
    about: Mapping[str, str]  #: the QCTL_… variables
    words: tuple[str, ...]  #: behind `--`; of an ad-hoc job, its command
    call: Call  #: of jobs that differ in nothing but their words, that of the first
    task: Task
    number: int  #: of the task in sorted order, from 1; 0: an ad-hoc one
    params: Mapping[str, Any]  #: those that are given by name
    own: Mapping[str, str]  #: variables that the task adds
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
