"""How a worker is known to others: its record in the store, kept up to date, and a new one when it was taken for dead.

The record (`about`) holds: label, host, pid, start, boot and pid_namespace (see `identity`), queues (names, none for
every one), weights (by name, where given), only (ids, of a worker that was started for these alone), slots, version,
phase, catalog (a digest of the tasks it can run now), importing (code, and what needs that waits), of_file (the digest
of those that its file declares), broken (task or module, and why it cannot be imported), file, problem (why the file
as it is now is not in force, or why no slot can be forked), stale_since_ms (of a file) and forgotten_ms (when Redis had
forgotten it).
"""

from __future__ import annotations

import math
from itertools import islice

from qctl import __version__
from qctl.classes import replace
from qctl.config import catalog, catalog_digest
from qctl.config.deliveries import watchers
from qctl.engine.identity import identify
from qctl.engine.serverside import judge_server
from qctl.engine.unheard import unheard
from qctl.model.rules import rules_of
from qctl.store.values import Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from qctl.engine.options import WorkerOptions
    from qctl.engine.selection import Selection
    from qctl.engine.sizing import Sizing
    from qctl.engine.station import Station

_MOST_BROKEN: Final = 20  #: of what could not be imported, told of in a record


class Registration:
    """Enters the worker, and enters it again under a new id when the store does not know it any more."""

    def __init__(self, station: Station, selection: Selection, sizing: Sizing, options: WorkerOptions) -> None:
        self._station = station
        self._selection = selection
        self._sizing = sizing
        self._options = options
        self._said: tuple[object, ...] | None = None
        self._asked: tuple[object, ...] | None = None  #: what was told and not yet answered
        self._retry_at = -math.inf
        self._forgotten_ms: int | None = None
        self.registered = False
        self.on_registered: Callable[[float], None] = unheard

    def about(self) -> dict[str, Any]:
        """What this worker says of itself now."""
        station = self._station
        return {
            **station.identity.about(),
            "queues": list(self._selection.names),
            "weights": dict(self._selection.weights),
            "only": list(self._options.only),
            "slots": self._sizing.slots,
            "autoscale": self._sizing.scale,
            "version": __version__,
            "phase": station.shutdown.phase.name.lower(),
            "catalog": catalog_digest(station.offered),
            "importing": station.lacks_code,
            "of_file": catalog_digest(replace(station.config, declared={})),
            "file": station.config.file,
            "problem": station.trouble,
            "broken": dict(islice(station.broken.items(), _MOST_BROKEN)),
            "stale_since_ms": station.stale_since_ms,
            "forgotten_ms": self._forgotten_ms,
            "lease": self._options.lease,
        }

    def next_due(self) -> float:
        """At once, if there is something new to say."""
        if not self._station.line.up or self._station.leaving or self._news() in (self._asked, self._said):
            return math.inf
        return self._retry_at

    def run_once(self, now: float) -> None:
        """Tell the store what is new, at once: what is claimed after it is claimed under the new rules."""
        if self.next_due() > now:
            return
        news = self._news()
        worker, config = self._station.worker, self._station.config

        def answered(answers: list[Any]) -> None:
            self._asked = None if self._asked == news else self._asked
            if isinstance(answers[0], tuple):
                standing, server_ms = answers[0]
                self._answered(standing, server_ms, worker, news, now)
            else:
                self._station.journal.trouble("redis", str(answers[0]))
                self._retry_at = now + 1.0

        tasks = (*config.tasks.values(), *config.declared.values())
        rules = rules_of(tasks, config.queues.values())
        rules |= watchers((*tasks, *config.workflows.values()), config.notify)
        command = self._station.verbs.register(worker, self.about(), rules, catalog(self._station.offered))
        self._asked = news if self._station.line.ask([command], answered, self._lost, now) else None

    def repeat(self) -> None:
        """What was told is not there any more, though the worker still is: tell it once more."""
        self._said = None

    def renew(self, now: float, standing: Standing, silent: float) -> None:
        """The store has taken this worker for dead, or has forgotten everything: become a new one.

        `silent` are the seconds since the last heartbeat that was answered.
        """
        old = self._station.worker
        self._station.identity = identify(self._options.name)
        if standing is Standing.CONDEMNED:
            sentence = f"worker {old} was taken for dead and its jobs are given to others"
        elif silent > self._options.lease:
            sentence = (
                f"worker {old} was not heard of for {silent:.0f} s, longer than its lease: "
                "others have taken it for dead and its jobs over, or Redis was emptied"
            )
        else:
            sentence = f"Redis does not know worker {old}: was it emptied? Its jobs are gone from there"
            self._forgotten_ms = self._station.time.at(now)
        self._station.journal.error("renew", f"{sentence}; this process goes on as {self._station.worker}")
        self._said, self.registered = None, False
        self._retry_at = now

    def _answered(self, standing: Standing, server_ms: int, worker: str, news: tuple[object, ...], sent: float) -> None:
        if worker != self._station.worker:
            return
        now = self._station.clock()
        if standing is not Standing.OK:
            self.renew(now, standing, 0.0)
            return
        self._station.time.heard(server_ms, now, sent)
        self._said = news
        if not self.registered:
            self.registered = True
            self.on_registered(now)
            judge_server(self._station, server_ms, now)

    def _news(self) -> tuple[object, ...]:
        """What the record depends on: cheap to compare, which happens in every turn of the loop."""
        station = self._station
        sizing = self._sizing
        said = (
            station.worker,
            station.shutdown.phase,
            station.config,
            station.trouble,
            station.broken,
            station.at_work,
        )
        return (*said, sizing.slots, sizing.scale)

    def _lost(self) -> None:
        self._asked = None
