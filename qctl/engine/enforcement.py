"""Enforces time limits: tells the attempt that has reached one to end."""

from __future__ import annotations

from qctl.engine.claims import Stage
from qctl.engine.limits import Step
from qctl.engine.processes.table import Stop, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from qctl.engine.claims import Held
    from qctl.engine.limits import Due, Limits
    from qctl.engine.station import Station


class Enforcement:
    """Aims a stop at each attempt whose limit has come. Reports that are still to be read come first."""

    def __init__(
        self,
        station: Station,
        limits: Limits,
        read_reports: Callable[[float], None],
        stop: Callable[[Held, Stop], None],
    ) -> None:
        self._station = station
        self._limits = limits
        self._read_reports = read_reports
        self._stop = stop

    def next_due(self) -> float:
        return self._limits.next_due()

    def run_once(self, now: float) -> None:
        """Stop what has run for too long. What has ended meanwhile is not stopped: its report says so."""
        if now < self._limits.next_due():
            return
        self._read_reports(now)
        for due in self._limits.run_once(now):
            self._enforce(due)

    def _enforce(self, due: Due) -> None:
        held = self._station.claims.get(due.key)
        if held is None or held.stage is not Stage.BEGUN or held.task is None:
            return
        task, claim = held.task, held.claim
        said = {"job": claim.id, "task": claim.task, "attempt": claim.attempt}
        if due.step is Step.SOFT:
            self._station.journal.info("soft_timeout", f"{claim.task} {claim.id} ran into its soft limit", **said)
            self._stop(held, Stop.soft(task.stop_signal))
            return
        which = "time limit" if due.step is Step.HARD else "limit over all attempts"
        self._station.journal.warning("timeout", f"{claim.task} {claim.id} ran into its {which}", **said)
        self._stop(held, Stop.terminate(task.stop_signal, task.grace, Why.TIMEOUT))
