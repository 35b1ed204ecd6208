"""How a Python task is called: with what it receives, the arguments of its call, and each item of a `map`."""

from __future__ import annotations

from functools import partial
from itertools import takewhile
from typing import NamedTuple

from qctl import current
from qctl.errors import UsageError
from qctl.later import later
from qctl.model.attempt import Value, ValueKind
from qctl.model.filling import Filled, fill
from qctl.model.workflow.inputs import as_python, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from inspect import iscoroutinefunction, signature, unwrap
    from typing import Any, Final

    from qctl.model.call import Call
    from qctl.model.task import Task
else:
    iscoroutinefunction, signature, unwrap = (
        later("inspect", name) for name in ("iscoroutinefunction", "signature", "unwrap")
    )

STARMAP: Final = "starmap"
_BY_PLACE: Final = (0, 1)  #: of inspect's kinds: POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD


class Arguments(NamedTuple):
    """What a call gives by place. A tuple, because every attempt makes one."""

    filled: Filled
    each: tuple[Filled, ...] | None = None  #: of `map` and `starmap`: the same for each item

    @property
    def names(self) -> frozenset[str]:
        """The parameters that get a value by place."""
        return frozenset(self.filled.by_name).union(*(one.by_name for one in self.each or ()))


NONE: Final = Arguments(Filled({}, ()))


def arguments_of(task: Task, call: Call, given: Mapping[str, Any], received: bytes) -> Arguments:
    """Check and place them; `given` are the parameters by name. Raises ParameterError, or UsageError for no such call.

    The items of a `map` are those of its call; where it has none, what it receives is the list of them.
    """
    if not (received or call.positional or call.spread or call.args):
        return NONE
    value = decode(received) if received else None
    if call.spread is not None:
        return _spread(task, call, given, as_python(value) if received and not call.items else call.items)
    values = [as_python(value), *call.positional] if received else call.positional
    printed = isinstance(value, Value) and value.kind is ValueKind.BYTES
    filled = fill(task, given, values, printed=printed)
    return Arguments(Filled(filled.by_name, (*filled.rest, *call.args)))


def _spread(task: Task, call: Call, given: Mapping[str, Any], items: Any) -> Arguments:
    if not isinstance(items, list | tuple):
        raise UsageError(f"{task.name}: {call.spread} works off a list, and receives a {type(items).__name__}")
    if call.spread == STARMAP and (odd := [item for item in items if not isinstance(item, list)]):
        raise UsageError(f"{task.name}: each item of a starmap is a list of arguments, and not {odd[0]!r:.40}")
    places: Sequence[Sequence[Any]] = items if call.spread == STARMAP else [(item,) for item in items]
    return Arguments(Filled({}, ()), tuple(fill(task, given, one) for one in places))


def bound(function: Callable[..., Any], arguments: Arguments, params: Mapping[str, Any]) -> Callable[[], Any]:
    """The call, ready to be made; of a `map` all of its calls, one after the other, which leave a list."""
    if arguments.each is None:
        return _call(function, arguments.filled, params)
    calls = [_call(function, one, params) for one in arguments.each]
    if iscoroutinefunction(unwrap(function)):
        return partial(_await_each, calls)
    return partial(_call_each, calls)


def _call(function: Callable[..., Any], filled: Filled, params: Mapping[str, Any]) -> Callable[[], Any]:
    named = {**params, **filled.by_name}
    if not filled.rest:
        return partial(function, **named)
    return partial(function, *_taken_by_place(function, named), *filled.rest, **named)


def _taken_by_place(function: Callable[..., Any], named: dict[str, Any]) -> list[Any]:
    """Take out the values that stand before `*args`, which Python takes by place alone when there are any."""
    before = []
    for name in _names_by_place(function):
        if name not in named:
            break
        before.append(named.pop(name))
    return before


def _names_by_place(function: Callable[..., Any]) -> Sequence[str]:
    """The parameters that may be given by place. To find them takes longer than most calls: it is done once."""
    known = _NAMES_BY_PLACE.get(id(function))
    if known is None or known[0] is not function:
        known = _NAMES_BY_PLACE[id(function)] = (function, _found_by_place(function))
    return known[1]


def _found_by_place(function: Callable[..., Any]) -> Sequence[str]:
    try:
        declared = signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(each.name for each in takewhile(lambda each: each.kind in _BY_PLACE, declared))


#: By the function's identity, for some callables have no hash; the function with it, so that the number stays its own.
_NAMES_BY_PLACE: Final[dict[int, tuple[Callable[..., Any], Sequence[str]]]] = {}


def _call_each(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    values = []
    for number, call in enumerate(calls, 1):
        values.append(call())
        current.progress(number, len(calls))
    return values


async def _await_each(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    values = []
    for number, call in enumerate(calls, 1):
        values.append(await call())
        current.progress(number, len(calls))
    return values
