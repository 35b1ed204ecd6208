"""What a word in the place of a task means by its signs: a task's name, or an expression."""

from __future__ import annotations

from qctl.errors import UsageError
from qctl.model.names import LETTERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

#: What no task's name holds, and who writes it means an expression, or a shell's command line.
_SIGNS: Final = frozenset("][|(?!*@&>;,")
_SHELL_SIGNS: Final = ("|", "||", "&&", "&", ";", ">", ">>")


def means_expression(text: str) -> bool:
    """Say whether what stands in the place of a task is to be read as an expression: `a | b`, `dump*3`, `.dump`."""
    return not _SIGNS.isdisjoint(text) or _is_not_given(text)


def _is_not_given(text: str) -> bool:
    """`.dump`."""
    return text[:1] == "." and text[1:2] not in ("", ".", "-") and LETTERS.issuperset(text)


def refuse_signs(name: str, words: Sequence[str]) -> None:
    """Refuse a sign of an expression, or of the shell, that stands among words: there it would be a value."""
    sign = next((word for word in words if word in _SHELL_SIGNS), None)
    if sign is None:
        return
    raise UsageError(
        f"`{sign}` stands among the words of {name}: steps are parted by `|` in an expression, which is one word",
        help=f"qctl run '{name} | …'        qctl chain '{name} …' STEP        qctl help pipelines",
    )
