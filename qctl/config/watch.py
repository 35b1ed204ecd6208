"""Noticing edits of the configuration, and keeping the last good one while it is broken (R5, R9, faults 75 and 76)."""

from __future__ import annotations

from qctl.config.loading import load
from qctl.config.problems import BadFile
from qctl.config.stamps import Stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.config.values import Config

#: Seconds for which the files must have stayed as they are before they are read: a file that is still being written is
#: not (R9).
SETTLED: Final = 0.5


def changed(config: Config) -> bool:
    """Say whether a file that was read, or its folder, is not as it was then. A few `stat` calls."""
    return any(Stamp.of(stamp.path) != stamp for stamp in config.stamps)


class Watch:
    """Keeps the last good configuration. Asked now and then, it answers what is new; it never raises."""

    def __init__(self, config: Config, settled: float = SETTLED) -> None:
        self.config = config  #: the last good one
        self.problem: BadFile | None = None  #: why the files, as they are now, are not in force
        self._settled = settled
        self._known = config.stamps
        self._seen = config.stamps
        self._seen_at = 0.0
        self._unread = False  #: a file could not be read: what keeps us from it may pass without a trace in it

    def run_once(self, now: float) -> Config | BadFile | None:
        """Look at the files. Answers a new configuration, or a new problem, or None if there is nothing to tell.

        An edit that changes no definition is not told.
        """
        stamps = tuple(Stamp.of(stamp.path) for stamp in self._known)
        if stamps == self._known:
            self._seen = stamps
            return self.reload() if self._unread else None
        if stamps != self._seen:
            self._seen, self._seen_at = stamps, now
            return None
        if now - self._seen_at < self._settled:
            return None
        return self.reload()

    def reload(self) -> Config | BadFile | None:
        """Read the files at once, as a worker does on SIGHUP. Answers as `run_once`."""
        if not self.config.file:
            return None
        before = tuple(Stamp.of(stamp.path) for stamp in self._known)
        try:
            config = load(self.config.file)
        except BadFile as error:
            self._unread = isinstance(error.__cause__, OSError)
            return self._keep(error, before)
        self._unread = False
        self._known = self._seen = config.stamps
        news = self.problem is not None or config.documents != self.config.documents
        self.config, self.problem = config, None
        return config if news else None

    def _keep(self, error: BadFile, stamps: tuple[Stamp, ...]) -> BadFile | None:
        """Stay with the last good configuration, and say why once."""
        self._known = self._seen = stamps
        if self.problem is not None and str(self.problem) == str(error):
            return None
        self.problem = error
        return error
