"""A call: what somebody asked for when a job was submitted.

It is the job's body: opaque to the store, fixed at submit, JSON on the wire. It carries a task's name and parameters,
never what runs: that is the definition which the worker holds at the start.
"""

from __future__ import annotations

from qctl import json_text
from qctl.classes import dataclass, field, fields
from qctl.enums import StrEnum
from qctl.later import later
from qctl.model import strict_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from base64 import b64decode
    from collections.abc import Mapping
    from typing import Any, Final, Self
else:
    b64decode = later("base64", "b64decode")

_WRITER: Final = json_text.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
#: The form of the records that this qctl writes, and the latest that it can run. It is raised when a worker that knows
#: less must not run what a new one writes; a field that an older worker may pass over raises nothing.
FORM: Final = 1
_READER: Final = json_text.JSONDecoder(parse_constant=strict_json.no_constant, parse_float=strict_json.finite)
DEEPEST: Final = 4 * strict_json.DEEPEST  #: deeper values could be read, and not written again by a list of jobs
MOST_STDIN: Final = 1024 * 1024  #: bytes that a job may be given on stdin
PIPELINE: Final = "pipeline"  #: the task's name of workflows that are composed at the call
SHOWN: Final = "***"  #: what stands in a secret's place


class Kind(StrEnum):
    """What a job's task is made of."""

    RUN = "run"  #: shell text
    EXEC = "exec"  #: a list of words
    CALL = "call"  #: a Python callable
    ADHOC = "adhoc"  #: a command given at the call
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True)
class Values:
    """What jobs of one task differ in."""

    params: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    positional: tuple[Any, ...] = ()
    spread: str | None = None
    items: tuple[Any, ...] = ()

    def written(self, before: str, after: str) -> str:
        """A call with these values, between the two parts of its `frame`: the same that `encode` writes."""
        said = f',"params":{_WRITER.encode(self.params)}' if self.params else ""
        for name in _VALUES[1:]:
            if value := getattr(self, name):
                said += f',"{name}":{_WRITER.encode(value)}'
        return before + said + after


