"""The global flags of one call, from flags and environment, as one frozen value."""

from __future__ import annotations

from qctl.classes import dataclass, fields
from qctl.cli.table import GLOBAL_FLAGS, OTHER_FLAGS
from qctl.errors import UsageError
from qctl.later import later
from qctl.model.names import is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Final

    from qctl.model.suggest import did_you_mean
    from qctl.model.units import parse_duration
else:
    did_you_mean = later("qctl.model.suggest", "did_you_mean")
    parse_duration = later("qctl.model.units", "parse_duration")

FORMATS: Final = ("table", "wide", "json", "jsonl", "tsv", "name")
CHECK_FORMATS: Final = ("sarif", "github")  #: of `qctl check` alone
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the global flags of a call say."""

    file: str | None = None
    dir: str | None = None
    redis: str | None = None
    namespace: str | None = None
    redis_timeout: float = 3.0  #: seconds
    output: str = "table"
    quiet: bool = False
    verbose: int = 0
    color: str = "auto"
    no_input: bool = False
    yes: bool = False
    dry_run: bool = False
    utc: bool = False
    no_pager: bool = False

    @property
    def for_people(self) -> bool:
        """Whether stdout is a text that people read."""
        return not (self.for_programs or self.quiet or self.output == "name")

    @property
    def for_programs(self) -> bool:
        """Whether stdout is read by a program: JSON or TSV."""
        return self.output in ("json", "jsonl", "tsv")


def settings(
    flags: Mapping[str, Any], environ: Mapping[str, str], formats: Sequence[str] = (*FORMATS, *CHECK_FORMATS)
) -> Settings:
    """Settle what holds: a flag wins over `QCTL_…`, that over the default. Raises UsageError.

    A format that there is none of is told those of the command, its `formats`.
    """
    said: dict[str, Any] = {}
    for field in fields(Settings):
        origin = source(field.name, flags, environ)
        if origin:
            value = flags[field.name] if field.name in flags else environ[origin]
            said[field.name] = _read(field.name, value, origin)
            if field.name == "output" and value not in (*FORMATS, *CHECK_FORMATS):
                _one_of(*formats)(value, origin)
    return Settings(**said)


def says_no(text: str) -> bool:
    """Whether the value of a variable such as QCTL_NO_PAGER means that it does not hold."""
    return text.lower() in _FALSE


def source(name: str, flags: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """What says a setting: `--redis`, `QCTL_REDIS`; empty if nothing does."""
    if name in flags:
        return "--" + name.replace("_", "-")
    variable = f"QCTL_{name.upper()}"
    return variable if environ.get(variable) else ""


def _read(name: str, value: Any, origin: str) -> Any:
    reader = _READERS.get(name)
    return reader(value, origin) if reader else value


def _one_of(*allowed: str) -> Callable[[Any, str], str]:
    def read(value: Any, origin: str) -> str:
        if value not in allowed:
            meant = did_you_mean(str(value), allowed)
            raise UsageError(f"{origin} is one of {', '.join(allowed)}, not `{value}`{meant}")
        return str(value)

    return read


def _truth(value: Any, origin: str) -> bool:
    text = str(value).lower()
    if text not in _TRUE | _FALSE:
        raise UsageError(f"{origin} is 1 or 0, not `{value}`")
    return text in _TRUE


def _number(value: Any, origin: str) -> int:
    text = str(value).lower()
    if text.isdecimal():
        return int(text)
    return int(_truth(text, origin))


def _seconds(value: Any, origin: str) -> float:
    try:
        found = parse_duration(value)
    except ValueError as error:
        raise UsageError(f"{origin}: {error}") from None
    if found <= 0:
        raise UsageError(f"{origin} is more than nothing, not `{value}`")
    return found


def read_name(value: Any, origin: str) -> str:
    """A name that was given to a flag or variable. Raises UsageError."""
    if not is_name(value):
        raise UsageError(
            f"{origin}: `{value}` is no name: letters, digits, `.`, `_` and `-`, no `-` first, at most 128"
        )
    return str(value)


_READERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "namespace": read_name,
    "redis_timeout": _seconds,
    "color": _one_of("auto", "always", "never"),
    "verbose": _number,
    **{name.replace("-", "_"): _truth for name, (_, kind, _) in GLOBAL_FLAGS.items() if kind == "flag"},
}

_BY_LETTER: Final = {letter: name for name, (letter, _, _) in GLOBAL_FLAGS.items() if letter}


def leading_flags(words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Read the global flags that stand before the command. Answers them, and the words from the command on.

    `-h`, `--help` and `--version` are answered as flags of these names. Raises UsageError for any other flag.
    """
    flags: dict[str, Any] = {}
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        word = rest.pop(0)
        if word.startswith("--"):
            _long(word, rest, flags)
        else:
            _letters(word, rest, flags)
    return flags, rest


def _long(word: str, rest: list[str], flags: dict[str, Any]) -> None:
    name, has_value, value = word[2:].partition("=")
    if name in ("help", "version") and not has_value:
        flags[name] = True
        return
    if name not in GLOBAL_FLAGS:
        raise _no_flag(f"--{name}", did_you_mean(f"--{name}", [f"--{flag}" for flag in GLOBAL_FLAGS]))
    _set(name, f"--{name}", [value] if has_value else None, rest, flags)


def _letters(word: str, rest: list[str], flags: dict[str, Any]) -> None:
    for place, letter in enumerate(word[1:], start=1):
        if letter == "h":
            flags["help"] = True
            continue
        name = _BY_LETTER.get(letter)
        if name is None:
            raise _no_flag(f"-{letter}")
        follows = word[place + 1 :]
        takes_value = GLOBAL_FLAGS[name][1] == "text"
        _set(name, f"-{letter}", [follows] if takes_value and follows else None, rest, flags)
        if takes_value:
            return


class _NoSuchFlag(UsageError):
    """{message}"""


def _no_flag(written: str, meant: str = "") -> UsageError:
    why, instead = OTHER_FLAGS.get(written, ("", "qctl --help"))
    return _NoSuchFlag(f"there is no flag {written} before the command{f': {why}' if why else meant}", help=instead)


def _set(name: str, written: str, value: list[str] | None, rest: list[str], flags: dict[str, Any]) -> None:
    kind, key = GLOBAL_FLAGS[name][1], name.replace("-", "_")
    if kind != "text":
        if value is not None:
            raise UsageError(f"{written} takes no value")
        flags[key] = flags.get(key, 0) + 1 if kind == "count" else True
        return
    if value is None and not rest:
        raise UsageError(f"{written} needs a value")
    if key in flags:
        raise UsageError(f"{written} is given twice: it has one value")
    flags[key] = value[0] if value is not None else rest.pop(0)
