"""What a beat is started with."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.engine.place import PlaceOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SPREAD: Final = 3.0  #: seconds between the starts of two schedules that are made up for (C8)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatOptions(PlaceOptions):
    """The flags of `qctl beat`, read and typed. Durations are seconds."""

    spread: float = SPREAD
