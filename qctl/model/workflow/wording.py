"""A tree in the words of the expression that composes it: for people, who may type it again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from qctl.model.call import SHOWN
from qctl.model.workflow.tree import Chain, Each, FromFile, Given, Group, Literal, Step, Tree

Hidden = Callable[[str, str], bool]  #: says of a task's parameter whether nobody may see its value

#: A text that stands as it is; any other is written in quotes.
_PLAIN: Final = re.compile(r"(?![\s@\"=]|:=|each\(|[A-Za-z_][A-Za-z0-9_]*:?=)[^,)\x00-\x1f\x7f]+(?<!\s)")


def _nothing_hidden(_task: str, _name: str) -> bool:
    return False


def to_text(tree: Tree, hidden: Hidden = _nothing_hidden, most: int | None = None) -> str:
    """The expression of a tree. What the expression has no word for (links, most options, policies) is left out.

    With `most`, a longer one is cut at so many characters, and costs no more than that.
    """
    text, pieces = "", _pieces(tree, hidden)
    if most is None:
        return "".join(pieces)
    for piece in pieces:
        text += piece
        if len(text) > most:
            return text[: most - 1] + "…"
    return text


def _pieces(tree: Tree, hidden: Hidden) -> Iterator[str]:
    if isinstance(tree, Step):
        yield _step(tree, hidden)
        return
    parts, sign = (tree.elements, " | ") if isinstance(tree, Chain) else (tree.members, ", ")
    if isinstance(tree, Group):
        yield "["
    for place, part in enumerate(parts):
        if place:
            yield sign
        yield from _pieces(part, hidden)
    if isinstance(tree, Group):
        yield "]?" if tree.tolerant else "]"


def value_text(value: str) -> str:
    """A text as a VALUE: as it is, or with quotes where it would end too early or be taken for something else."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _step(step: Step, hidden: Hidden) -> str:
    arguments = ", ".join(_arguments(step, hidden))
    spread = f".{step.spread}({len(step.items)} items)" if step.spread else ""
    marks = f"{'?' if step.tolerant else ''}{'!' if step.handler else ''}"
    retries, queue = step.options.get("retries"), step.options.get("queue")
    marks += f"{'' if retries is None else f'*{retries}'}{'' if queue is None else f'@{queue}'}"
    called = f"({arguments})" if arguments else ""
    return f"{'' if step.takes_input else '.'}{step.task}{called}{spread}{marks}"


def _arguments(step: Step, hidden: Hidden) -> Iterator[str]:
    for word in (*step.words, *step.args):
        yield _value(word) if isinstance(word, str | FromFile | Each | Given) else _json(_inner(word))
    for name, value in step.params.items():
        if hidden(step.task, name) and not isinstance(value, FromFile | Given):
            yield f"{name}={SHOWN}"
        elif isinstance(value, str | FromFile | Each | Given):
            yield f"{name}={_value(value)}"
        else:
            yield f"{name}:={_json(_inner(value))}"


def _value(value: str | FromFile | Each | Given) -> str:
    if isinstance(value, Given):
        return (
            SHOWN if value.secret else value_text(value.value if isinstance(value.value, str) else _json(value.value))
        )
    if isinstance(value, FromFile):
        return f"@{_path(value.path)}"
    if isinstance(value, Each):
        return f"each({_each(value)})"
    return value_text(value)


def _each(value: Each) -> str:
    if value.path is not None:
        return f"@{_path(value.path)}"
    return f"{{{value.param}}}" if value.param is not None else _json([_inner(one) for one in value.values or ()])


def _path(path: str) -> str:
    return path if re.fullmatch(r"(?![\s\"])[^,)\x00-\x1f\x7f]+(?<!\s)", path) else json.dumps(path, ensure_ascii=False)


def _inner(value: Any) -> Any:
    return value.value if isinstance(value, Literal) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
