"""What a command gets to know of its call beside its own arguments."""

from __future__ import annotations

from qctl.classes import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


@dataclass(slots=True)
class Invocation:
    """One call of qctl: filled while its words are read."""

    load: Callable[[str], Any]  #: imports a module of `qctl.cli.commands` when it is needed
    command: str = ""
    flags: dict[str, Any] = field(default_factory=dict)  #: global flags that were given, by name
    rest: list[str] | None = None  #: the words after `--`; None: there was no `--`
