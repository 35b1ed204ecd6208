"""What an import makes: tasks with where each comes from, and what could not be made of the rest."""

from __future__ import annotations

from collections import Counter

from qctl.classes import dataclass, field, replace
from qctl.config.crontab.naming import unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from qctl.model.crontab import Bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One task, with where it comes from and what is to be said of it."""

    name: str
    keys: Mapping[str, Any]
    origin: str
    number: int  #: of its line
    text: str  #: the line, as it stands
    notes: tuple[str, ...] = ()
    reason: str = ""  #: why it is not enabled
    replaced: bool = False  #: other tasks do what it did
    locked: str = ""  #: the file that it locked with flock, where a key does that now


@dataclass(slots=True)
class Draft:
    """All that an import makes, from however many files."""

    tasks: list[Imported] = field(default_factory=list)
    notify: dict[str, dict[str, Any]] = field(default_factory=dict)
    bad: list[tuple[str, Bad]] = field(default_factory=list)  #: with the file each stands in
    notes: list[tuple[str, str]] = field(default_factory=list)  #: about a file
    taken: set[str] = field(default_factory=set)  #: names of tasks that are not free
    taken_notify: set[str] = field(default_factory=set)
    _alike: Counter[str] = field(default_factory=Counter)  #: how many tasks would have one name

    def add(self, task: Imported) -> None:
        """Take a task in, under a name of its own."""
        self._alike[task.name] += 1
        name = unique(task.name, self.taken, self._alike[task.name])
        self.taken.add(name)
        self.tasks.append(replace(task, name=name))
