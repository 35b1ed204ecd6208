"""The names of what the store keeps of schedules."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.namespace import Namespace


@dataclass(frozen=True, slots=True)
class ScheduleKeys(Namespace):
    """Names of what fires jobs by itself."""

    @property
    def schedules(self) -> str:
        """set: names of the schedules that beats have declared."""
        return self._key("schedules")

    def schedule(self, name: str) -> str:
        """hash: a schedule's definition, cursor and memory; `lua/_scheduling.lua` has its fields."""
        return self._key("schedule", name)

    @property
    def schedules_version(self) -> str:
        """string: how often schedules were published, withdrawn, enabled or disabled."""
        return self._key("schedules_version")

    def ledger(self, schedule: str) -> str:
        """zset with a TTL: what became of a schedule's instants, as JSON, by the instant in ms."""
        return self._key("ledger", schedule)

    def active(self, schedule: str) -> str:
        """zset: a schedule's jobs that have not ended, in their order."""
        return self._key("active", schedule)

    @property
    def beats(self) -> str:
        """zset: beats by their last pulse in ms."""
        return self._key("beats")

    def beat(self, beat: str) -> str:
        """hash with a TTL: what a beat says of itself."""
        return self._key("beat", beat)
