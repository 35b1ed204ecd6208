"""A task: what is declared in tasks.toml, with every key read, typed and given its default."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.enums import StrEnum
from qctl.model.call import Kind
from qctl.model.retry import RetryPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.model.workflow.tree import Tree

DAY: Final = 86400.0
EACH: Final = "each"  #: before the names of hosts: on every one of them
ONCE: Final = RetryPolicy()  #: no second try


class ParamType(StrEnum):
    """What a parameter's value may be."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    PATH = "path"
    CHOICE = "choice"
    LIST = "list"
    JSON = "json"
    ANY = "any"  #: of a Python function's parameter without a type: a typed text stays one, else any JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of a task."""

    name: str
    type: ParamType = ParamType.STR
    default: Any = None  #: a value of the type; None: there is none
    required: bool = False  #: true by itself when there is neither a default nor an `env`
    help: str = ""
    min: float | None = None  #: of a number its value, of a text its length, of a list its number of elements
    max: float | None = None
    pattern: str | None = None  #: a regular expression that the whole text, or each element, must match
    choices: tuple[Any, ...] = ()
    secret: bool = False
    env: str | None = None  #: a variable of the worker that gives the value when the caller gives none
    by_name: bool = False  #: a Python function's that is given by name alone
    none: bool = False  #: null means that it is not given: of a Python function's that is None by default
    dash: bool = False  #: may a value that begins with `-` stand in a word of `exec`


@dataclass(frozen=True, slots=True, kw_only=True)
class OnEnd:
    """A task that runs when a workflow has ended."""

    task: str
    each: bool = False  #: once for each node that failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The definition of a task, or of a workflow. Durations are seconds, sizes bytes; paths are absolute."""

    name: str
    kind: Kind
    run: str | None = None  #: shell text
    exec: tuple[str, ...] | None = None  #: words, some with `{parameter}` in them
    call: str | None = None  #: `module:function`
    composition: Tree | None = None  #: of a workflow: its steps; `timeout` is of the whole then
    on_error: OnEnd | None = None  #: of a workflow: what runs once when it has ended and did not succeed
    on_success: OnEnd | None = None
    doc: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = True
    params: tuple[Param, ...] = ()
    extra: bool = False  #: takes parameters beside those, any JSON: a Python function with `**kwargs`
    rest: bool = False  #: takes values by place beside those: one with `*args`
    queue: str | None = None  #: None: as the routes say, else `default`
    priority: int = 5  #: 0 to 9, 9 first
    host: tuple[str, ...] = ()  #: names, or `each` before them; empty: any host
    timeout: float | None = None  #: of an attempt, hard
    soft_timeout: float | None = None
    total_timeout: float | None = None  #: over all attempts since it was last retried by hand
    grace: float = 10.0  #: between the stop signal and KILL
    stop_signal: int = 15  #: SIGTERM
    retry: RetryPolicy = ONCE
    max_crashes: int = 3
    max_losses: int = 10
    redeliver: bool = True
    on_lost_lease: str | None = None  #: `stop` or `continue`; None: stop, on the embedded server continue
    ok_codes: tuple[int, ...] = (0,)
    expires: float | None = None  #: from submit, to the start
    max_running: int | None = None
    lock: str | None = None
    unique: str | None = None  #: `params` or `task`
    rate_limit: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: str | None = None
    cwd: str | None = None  #: None: the user's home
    user: str | None = None
    umask: int = 0o022
    nice: int | None = None
    shell: str = "/bin/sh"
    limits: Mapping[str, int | float] = field(
        default_factory=dict
    )  #: `memory` bytes, `cpu` seconds, `files`, `processes`
    leave_children: bool = False
    fail_on_stderr: bool = False
    output_max: int = 262144
    output_file: str | None = None
    result: str = "keep"  #: or `discard`, `json`
    keep_age: float = 30 * DAY
    keep_runs: int = 1000
    notify: tuple[str, ...] = ()
    schedules: tuple[Mapping[str, Any], ...] = ()  #: as written; a text stands as {"cron": text} or {"every": …}
    file: str = ""
    line: int = 0
    hash: str = ""  #: 12 hex digits of the canonical definition

    @property
    def path(self) -> tuple[str, str]:
        """Where in a file it stands."""
        return ("workflows" if self.kind is Kind.WORKFLOW else "tasks", self.name)

    @property
    def noun(self) -> str:
        """What it is called in messages, with its name."""
        return f"{'workflow' if self.kind is Kind.WORKFLOW else 'task'} `{self.name}`"

    @property
    def each_host(self) -> bool:
        """Whether one submission makes a job for each of the hosts."""
        return self.host[:1] == (EACH,)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that may run it, or that each have to; empty: any."""
        return self.host[1:] if self.each_host else self.host

    def param(self, name: str) -> Param | None:
        """The declared parameter of this name."""
        return next((param for param in self.params if param.name == name), None)

    @property
    def summary(self) -> str:
        """The first line of `doc`."""
        return self.doc.strip().partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What `[queues.NAME]` says of a queue."""

    name: str
    max_length: int | None = None
    rate_limit: str | None = None
    max_running: int | None = None
