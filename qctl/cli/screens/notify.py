"""Who is told of what: `notify list`."""

from __future__ import annotations

import shlex

from qctl.cli.grid import NARROW, Cell, Column, foot, grid
from qctl.cli.screens.words import NOTHING, seconds
from qctl.model.show import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.terminal import Look

_NAMES: Final = (
    Column("NAME", least=6, folds_below=NARROW),
    Column("TOLD OF", least=10, folds_below=NARROW),
    Column("AGAIN", given_up=1),
    Column("TASKS", least=8, given_up=2),
    Column("COMMAND", least=12, folds_below=NARROW),
)


def names(items: Sequence[Mapping[str, Any]], file: str, look: Look) -> list[str]:
    """Notify names in the order of the file."""
    if not items:
        return foot(["no [notify.NAME] in tasks.toml", "qctl schema tasks says what one may hold"], look)
    return [*grid(_NAMES, [_row(item) for item in items], look), *foot(_below(items, file), look)]


def _row(item: Mapping[str, Any]) -> list[Cell | str]:
    tasks = " ".join(item["tasks"]) or NOTHING
    return [item["name"], " ".join(item["on"]), Cell(seconds(item["repeat_s"])), tasks, shlex.join(item["command"])]


def _below(items: Sequence[Mapping[str, Any]], file: str) -> list[str]:
    return [count(len(items), "name"), file, f"try one: qctl notify test {items[0]['name']} --wait"]