NOTHING: Final = Values()
_WORDS: Final = b',"args":'  #: before the words of a body, and in none of its strings, which have \" for "
_VALUES: Final = tuple(each.name for each in fields(Values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A task's name and parameters, and the options of this call that the worker must know."""

    task: str
    kind: Kind = Kind.RUN
    params: Mapping[str, Any] = field(default_factory=dict)  #: JSON values by parameter name
    secrets: tuple[str, ...] = ()  #: parameters whose values are kept elsewhere, and end with the job
    args: tuple[str, ...] = ()  #: words after `--`; of an ad-hoc job, its command
    positional: tuple[
        Any, ...
    ] = ()  #: of a Python task: JSON values that fill, after what it receives, the free parameters
    spread: str | None = None  #: `map` or `starmap`: a Python task is called for each of `items`, and leaves a list
    items: tuple[Any, ...] = ()
    plan: str | None = None  #: of a workflow: the digest of its plan
    pipeline: str | None = None  #: of a workflow: what it is composed of, as an expression
    by: str = ""  #: who asked, as `user@host`
    cwd: str | None = None  #: of an ad-hoc job: the caller's directory
    retries: int | None = None  #: overrides the task's
    tries: int = 1  #: attempts that the caller's definition allows, for display until a worker knows better
    env: Mapping[str, str] = field(default_factory=dict)  #: variables of this job alone
    after: tuple[str, ...] = ()  #: ids of jobs that have to succeed first
    key: str | None = None
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None  #: where the caller's definition stands …
    line: int | None = None
    hash: str | None = None  #: … and what it said
    stdin: str | None = None  #: base64 of what its command reads on stdin; None: nothing
    schedule: str | None = None
    scheduled_for: str | None = None
    parent_id: str | None = None
    workflow_id: str | None = None

    @property
    def shown_params(self) -> dict[str, Any]:
        """The parameters as anybody may see them: of a secret its name."""
        return {**self.params, **dict.fromkeys(self.secrets, SHOWN)}

    @property
    def stdin_bytes(self) -> bytes | None:
        """What its command reads on stdin."""
        return None if self.stdin is None else b64decode(self.stdin, validate=True)

    def encode(self) -> bytes:
        """Write this call as JSON, leaving out what is as it is by default."""
        values = Values(*[getattr(self, name) for name in _VALUES])
        return values.written(*self.frame()).encode()

    def frame(self) -> tuple[str, str]:
        """The JSON before its values, and the JSON after them: the same for all calls that differ in values alone."""
        said = {
            name: value
            for name, usual in _DEFAULTS.items()
            if name not in _VALUES and (value := getattr(self, name)) != usual
        }
        form: dict[str, Any] = {"form": FORM} if FORM > 1 else {}  # first, where claim finds it
        first = form | {"task": self.task} | ({"kind": said.pop("kind")} if "kind" in said else {})
        rest = _WRITER.encode(said)[1:]
        return _WRITER.encode(first)[:-1], f",{rest}" if said else rest

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Read a body. Fields of a newer qctl are passed over. Raises ValueError if it is no call."""
        try:
            text = body.decode()  # told that it is UTF-8, json need not find out
            if strict_json.too_deep(text, DEEPEST):
                raise ValueError("not a call: it is nested too deep")
            said = _READER.decode(text)
            known: dict[str, Any] = {}
            for name, value in said.items():
                if type(value) is _PLAIN.get(name):
                    known[name] = value
                elif name in _DEFAULTS:
                    known[name] = _fitting(name, value)
            if "kind" in known:
                known["kind"] = _KINDS.get(known["kind"]) or Kind(known["kind"])
            found = cls(task=str(said["task"]), **known)
            if "stdin" in known:
                _ = found.stdin_bytes  # raises ValueError here, rather than later
            return found
        except (AttributeError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"not a call: {error}") from error


@dataclass(frozen=True, slots=True)
class AroundWords:
    """The bytes of a body before and after its words: those that have both say the same call, but for the words."""

    before: bytes
    after: bytes

    @classmethod
    def of(cls, body: bytes, call: Call) -> Self | None:
        """Those of this body, which was read as this call; None if more than words stands between them."""
        before, after = call.frame()
        found = cls(before.encode() + _WORDS, after.encode())
        return found if found.words(body) == call.args else None

    @staticmethod
    def beginning(body: bytes) -> bytes:
        """What stands before words in a body; of one without them, what no body with them begins with."""
        return body[: body.find(_WORDS)]

    @property
    def length(self) -> int:
        """Bytes of both."""
        return len(self.before) + len(self.after)

    def words(self, body: bytes) -> tuple[str, ...] | None:
        """The words of a body; None: it differs in something else too, and has to be read whole."""
        begin, end = len(self.before), len(body) - len(self.after)
        if begin > end or not (body.startswith(self.before) and body.endswith(self.after)):
            return None
        try:
            said = _READER.decode(body[begin:end].decode())
        except (ValueError, RecursionError):
            return None
        return tuple(said) if type(said) is list and all(type(each) is str for each in said) else None


def _fitting(name: str, value: Any) -> Any:
    """A field as it is read from JSON. Raises TypeError for one that no call has: somebody wrote it by hand."""
    form = _FORMS.get(name, str)
    if not isinstance(value, form) and (value is not None or _DEFAULTS[name] is not None):
        raise TypeError(f"{name} is a {type(value).__name__}")
    if not isinstance(value, list) or name in _JSON_LISTS:
        return tuple(value) if isinstance(value, list) else value
    if not all(isinstance(each, str) for each in value):
        raise TypeError(f"{name} holds something else than texts")
    return tuple(value)


#: What a field that is no text is on the wire.
_FORMS: Final[Mapping[str, type]] = {
    "params": dict,
    "args": list,
    "secrets": list,
    "env": dict,
    "after": list,
    "retries": int,
    "tries": int,
    "tags": list,
    "positional": list,
    "items": list,
    "labels": dict,
    "line": int,
}
_KINDS: Final = {kind.value: kind for kind in Kind}
_JSON_LISTS: Final = frozenset({"positional", "items"})
_EMPTY = Call(task="")
_DEFAULTS = {f.name: getattr(_EMPTY, f.name) for f in fields(Call) if f.name != "task"}
#: Fields that are taken as they are, if they are just that.
_PLAIN: Final[Mapping[str, type]] = {
    name: form for name in _DEFAULTS if (form := _FORMS.get(name, str)) is not list and name != "kind"
}
