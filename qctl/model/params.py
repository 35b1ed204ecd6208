"""A job's parameters: given values become checked ones, before anything is enqueued and again before it runs.

`bind` is asked twice: by the caller, who may leave out what the worker reads from its environment, and by the slot,
which hands in that environment.
"""

from __future__ import annotations

import math

from qctl import json_text
from qctl.errors import UsageError
from qctl.model.call import Kind
from qctl.model.names import is_identifier
from qctl.model.param_types import TOO_SHORT, Unfit, check, from_text, is_too_short, plain_number, read_json
from qctl.model.suggest import did_you_mean
from qctl.model.task import Param, ParamType
from qctl.model.words import begins_with_dash, is_loader_name, placeholders, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.model.task import Task

_WRITER: Final = json_text.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
MAX_PARAMS_BYTES: Final = 1 << 20  #: of all parameters of a job together, as JSON
MAX_VARIABLE_BYTES: Final = 131072 - 1  #: Linux's MAX_ARG_STRLEN: `NAME=value` with its final NUL


class ParameterError(UsageError):
    """{task}: parameter `{parameter}`: {reason}"""

    code = "Q003"
    help = "qctl task show {task}"


class ShortSecret(ParameterError):
    """{task}: parameter `{parameter}`: {reason}"""


class SecretInTheOpen(UsageError):
    """{task}: parameter `{parameter}` is secret, and every user of this machine can read a command line"""

    code = "Q003"
    help = "qctl run {task} {parameter}=@FILE, or {parameter}=@- to read it from stdin"


class ParametersTooLarge(UsageError):
    """{task}: its parameters are {size} bytes together, more than 1 MB"""

    code = "Q003"
    help = "write it to a file and give the file's path"


def bind(
    task: Task,
    given: Mapping[str, Any],
    environ: Mapping[str, str] | None = None,
    filled: Collection[str] = (),
) -> dict[str, Any]:
    """The parameters with which a job of this task runs: checked, in declared order, with defaults.

    Without `environ` (at submit) a parameter that names an `env` may be missing; with it (in the worker) it is read
    from there. A parameter that nobody gives, that has no default and is not required is left out; so are those of the
    names `filled`, which get their values by place (`model.filling`). Raises ParameterError, which names task,
    parameter, value and what was expected.
    """
    if not task.params and not given:
        return {}
    unknown = {name: value for name, value in given.items() if task.param(name) is None}
    if unknown and not task.extra:
        raise _unknown(task, next(iter(unknown)))
    bound = {}
    for param in task.params:
        if param.name in filled:
            continue
        found, value = _find(task, param, given, environ)
        if found:
            bound[param.name] = _checked(task, param, value)
    if unknown:
        bound |= check_unknown(task.name, unknown)
    _must_be_small(task.name, bound)
    return bound


