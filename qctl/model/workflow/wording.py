"""A tree in the words of the expression that composes it: for people, who may type it again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection

from qctl.model.call import SHOWN
from qctl.model.workflow.tree import Chain, Each, FromFile, Given, Group, Literal, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

    from qctl.model.workflow.tree import Tree

Hidden = Callable[[str, str], bool]  #: says of a task's parameter whether nobody may see its value
HiddenAt = Callable[[Step], Collection[int]]  #: of a step's values by place those that nobody may see, from 0

_FEW: Final = 3  #: members that are told one by one in a composition that is told in short
#: A text that stands as it is; any other is written in quotes.
_PLAIN: Final = re.compile(r"(?![\s@\"=]|:=|each\(|[A-Za-z_][A-Za-z0-9_]*:?=)[^,)\x00-\x1f\x7f]+(?<!\s)")


def _nothing_hidden(_task: str, _name: str) -> bool:
    return False


def _nothing_hidden_at(_step: Step) -> Collection[int]:
    return ()


def to_text(
    tree: Tree,
    hidden: Hidden = _nothing_hidden,
    most: int | None = None,
    hidden_at: HiddenAt = _nothing_hidden_at,
) -> str:
    """The expression of a tree. What the expression has no word for (links, most options, policies) is left out.

    With `most`, one that is longer is told in short, `[num × 20,000]` for a group of one task, and cut at so many
    characters.
    """
    text = _within(_pieces(tree, hidden, hidden_at), most)
    if most is not None and len(text) > most:
        text = _within(_pieces(tree, hidden, hidden_at, short=True), most)
        return text if len(text) <= most else text[: most - 1] + "…"
    return text


def _within(pieces: Iterator[str], most: int | None) -> str:
    """The pieces together, as far as more than so many characters."""
    if most is None:
        return "".join(pieces)
    text = ""
    for piece in pieces:
        text += piece
        if len(text) > most:
            break
    return text


def _pieces(tree: Tree, hidden: Hidden, hidden_at: HiddenAt, *, short: bool = False) -> Iterator[str]:
    if isinstance(tree, Step):
        yield _step(tree, hidden, hidden_at)
        return
    if short and isinstance(tree, Group) and (task := _only_task(tree)):
        yield f"[{task} × {len(tree.members):,}{'+' if tree.open else ''}]{'?' if tree.tolerant else ''}"
        return
    parts, sign = (tree.elements, " | ") if isinstance(tree, Chain) else (tree.members, ", ")
    if isinstance(tree, Group):
        yield "["
    for place, part in enumerate(parts):
        if place:
            yield sign
        yield from _pieces(part, hidden, hidden_at, short=short)
    if isinstance(tree, Group):
        yield "]?" if tree.tolerant else "]"


def _only_task(group: Group) -> str:
    """The task of each member of a larger group; empty if they are not of one."""
    tasks = {member.task if isinstance(member, Step) else "" for member in group.members}
    return tasks.pop() if len(group.members) > _FEW and len(tasks) == 1 else ""


def value_text(value: str) -> str:
    """A text as a VALUE: as it is, or with quotes where it would end too early or be taken for something else."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _step(step: Step, hidden: Hidden, hidden_at: HiddenAt) -> str:
    arguments = ", ".join(_arguments(step, hidden, hidden_at(step)))
    spread = f".{step.spread}({len(step.items)} items)" if step.spread else ""
    marks = f"{'?' if step.tolerant else ''}{'!' if step.handler else ''}"
    retries, queue = step.options.get("retries"), step.options.get("queue")
    marks += f"{'' if retries is None else f'*{retries}'}{'' if queue is None else f'@{queue}'}"
    called = f"({arguments})" if arguments else ""
    return f"{'' if step.takes_input else '.'}{step.task}{called}{spread}{marks}"


def _arguments(step: Step, hidden: Hidden, places: Collection[int]) -> Iterator[str]:
    for place, word in enumerate((*step.words, *step.args)):
        if place in places and not isinstance(word, FromFile | Given):
            yield SHOWN
        else:
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
