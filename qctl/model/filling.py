"""Values by place: what a step receives, and after it the arguments of a call, fill the parameters not given by name.

A Python task gets them so, as `f(received, *args, **params)` would, in the order in which its parameters are declared;
what is left over goes to its `*args`.
"""

from __future__ import annotations

from typing import NamedTuple

from qctl.model.param_types import Unfit, check, from_text
from qctl.model.params import ParameterError
from qctl.model.task import ParamType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.model.task import Param, Task


class Filled(NamedTuple):
    """Values by place, each where it belongs."""

    by_name: dict[str, Any]
    rest: tuple[Any, ...]  #: for `*args`


#: What fits these is anything: a JSON value, a text, and bytes.
_ANYTHING: Final = (ParamType.JSON, ParamType.ANY)
#: As these a command's text is read. To others it stays a text: what is in it is the task's to know.
_READ: Final = (ParamType.INT, ParamType.FLOAT, ParamType.BOOL, ParamType.CHOICE, ParamType.LIST)


def free(task: Task, given: Mapping[str, Any]) -> tuple[Param, ...]:
    """The parameters that are filled by place, in order: those that nobody gives by name."""
    return tuple(param for param in task.params if param.name not in given and not param.by_name)


def fill(task: Task, given: Mapping[str, Any], values: Sequence[Any], *, printed: bool = False) -> Filled:
    """Give each value its parameter, checked; `printed`: the first is a command's text, and read as its type.

    None fits any parameter: it is what a step without a value leaves. Raises ParameterError.
    """
    by_name: dict[str, Any] = {}
    for param, value in zip(free(task, given), values, strict=False):
        by_name[param.name] = _fitting(task, param, value, printed=printed and not by_name)
    return Filled(by_name, tuple(values[len(by_name) :]))


def _fitting(task: Task, param: Param, value: Any, *, printed: bool) -> Any:
    if value is None or (param.type in _ANYTHING and not param.choices):
        return value
    try:
        if isinstance(value, bytes):
            raise Unfit(f"{len(value)} bytes that are no UTF-8 fit the type `json` alone")
        if printed and isinstance(value, str) and param.type in _READ:
            value = from_text(param, value, "/")
        return check(param, value, clean=False)
    except Unfit as error:
        reason = "does not fit" if param.secret else str(error)
        raise ParameterError(task=task.name, parameter=param.name, reason=f"by place: {reason}") from None
