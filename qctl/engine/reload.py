"""Takes a changed tasks.toml and changed code into force, without touching what runs (R1 to R9, faults 75 and 76)."""

from __future__ import annotations

import math

from qctl.config import BadFile, changed
from qctl.config.declared import with_declared
from qctl.engine.processes.kernel import PASSING
from qctl.engine.unheard import unheard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.config import Config, Watch
    from qctl.config.declared import Declared
    from qctl.engine.processes.events import Ready
    from qctl.engine.station import Station

LOOK: Final = 2.0  #: seconds between two looks at the files
LOOK_AGAIN: Final = 0.25  #: while an edit settles


class Reload:
    """Watches the files, and obeys SIGHUP."""

    def __init__(self, station: Station, watch: Watch, now: float) -> None:
        self._station = station
        self._watch = watch
        self.on_taken: Callable[[Config], None] = unheard  #: another is to be in force; OSError: it cannot be just now
        self._due = now + LOOK
        self._put_off: Config | None = None  #: what was read, and could not be taken into force for want of something
        self._complained: frozenset[str] = frozenset()
        self._declared: tuple[Declared, ...] = ()  #: by the code of the template that was ready last

    def next_due(self) -> float:
        return self._due

    def run_once(self, now: float) -> None:
        """Look whether a file has changed and settled."""
        if now < self._due:
            return
        news = self._watch.run_once(now)
        settling = news is None and changed(self._watch.config) and self._watch.problem is None
        self._due = now + (LOOK_AGAIN if settling else LOOK)
        self._take(news or self._put_off, now)

    def look(self) -> None:
        """Somebody misses a task: look at once whether the files have changed."""
        self._due = -math.inf

    def hang_up(self, now: float) -> None:
        """SIGHUP: read the files at once, and import the code anew even if the files say the same."""
        self._station.journal.info("reload", "reloading tasks.toml and code")
        self._put_off = None
        news = self._watch.reload()
        if isinstance(news, BadFile):
            self._take(news, now)
        elif self._watch.problem is None:
            self._take(self._watch.config, now)

    def complain(self, config: Config) -> None:
        """Say which declared tasks cannot run, each once."""
        for name, problems in config.broken.items():
            if name not in self._complained:
                self._station.journal.error("broken", f"task {name} cannot run: {problems[0].message}", task=name)
        self._complained = frozenset(config.broken)

    def ready(self, event: Ready) -> None:
        """A template is ready: say what it could not import, and take in the tasks that its code declares."""
        for name, reason in event.broken.items():
            self._station.journal.error("broken", f"{name} cannot be imported: {reason}", task=name)
        for warning in event.warnings:
            self._station.journal.warning("import", warning)
        self._station.broken = event.broken
        if event.declared != self._declared:
            self._declared = event.declared
            self._station.config = self._joined(self._watch.config)

    def _joined(self, config: Config) -> Config:
        """A configuration with what the code declares; what is wrong with that, the template has said."""
        return with_declared(config, self._declared).config

    def _take(self, news: Config | BadFile | None, now: float) -> None:
        if isinstance(news, BadFile):
            self._put_off = None
            self._stay(str(news), now)
        elif news is not None:
            try:
                self.on_taken(news)
            except OSError as error:
                if error.errno not in PASSING:
                    raise
                if news is not self._put_off:  # of what is tried again and again it is said once
                    self._stay(f"no processes can be made for another: {error}", now)
                self._put_off = news
            else:
                self._taken(news)

    def _stay(self, why: str, now: float) -> None:
        """What was read is not in force: say so."""
        station = self._station
        station.journal.error("stale", f"the last good configuration stays in force: {why}")
        station.problem = why
        station.stale_since_ms = station.stale_since_ms or station.time.at(now)

    def _taken(self, config: Config) -> None:
        station = self._station
        self._put_off = station.problem = station.stale_since_ms = None
        station.config = self._joined(config)
        station.journal.info("reload", f"{len(config.tasks)} tasks of {config.file or 'no file'} take over")
        self.complain(config)
