"""The parameters of a Python function, as tasks.toml would declare them: names, types by annotation, defaults."""

from __future__ import annotations

import collections.abc
import inspect
import os
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any, Final

from qctl.classes import dataclass
from qctl.model.param_types import Unfit, check
from qctl.model.task import Param, ParamType

_TYPES: Final[Mapping[Any, str]] = {
    **{each: each.__name__ for each in (str, int, float, bool)},
    **{each.__name__: each.__name__ for each in (str, int, float, bool)},  # as text, where it cannot be looked up
    **dict.fromkeys((Path, PurePath, os.PathLike, "Path"), "path"),
}
_LISTS: Final = (list, tuple, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
#: Types of defaults that JSON carries and gives back as they are.
_PLAIN: Final = (str, int, float, bool, list, dict)
_NUMBERS: Final = frozenset({int, float})
_BY_NAME: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a function takes."""

    params: Mapping[str, Mapping[str, Any]]  #: as tasks.toml writes `params`, in declared order
    extra: bool  #: by names that nobody declared, too: `**kwargs`
    rest: bool  #: by place more than those: `*args`


def taken_by(function: Callable[..., Any], *, bound: bool) -> Taken:
    """What a function takes; `bound`: beside its first argument.

    Raises TypeError for a parameter that can only be given by its place: a job's parameters have names.
    """
    annotations = _annotations(function)
    parameters = list(inspect.signature(function).parameters.values())[1 if bound else 0 :]
    params = {}
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            raise TypeError(f"its parameter `{parameter.name}` can be given by place alone: take the `/` away")
        if parameter.kind in _BY_NAME:
            params[parameter.name] = _declared(parameter, annotations.get(parameter.name, inspect.Parameter.empty))
    kinds = {each.kind for each in parameters}
    return Taken(params, inspect.Parameter.VAR_KEYWORD in kinds, inspect.Parameter.VAR_POSITIONAL in kinds)


def _annotations(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotations as objects; as texts where one of them names what is not there at run time."""
    try:
        return inspect.get_annotations(inspect.unwrap(function), eval_str=True)
    except Exception:
        return inspect.get_annotations(inspect.unwrap(function))


def _declared(parameter: inspect.Parameter, annotation: Any) -> dict[str, Any]:
    default = parameter.default
    required = default is inspect.Parameter.empty
    kind, choices, none = _kind_of(annotation)
    if none and (required or default is not None):
        kind, choices = "json", ()  # null is a value of its own there
    said: dict[str, Any] = {"type": kind, "required": required}
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        said["by_name"] = True
    if default is None and kind not in ("any", "json"):
        said["none"] = True
    if choices:
        said["choices"] = list(choices)
    if _can_be_told(parameter.name, kind, choices, default):
        said["default"] = default
    return said


def _kind_of(annotation: Any) -> tuple[str, tuple[Any, ...], bool]:
    """The type of a parameter, its choices, and whether it may be None."""
    if annotation in (inspect.Parameter.empty, Any, object):
        return "any", (), False
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _kind_of(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return _kind_of_union(arguments)
    if origin is typing.Literal:
        known = tuple(each for each in arguments if each is not None)
        plain = known and all(isinstance(each, str | int) for each in known)
        return ("choice" if plain else "json"), (known if plain else ()), None in arguments
    if origin in _LISTS:
        return ("list" if arguments in ((str,), (str, ...)) else "json"), (), False
    try:
        return _TYPES.get(annotation, "json"), (), False
    except TypeError:
        return "json", (), False


def _kind_of_union(arguments: tuple[Any, ...]) -> tuple[str, tuple[Any, ...], bool]:
    some = tuple(each for each in arguments if each is not type(None))
    none = len(some) < len(arguments)
    if len(some) == 1:
        kind, choices, inner = _kind_of(some[0])
        return kind, choices, none or inner
    if set(some) == _NUMBERS:
        return "float", (), none
    paths = {str, Path} >= set(some)
    return ("path" if paths else "json"), (), none


def _can_be_told(name: str, kind: str, choices: tuple[Any, ...], default: Any) -> bool:
    """Whether a default is what a job can carry. Any other is the function's own business."""
    if type(default) not in _PLAIN or kind == "path":
        return False
    try:
        check(Param(name=name, type=ParamType(kind), choices=choices), default)
    except Unfit:
        return False
    return True
