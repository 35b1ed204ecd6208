"""What a measure is: figures, and contestants that each give one sample of them when their turn comes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar, Final

from tests.bench.figures import US, Figure
from tests.bench.peers.peer import Peer, Variant
from tests.bench.stand import Stand


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done for one sample."""

    jobs: int  #: that qctl drains
    seconds: float  #: that a slower peer drains
    submitting: float  #: seconds in which everybody submits
    pickups: int
    commands: int  #: that are started one after the other
    idle: float  #: seconds


FULL: Final = Effort(jobs=50_000, seconds=3.0, submitting=2.0, pickups=200, commands=4, idle=15.0)
QUICK: Final = Effort(jobs=20_000, seconds=1.5, submitting=1.0, pickups=60, commands=2, idle=8.0)
#: To choose the best of ways by.
TRIAL: Final = Effort(jobs=5_000, seconds=1.0, submitting=0.5, pickups=60, commands=1, idle=1.0)


@dataclass(frozen=True, slots=True)
class Field:
    """Who is there."""

    stand: Stand
    us: Peer
    queues: Mapping[str, Peer]  #: the peers, by name
    programs: Mapping[str, str]  #: xargs and task-spooler, by name
    bare: Peer  #: no queue, for what is left to be gained

    @property
    def everybody(self) -> list[Peer]:
        """qctl, then its peers."""
        return [self.us, *self.queues.values()]


Sample = Mapping[str, float]  #: by the name of a figure


class Contestant(ABC):
    """One of those that are measured side by side."""

    name: str
    ways: Sequence[Variant] = (Variant("", ()),)  #: of which the best is measured

    @abstractmethod
    def sample(self, way: Variant, effort: Effort) -> Sample:
        """Measure once. Raises RuntimeError for what does not do its work."""


class Sized(Contestant):
    """One whose samples are as large as it is fast: it has to be tried before."""

    @abstractmethod
    def expect(self, way: Variant, value: float) -> None:
        """Be told what a way gave when it was tried."""


class Measure(ABC):
    """Figures that are taken together."""

    name: ClassVar[str]
    figures: Sequence[Figure]
    rounds: int = 1  #: for each that is asked for

    @abstractmethod
    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        """Who takes part; what is to be there all the time is entered into the stack."""


def is_us(contestant: Contestant) -> bool:
    """Whether this is qctl."""
    return contestant.name == US
