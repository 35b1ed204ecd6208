"""What the bench knows of a task queue: where it comes from, its tasks, its workers, when a job has ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from tests.bench.environments import python_environment, version_of

DRIVING: Final = Path(__file__).parents[1] / "driving"


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to start a peer's worker with two slots; the first word is a program of its environment."""

    label: str  #: what a reader of the figures is told
    words: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    processes: bool = True  #: it runs jobs in processes of their own, so two slots use two cores


Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counting:
    """How to learn from Redis how far a peer is: commands whose numbers add up to the jobs that have ended.

    Where a peer shows more easily those that have not ended, they add up to these, and it `counts_down`.
    """

    commands: tuple[Command, ...]
    counts_down: bool = False


class Peer(ABC):
    """One task queue."""

    name: ClassVar[str]
    variants: ClassVar[tuple[Variant, ...]]
    bulk: ClassVar[tuple[Variant, ...]] = (Variant("", ()),)  #: ways to submit many at once, told by their variables

    @abstractmethod
    def counting(self, kind: str) -> Counting:
        """How to count the jobs of one kind."""

    @abstractmethod
    def make(self) -> str:
        """Make what it runs in, and answer its version. Raises CannotBeHadError."""

    @abstractmethod
    def furnish(self, folder: Path) -> None:
        """Put its tasks and what drives them into a folder of its own."""

    @abstractmethod
    def program(self, name: str) -> str:
        """The path of a program of its environment."""

    @abstractmethod
    def driver(self) -> tuple[str, ...]:
        """The command that submits; see driving/drive.py."""


class PythonPeer(Peer):
    """One whose tasks are Python functions, in an environment of its own."""

    package: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    code: ClassVar[str]  #: app.py: its tasks, `one` and `many`

    def __init__(self) -> None:
        self.bin = Path()

    def make(self) -> str:
        self.bin = python_environment(self.name, self.packages)
        return version_of(self.bin / "python", self.package)

    def furnish(self, folder: Path) -> None:
        (folder / "app.py").write_text(self.code)
        for name in ("work.py", "drive.py"):
            (folder / name).write_text((DRIVING / name).read_text())

    def program(self, name: str) -> str:
        return str(self.bin / name)

    def driver(self) -> tuple[str, ...]:
        return self.program("python"), "drive.py"
