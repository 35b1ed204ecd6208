"""What the parent learns from the processes below it. All of it arrives through `Pool.events()`."""

from __future__ import annotations

from typing import NamedTuple

from qctl.classes import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from qctl.config.declared import Declared
    from qctl.model.ended import Ended
    from qctl.model.output import Chunk


class Started(NamedTuple):
    """A slot has begun an attempt and not ended it: of one whose end is heard as soon only `Finished` tells."""

    id: str
    fence: int
    slot: int
    pid: int  #: of the slot
    at: float  #: monotonic


class Finished(NamedTuple):
    """An attempt is over. What it printed is in `ended`, every line of it and of nobody else's."""

    id: str
    fence: int
    ended: Ended
    at: float = 0.0  #: monotonic
    began: float = 0.0  #: monotonic; 0.0 if a `Started` has told of it before …
    pid: int = 0  #: … else the slot's


@dataclass(frozen=True, slots=True)
class Output:
    """What an attempt has printed since the last time; under a flood a sample, with its GAPs."""

    id: str
    fence: int
    chunks: list[Chunk]


@dataclass(frozen=True, slots=True)
class Progress:
    """An attempt says how far it is."""

    id: str
    fence: int
    fraction: float | None  #: from 0 to 1
    text: str | None
    told: str | None = None  #: JSON of `current.update_state`


@dataclass(frozen=True, slots=True)
class SlotDied:
    """A slot is gone, and not because it was asked to go. Its place is filled again by itself."""

    slot: int
    pid: int
    running: tuple[str, int] | None  #: the attempt it ran
    exit_code: int | None
    signal: int | None
    ended: Ended | None = None  #: with `running`: a crash, and what the attempt had printed


@dataclass(frozen=True, slots=True)
class TemplateDied:
    """The template is gone, and with it all its slots; another one is being started."""

    pid: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A template has imported the task modules and forked its slots."""

    pid: int
    broken: Mapping[str, str] = field(default_factory=dict)  #: task or module -> why it cannot be imported
    warnings: tuple[str, ...] = ()
    declared: tuple[Declared, ...] = ()  #: the tasks that the code declares itself


@dataclass(frozen=True, slots=True)
class Asked:
    """A job asks its worker for something, such as a submit. To be answered with `Pool.answer(token, …)`."""

    id: str
    fence: int
    token: int
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CannotFork:
    """A slot could not be forked (fault 20), or the template; it is tried again, at most twice a second."""

    slot: int | None  #: None: the template
    reason: str


Event = Started | Finished | Output | Progress | SlotDied | TemplateDied | Ready | Asked | CannotFork