def check_unknown(task: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters for a task that the caller does not have: any JSON; the worker will bind them."""
    for name, value in given.items():
        try:
            check(Param(name=name), value, as_json=True)
        except Unfit as error:
            raise ParameterError(task=task, parameter=name, reason=str(error)) from error
    _must_be_small(task, given)
    return dict(given)


def check_variables(values: Mapping[str, str], task: Task | None = None) -> None:
    """Refuse variables that a caller may not give one job, parameters of its task among them. Raises UsageError."""
    for name, value in values.items():
        if task is not None and (param := task.param(name)) is not None:
            raise UsageError(f"`{name}` is a parameter of {task.name}: give it as {as_word(name, secret=param.secret)}")
        if not isinstance(value, str) or not is_identifier(name):
            raise UsageError(f"`{name}` cannot be the name of a variable with a text: letters, digits and `_`")
        if is_loader_name(name):
            raise UsageError(f"{name} changes what code runs, or belongs to qctl: only a task's own `env` sets it")
        if "\0" in value or len(f"{name}={value}".encode("utf-8", "surrogateescape")) > MAX_VARIABLE_BYTES:
            raise UsageError(f"variable {name} holds a NUL, or more than the 128 KB that a variable can hold")


def from_words(
    words: Sequence[str], task: Task | None, read: Callable[[str], str], folder: str = "/"
) -> dict[str, Any]:
    """Read parameters as typed on a command line: `k=v`, `k:=json`, `k=@file`. See `from_parts`.

    A text is converted to the declared type, or stays a text if the caller does not have the task. `read` answers the
    text of a file; a relative path is taken from `folder`. Raises ParameterError, or UsageError for a word that is none
    of the three.
    """
    return from_parts(map(split_word, words), task, read, folder)


def from_parts(
    parts: Iterable[tuple[str, str, str]], task: Task | None, read: Callable[[str], str], folder: str = "/"
) -> dict[str, Any]:
    """Read parameters from names, signs (`=`, `:=`, `=@`) and texts, as `split_word` answers them."""
    values: dict[str, Any] = {}
    for name, sign, text in parts:
        label = task.name if task else "run"
        if name in values:
            raise ParameterError(task=label, parameter=name, reason="is given twice")
        param = task.param(name) if task else Param(name=name)
        if param is None and task is not None and task.extra:
            param = Param(name=name, type=ParamType.ANY)
        if param is None and task is not None:
            raise _unknown(task, name)
        assert param is not None
        if param.secret and sign != "=@":
            raise SecretInTheOpen(task=label, parameter=name)
        try:
            values[name] = _value_of(param, sign, text, read, folder)
        except Unfit as error:
            raise _unfit(label, param, error) from _shown_cause(param, error)
    return values


def read_texts(task: Task, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values from a caller who had no definition of the task: what he typed as text is read by the declared types.

    Raises ParameterError.
    """
    values = dict(given)
    for param in task.params:
        if isinstance(given.get(param.name), str):
            try:
                values[param.name] = from_text(param, given[param.name], "/")
            except Unfit as error:
                raise _unfit(task.name, param, error) from _shown_cause(param, error)
    return values


def split_word(word: str) -> tuple[str, str, str]:
    """A parameter's name, the sign behind it, and the rest. Raises UsageError for what is none."""
    (name, equals, rest), sign = word.partition("="), "="
    if name.endswith(":"):
        name, sign = name[:-1], ":="
    elif rest.startswith("@"):
        rest, sign = rest[1:], "=@"
    if not equals or not is_identifier(name):
        raise UsageError(f"`{word}` is no parameter", help="write name=value, name:=json or name=@file")
    return name, sign, rest


def _value_of(param: Param, sign: str, text: str, read: Callable[[str], str], folder: str) -> Any:
    if sign == ":=":
        return read_json(text)
    if sign == "=@":
        content = read(text)
        return from_text(param, content.removesuffix("\n") if param.secret else content, folder)
    return from_text(param, text, folder)


def _find(task: Task, param: Param, given: Mapping[str, Any], environ: Mapping[str, str] | None) -> tuple[bool, Any]:
    """Say whether there is a value, and which: the caller's, the worker's environment's, the default."""
    if param.name in given and not (param.none and given[param.name] is None):
        return True, given[param.name]
    if param.env is not None and environ is None:
        return False, None
    if param.env is not None and environ is not None and param.env in environ:
        try:
            return True, from_text(param, environ[param.env], "/")
        except Unfit as error:
            reason = f"the worker's variable {param.env}: {_hidden(param, error)}"
            raise ParameterError(task=task.name, parameter=param.name, reason=reason) from _shown_cause(param, error)
    if param.default is not None:
        return True, param.default
    if param.required and param.env is not None:
        reason = f"is read from the worker's variable {param.env}, which is not set"
        raise ParameterError(task=task.name, parameter=param.name, reason=reason)
    if param.required:
        raise ParameterError(
            task=task.name,
            parameter=param.name,
            reason=f"is required and was not given; expected {expected(param)}",
            help=f"qctl run {task.name} {as_word(param.name, secret=param.secret)}",
        )
    return False, None


def _checked(task: Task, param: Param, value: Any) -> Any:
    try:
        checked = check(param, value)
    except Unfit as error:
        raise _unfit(task.name, param, error) from _shown_cause(param, error)
    if is_too_short(param, checked):
        raise ShortSecret(task=task.name, parameter=param.name, reason=TOO_SHORT)
    if task.kind is Kind.EXEC and not param.dash and _stands_in(task, param) and begins_with_dash(checked):
        reason = f"`{text_of(checked)}` begins with `-` and would be read as an option; `dash = true` allows it"
        raise ParameterError(task=task.name, parameter=param.name, reason=reason)
    if task.kind in (Kind.RUN, Kind.EXEC):
        size = len(f"{param.name}={text_of(checked)}".encode())
        if size > MAX_VARIABLE_BYTES:
            reason = f"is {size} bytes, and an environment variable holds at most 128 KB"
            raise ParameterError(
                task=task.name, parameter=param.name, reason=reason, help="give the path of a file instead"
            )
    return checked


def as_word(name: str, *, secret: bool) -> str:
    """How a parameter is given on a command line."""
    return f"{name}={'@FILE' if secret else '…'}"


def expected(param: Param) -> str:
    """What a parameter takes, in words: `a whole number from 1 to 9`, `one of a, b`."""
    if param.choices:
        return f"one of {', '.join(text_of(choice) for choice in param.choices)}"
    words = _IN_WORDS[param.type]
    if param.pattern:
        words += f" like /{param.pattern}/"
    low, high = (None if bound is None else plain_number(bound) for bound in (param.min, param.max))
    if low and high:
        return f"{words} from {low} to {high}"
    return f"{words} from {low} up" if low else f"{words} up to {high}" if high else words


_IN_WORDS: Final[Mapping[str, str]] = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "path": "a path",
    "choice": "a choice",
    "list": "a list",
    "json": "JSON",
    "any": "a text, or JSON after :=",
}


def _unknown(task: Task, name: str) -> ParameterError:
    names = [param.name for param in task.params]
    meant = did_you_mean(name, names)
    has = f"the task has {', '.join(names)}" if names else "the task has none"
    return ParameterError(task=task.name, parameter=name, reason=f"is not known{meant or f'; {has}'}")


def _stands_in(task: Task, param: Param) -> bool:
    return any(param.name in placeholders(word) for word in task.exec or ())


def _must_be_small(task: str, values: Mapping[str, Any]) -> None:
    if sum(map(_most_bytes, values.values())) + sum(map(_most_bytes, values)) <= MAX_PARAMS_BYTES:
        return
    size = len(_WRITER.encode(values).encode())
    if size > MAX_PARAMS_BYTES:
        raise ParametersTooLarge(task=task, size=size)


def _most_bytes(value: Any) -> float:
    """What a text or a number takes as JSON at most, found without writing it; infinite for what would be looked at."""
    if isinstance(value, str):
        return 6 * len(value) + 4  # each sign as a backslash, `u` and four digits
    if isinstance(value, int):
        return value.bit_length() + 5
    return 32 if value is None or isinstance(value, float) else math.inf


def _unfit(task: str, param: Param, error: Unfit) -> ParameterError:
    return ParameterError(task=task, parameter=param.name, reason=_hidden(param, error))


def _hidden(param: Param, error: Unfit) -> str:
    """The reason, without the value of a secret."""
    return f"is not {expected(param)}" if param.secret else str(error)


def _shown_cause(param: Param, error: Unfit) -> Unfit | None:
    return None if param.secret else error  # which holds the value, and that of a secret nobody sees
