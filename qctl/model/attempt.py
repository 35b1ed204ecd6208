"""The record that is kept of one run of a job, and the value that a job comes to."""

from __future__ import annotations

from qctl import json_text
from qctl.classes import dataclass, fields
from qctl.enums import StrEnum
from qctl.later import later
from qctl.model.units import LATEST_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import sub
    from typing import Any, Final, Self

    from qctl.hashes import sha256
else:
    sha256 = later("qctl.hashes", "sha256")
    sub = later("re", "sub")

#: The largest value that is kept of a job: reference.md, `tasks.NAME.result`.
MAX_VALUE_BYTES: Final = 16 * 1024 * 1024
_CHANGING: Final = r"0x[0-9a-fA-F]+|\d+"  #: in the messages of one and the same error


def fingerprint(kind: str, message: str) -> str:
    """Eight hex digits that name an error, whatever numbers and addresses stand in its message."""
    text = f"{kind}:{sub(_CHANGING, '#', message)}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]  # Python tells stray bytes so


class ValueKind(StrEnum):
    """How the bytes of a value are to be read. One letter, stored before the value."""

    JSON = "j"
    BYTES = "s"  #: what a shell job wrote on its stdout


@dataclass(frozen=True, slots=True)
class Value:
    """What a job came to: JSON text of a Python task, the stdout of a shell task."""

    kind: ValueKind
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The record of one attempt, as it stands in the store."""

    number: int
    worker: str  #: the worker's label
    started_ms: int  #: server time, ms since the epoch
    ended_ms: int
    outcome: str  #: an Outcome; `released` when the worker gave the job back, `replaced` when others took its place
    reason: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    error_type: str | None = None
    error_message: str | None = None
    cpu_s: float = 0.0
    max_rss_bytes: int = 0
    log_bytes: int = 0
    log_lines: int = 0
    log_dropped: int = 0
    hash: str | None = None  #: of the definition that ran
    max_attempts: int = 1  #: that the worker's definition allows

    @property
    def fingerprint(self) -> str:
        """That of the attempt's error, see `ErrorInfo`."""
        return fingerprint(self.error_type or "", self.error_message or "")

    def encode(self) -> bytes:
        """Write this record as compact JSON, without what is as it is by default."""
        return encode_record({name: getattr(self, name) for name in _SHORT})

    @classmethod
    def decode(cls, record: bytes) -> Self:
        """Read a record. Fields of a newer qctl are passed over. Raises ValueError if it is none."""
        try:
            said = json_text.loads(record.decode())  # told that it is UTF-8, json need not find out
            return cls(**{_LONG[short]: _fitting(_LONG[short], fact) for short, fact in said.items() if short in _LONG})
        except (AttributeError, TypeError, RecursionError) as error:
            raise ValueError(f"not an attempt: {error}") from error


def _fitting(name: str, fact: Any) -> Any:
    """A field as it is read from JSON. Raises TypeError for one that no attempt has: somebody wrote it by hand."""
    form = _FORMS.get(name, int)
    if fact is None and _DEFAULTS.get(name, _REQUIRED) is None:
        return None
    if (
        not isinstance(fact, form)
        or isinstance(fact, bool)
        or (form is not str and not -LATEST_MS <= fact <= LATEST_MS)
    ):
        raise TypeError(f"{name} is a {type(fact).__name__} that does not fit")
    if name in ("started_ms", "ended_ms") and fact < 0:
        raise TypeError(f"{name} is before 1970")
    return fact


def encode_record(facts: Mapping[str, Any]) -> bytes:
    """Write an attempt's record from its fields by name; what is left out is as it is by default.

    A worker writes one for every attempt: this way it need not make an `Attempt` first.
    """
    said = {_SHORT[name]: fact for name, fact in facts.items() if fact != _DEFAULTS.get(name, _REQUIRED)}
    if "c" in said:
        said["c"] = round(said["c"], MICROSECONDS)
    return _to_json(said).encode()


#: Names on the wire are short, because a record is kept for every attempt of every job.
_SHORT: Final[Mapping[str, str]] = {
    "number": "n",
    "worker": "w",
    "started_ms": "s",
    "ended_ms": "e",
    "outcome": "o",
    "reason": "r",
    "exit_code": "x",
    "signal": "g",
    "error_type": "t",
    "error_message": "m",
    "cpu_s": "c",
    "max_rss_bytes": "p",
    "log_bytes": "lb",
    "log_lines": "ll",
    "log_dropped": "ld",
    "hash": "h",
    "max_attempts": "a",
}
#: What a field that is no whole number is on the wire.
_FORMS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("worker", "outcome", "reason", "error_type", "error_message", "hash"), str),
    "cpu_s": int | float,
}
_LONG: Final[Mapping[str, str]] = {short: name for name, short in _SHORT.items()}
_REQUIRED: Final = object()
MICROSECONDS: Final = 6  #: digits of a second; the sum of two times has more that say nothing
_to_json: Final = json_text.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DEFAULTS: Final[Mapping[str, Any]] = {
    f.name: f.default
    for f in fields(Attempt)
    if f.name not in ("number", "worker", "started_ms", "ended_ms", "outcome")
}
