"""The expression of a workflow, `dump(db=main) | [gzip, checksum] | upload(bucket=s3://dr)`, read into a tree.

    expr   := step ( "|" step )*              one after the other
    step   := call | group
    group  := "[" expr ("," expr)* "]" "?"?   side by side
    call   := "."? NAME [ "(" arg ("," arg)* ")" ] mods      `.` before the name: it is not given the value before it
    arg    := KEY "=" VALUE | KEY ":=" JSON | VALUE
    mods   := ("?" | "!" | "*" INT | "@" QUEUE)*             in any order

A VALUE ends at `,` or `)`, without the spaces around it; in quotes it is a JSON text. `@FILE` is the text of a file;
`each(@FILE)`, `each([…])` and `each({list})` make the step a group, with a member for each line or value.
"""

from __future__ import annotations

import re

from qctl.model.workflow.arguments import read_arguments, read_marks
from qctl.model.workflow.cursor import BadPipeline, Cursor
from qctl.model.workflow.tree import MOST_NESTING, Chain, Group, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.workflow.tree import Tree

__all__ = ["BadPipeline", "is_expression", "parse"]

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
#: What people write that know other tools.
_MEANT: Final = {
    ">>": "steps are parted by `|`",
    "->": "steps are parted by `|`",
    "&&": "steps are parted by `|`: each runs if the one before it has succeeded",
    ";": "steps are parted by `|`; behind one with `?` the next runs though it failed: dump? | upload",
    "&": "steps side by side: [a, b]",
    "]": "there is no `[` before it",
    "=": "arguments stand in parentheses: dump(db=main)",
    ",": "steps side by side: [a, b]",
}


def is_expression(text: str) -> bool:
    """Say whether a text that may be a task's name is an expression."""
    return any(sign in text for sign in "|[(")


def parse(text: str) -> Tree:
    """Read an expression. Raises BadPipeline, with the place, for whatever is none."""
    cursor = Cursor(text)
    tree = _chain(cursor, 0)
    if not cursor.at_end:
        raise _wrong_after_step(cursor, "`|`")
    return tree


def _chain(cursor: Cursor, depth: int) -> Tree:
    elements = [_step(cursor, depth)]
    while cursor.took("|"):
        elements.append(_step(cursor, depth))
    return elements[0] if len(elements) == 1 else Chain(elements=tuple(elements))


def _step(cursor: Cursor, depth: int) -> Tree:
    if cursor.took("["):
        return _group(cursor, depth + 1)
    column = cursor.at
    takes_input = not cursor.took(".")
    name = cursor.match(_NAME)
    if name is None:
        raise _no_step(cursor)
    params, words = read_arguments(cursor)
    tolerant, handler, options = read_marks(cursor)
    return Step(
        task=name[0],
        params=params,
        typed=False,
        words=words,
        takes_input=takes_input,
        tolerant=tolerant,
        handler=handler,
        options=options,
        column=column,
    )


def _group(cursor: Cursor, depth: int) -> Group:
    if depth > MOST_NESTING:
        raise cursor.error(f"it is nested more than {MOST_NESTING} deep", cursor.at - 1)
    members = [_chain(cursor, depth)]
    while cursor.took(","):
        members.append(_chain(cursor, depth))
    if not cursor.took("]"):
        raise _wrong_after_step(cursor, "`,` or `]`")
    tolerant = cursor.took("?")
    if any(map(cursor.sees, "?!*@")):
        raise cursor.error("a group takes no mark but one `?`", hint="write the others behind its members")
    return Group(members=tuple(members), tolerant=tolerant)


def _no_step(cursor: Cursor) -> BadPipeline:
    if cursor.sees("|"):
        return cursor.error("expected a task, or `[` and a group, before `|`", hint="steps are parted by one `|`")
    if cursor.sees("]"):
        return cursor.error("expected a task", hint="a group has at least one member: [a, b]")
    empty = "it is empty: " if not cursor.text.strip() else ""
    return cursor.error(f"{empty}expected the name of a task, or `[` and a group", hint="a | [b, c] | d")


def _wrong_after_step(cursor: Cursor, wanted: str) -> BadPipeline:
    cursor.skip()
    if _NAME.match(cursor.text, cursor.at):
        return cursor.error(f"expected {wanted} after the step", hint="arguments stand in parentheses: dump(db=main)")
    meant = next((sign for sign in _MEANT if cursor.sees(sign)), "")
    return cursor.error(f"expected {wanted} after the step", end=cursor.at + len(meant), hint=_MEANT.get(meant, ""))
