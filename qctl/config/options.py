"""What somebody asks for, before it is checked: a job or a workflow, and the options of the call."""

from __future__ import annotations

import os
import pwd

from qctl.classes import dataclass, field
from qctl.later import cache
from qctl.model.submission import IfExists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.model.workflow.tree import Tree

BY_SCHEDULE: Final = "schedule"  #: who asked for a job that a beat has fired
ADHOC_TASK: Final = "adhoc"  #: the task's name that commands given at the call run under
PRIORITIES: Final[Mapping[str, int]] = {"low": 2, "normal": 5, "high": 7, "urgent": 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of one call; what is None is as the task or the routes say. Times in seconds."""

    queue: str | None = None
    priority: int | None = None
    countdown: float | None = None
    eta_ms: int | None = None  #: since the epoch
    expires: float | None = None  #: from now, to the start
    retries: int | None = None
    key: str | None = None
    if_exists: IfExists = IfExists.RETURN
    host: str | None = None  #: only workers of this host run it
    env: Mapping[str, str] = field(default_factory=dict)  #: variables of this job alone
    after: tuple[str, ...] = ()  #: ids of the jobs that have to succeed first
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes | None = None  #: what its command reads; None: nothing
    id: str | None = None  #: the job's id, if the caller has his own


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody wants: a task or workflow by name with its parameters, a command or a composition of his own."""

    task: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)  #: secrets among them
    args: tuple[str, ...] = ()
    adhoc: bool = False  #: `args` are a command, to be run in `cwd`
    cwd: str | None = None
    options: Options = Options()
    schedule: str | None = None  #: that it is a run of …
    at_ms: int | None = None  #: … for this instant, in ms since the epoch
    by: str | None = None  #: who asks; None: this process's user
    tree: Tree | None = None  #: a composition of its own; `task` is then `pipeline`


@cache
def caller() -> str:
    """Who asks: `user@host`."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return f"{user}@{os.uname().nodename}"
