"""A step from words: a task's name, maybe with an expression's marks, then its parameters as after `run`."""

from __future__ import annotations

import re

from qctl.classes import replace
from qctl.errors import UsageError
from qctl.model.params import split_word
from qctl.model.strict_json import parse as parse_json
from qctl.model.workflow.expression import parse
from qctl.model.workflow.tree import FromFile, Literal, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.model.workflow.tree import Value

#: What no task's name holds, and who writes it means an expression, or a shell's command line.
_SIGNS: Final = re.compile(r"[]|\[(?!*@&>;,]")
_NOT_GIVEN: Final = re.compile(r"\.[A-Za-z0-9_][A-Za-z0-9._-]*")  #: `.dump`
_SHELL_SIGNS: Final = ("|", "||", "&&", "&", ";", ">", ">>")


def means_expression(text: str) -> bool:
    """Say whether what stands in the place of a task is to be read as an expression: `a | b`, `dump*3`, `.dump`."""
    return _SIGNS.search(text) is not None or _NOT_GIVEN.fullmatch(text) is not None


def step_of_words(words: Sequence[str]) -> Step:
    """A step from words that the shell has parted: the name with its marks, then parameters and values by place."""
    name, *rest = words
    refuse_signs(name, rest)
    found = parse(name)
    assert isinstance(found, Step)
    params: dict[str, Value] = {}
    by_place: list[Value] = []
    for word in rest:
        if "=" not in word:
            by_place.append(word)
            continue
        key, sign, value = split_word(word)
        if key in params:
            raise UsageError(f"{found.task}: `{key}` is given twice")
        params[key] = _value(found.task, key, sign, value)
    return replace(found, params=params, words=tuple(by_place))


def refuse_signs(name: str, words: Sequence[str]) -> None:
    """Refuse a sign of an expression, or of the shell, that stands among words: there it would be a value."""
    sign = next((word for word in words if word in _SHELL_SIGNS), None)
    if sign is None:
        return
    raise UsageError(
        f"`{sign}` stands among the words of {name}: steps are parted by `|` in an expression, which is one word",
        help=f"qctl run '{name} | …'        qctl chain '{name} …' STEP        qctl help pipelines",
    )


def _value(task: str, key: str, sign: str, text: str) -> Value:
    if sign == "=@":
        return FromFile(text)
    if sign != ":=":
        return text
    try:
        return Literal(parse_json(text))
    except ValueError as error:
        raise UsageError(f"{task}: parameter `{key}`: no JSON: {error}") from None
