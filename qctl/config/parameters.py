"""Reading `params.P`: a parameter's declaration, and whether it makes sense."""

from __future__ import annotations

import os
import re

from qctl.config.keys import PARAM
from qctl.model.names import is_identifier
from qctl.model.param_types import TOO_SHORT, Unfit, check, is_too_short
from qctl.model.task import Param, ParamType
from qctl.model.words import is_loader_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path as Folder
    from typing import Any, Final

    from qctl.config.keys import Key
    from qctl.config.reading import Path, Reading

_BOUNDED: Final = (ParamType.INT, ParamType.FLOAT, ParamType.STR, ParamType.PATH, ParamType.LIST)


def read_params(
    reading: Reading, raw: Any, path: Path, what: str, folder: Folder, keys: Mapping[str, Key] = PARAM
) -> dict[str, Param]:
    """The declared parameters by name. Those that are wrong are missing and stand among the problems."""
    if not isinstance(raw, dict):
        reading.add("Q015", f"`params` of {what} must be a table", path, value=True)
        return {}
    params = {}
    for name, declared in raw.items():
        param = _param(reading, name, declared, (*path, name), what, folder, keys)
        if param is not None:
            params[name] = param
    return params


def _param(
    reading: Reading, name: str, raw: Any, path: Path, what: str, folder: Folder, keys: Mapping[str, Key]
) -> Param | None:
    before = len(reading.problems)
    title = f"parameter `{name}` of {what}"
    if not _name_is_fit(reading, name, path, title):
        return None
    if not isinstance(raw, dict):
        note = 'write `{ type = "str", default = … }`'
        reading.add("Q015", f"{title} must be a table", path, value=True, note=note)
        return None
    values = reading.table(raw, keys, path, title)
    if len(reading.problems) > before:
        return None
    kind = ParamType(values.get("type", "str"))
    required = values.get("required", "default" not in values)
    param = Param(**{**values, "name": name, "type": kind, "default": None, "required": required})
    _check_bounds(reading, param, path, title)
    if len(reading.problems) > before:
        return None
    return _with_default(reading, param, values, path, title, folder)


def _name_is_fit(reading: Reading, name: str, path: Path, title: str) -> bool:
    if not is_identifier(name):
        reading.add("Q017", f"{title}: not a name", path, note="letters, digits and `_`, no digit first")
    elif is_loader_name(name):
        note = "a caller could change which code runs; the task's `env` may set it"
        reading.add("Q022", f"{title}: the name is reserved", path, note=note)
    else:
        return True
    return False


def _check_bounds(reading: Reading, param: Param, path: Path, title: str) -> None:
    for key in ("min", "max"):
        if getattr(param, key) is not None and param.type not in _BOUNDED:
            reading.add("Q023", f"`{key}` of {title} means nothing for the type {param.type}", (*path, key))
    if param.min is not None and param.max is not None and param.min > param.max:
        reading.add("Q023", f"`min` of {title} is above `max`", (*path, "min"), value=True)
    if param.pattern is not None:
        try:
            re.compile(param.pattern)
        except re.error as error:
            message = f"`pattern` of {title} is no regular expression: {error}"
            reading.add("Q023", message, (*path, "pattern"), value=True)
    if param.type is ParamType.CHOICE and not param.choices:
        reading.add("Q023", f"{title} is a choice without `choices`", path, note='write `choices = ["a", "b"]`')
    for position, choice in enumerate(param.choices):
        element = Param(name=param.name, type=_element_type(param))
        try:
            check(element, choice)
        except Unfit as unfit:
            reading.add("Q023", f"`choices` of {title}: {unfit}", (*path, "choices", position), value=True)
    if param.choices and param.type is not ParamType.LIST and all(is_too_short(param, one) for one in param.choices):
        reading.add("Q023", f"each of the `choices` of {title} {TOO_SHORT}", (*path, "choices"), value=True)


def _element_type(param: Param) -> ParamType:
    return ParamType.CHOICE if param.type is ParamType.LIST else param.type


def _with_default(
    reading: Reading, param: Param, values: Mapping[str, Any], path: Path, title: str, folder: Folder
) -> Param | None:
    if "default" not in values:
        return param
    default = values["default"]
    if param.type is ParamType.PATH and isinstance(default, str) and default:
        default = _absolute(default, folder)
    try:
        fitting = check(param, default)
    except Unfit as unfit:
        reading.add("Q023", f"`default` of {title}: {unfit}", (*path, "default"), value=True)
        return None
    if is_too_short(param, fitting):
        reading.add("Q023", f"`default` of {title} {TOO_SHORT}", (*path, "default"), value=True)
        return None
    return _changed(param, default=fitting, required=False)


def _absolute(path: str, folder: Folder) -> str:
    """As the caller's paths: relative to its file, `host:/path` and a final slash as they are."""
    expanded = os.path.expanduser(path)
    if os.path.isabs(expanded) or re.match(r"[^/]+:", expanded):
        return expanded
    return os.path.normpath(folder / expanded) + ("/" if path.endswith("/") else "")


def _changed(param: Param, **changes: Any) -> Param:
    return Param(**({name: getattr(param, name) for name in Param.__slots__} | changes))
