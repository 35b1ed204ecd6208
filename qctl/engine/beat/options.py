"""What a beat is started with."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.engine.place import SPREAD, PlaceOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatOptions(PlaceOptions):
    """The flags of `qctl beat`, read and typed. Durations are seconds."""

    spread: float = SPREAD
