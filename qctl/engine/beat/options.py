"""What a beat is started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qctl.engine.journal import Level

SPREAD: Final = 3.0  #: seconds between the starts of two schedules that are made up for (C8)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatOptions:
    """The flags of `qctl beat`, read and typed. Durations are seconds."""

    redis: str | None = None  #: URL; None: as the configuration says, else the embedded server
    namespace: str | None = None  #: None: as the configuration says
    name: str | None = None  #: the label; None: the host's name and the pid
    level: Level = Level.INFO
    json_logs: bool = False
    spread: float = SPREAD
    log_to: int = 2  #: descriptor of the beat's own log
