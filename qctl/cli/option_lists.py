"""Lists of options that several commands take: a dataclass each, whose fields are declared as options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, Final, get_type_hints

import typer

Steps = Annotated[list[str] | None, typer.Argument(metavar="STEP…", help="words as after `run`, quoted")]
Policy = Annotated[str | None, typer.Option("--policy", help="when its groups are done: all, any or settled")]
Timeout = Annotated[str | None, typer.Option("--timeout", help="wait at most so long; then exit 75")]

#: What the modules of lists name in their annotations, and do not import: they are used without this parser as well.
_NAMES: Final[Mapping[str, Any]] = {"Annotated": Annotated, "Timeout": Timeout, "typer": typer}


def with_options(command: Callable[..., int]) -> Callable[..., int]:
    """Let a command take lists of options: each field of one becomes an option, and the command gets them as one.

    A field is declared as an argument of a command would be, and has a default.
    """
    hints = get_type_hints(command, include_extras=True)
    lists = {name: hint for name, hint in hints.items() if is_dataclass(hint) and isinstance(hint, type)}

    @wraps(command)
    def of_words(**said: Any) -> int:
        for name, kind in lists.items():
            said[name] = kind(**{field.name: said.pop(field.name) for field in fields(kind)})
        return command(**said)

    parameters = list(_parameters(signature(command), hints, lists))
    of_words.__signature__ = Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    of_words.__annotations__ = {one.name: one.annotation for one in parameters}
    return of_words


def _parameters(whole: Signature, hints: Mapping[str, Any], lists: Mapping[str, type]) -> Iterator[Parameter]:
    """The parameters of a command, those of its lists in their places; all by keyword, as the parser gives them."""
    for one in whole.parameters.values():
        kind = lists.get(one.name)
        if kind is None:
            yield one.replace(annotation=hints[one.name], kind=Parameter.KEYWORD_ONLY)
            continue
        declared = get_type_hints(kind, localns=dict(_NAMES), include_extras=True)
        for field in fields(kind):
            yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=declared[field.name])
