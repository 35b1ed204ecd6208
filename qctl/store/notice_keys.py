"""The names of the keys that hold what is to be told."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.namespace import Namespace


@dataclass(frozen=True, slots=True)
class NoticeKeys(Namespace):
    """Names of what is to be told to those who watch."""

    @property
    def notify_names(self) -> str:
        """set with a TTL: the notify names to which something is to be told."""
        return self._key("notify_names")

    def notices(self, name: str) -> str:
        """zset with a TTL: what is to be told to a notify name, as JSON, by the time in ms from which on it is."""
        return self._key("notices", name)

    def told(self, subject: str) -> str:
        """hash with a TTL: by trouble and notify name, since when it lasts and when it was told last, in ms."""
        return self._key("told", subject)

    def sent(self, name: str) -> str:
        """string with a TTL: how many notices of a notify name there were in this hour."""
        return self._key("sent", name)

    def more(self, name: str) -> str:
        """string with a TTL: how many of them were too many to be told."""
        return self._key("more", name)

    def skipped(self, job_id: str) -> str:
        """list with a TTL: the jobs that were skipped because this one did not succeed."""
        return self._key("skipped", job_id)

    def notified(self, job_id: str) -> str:
        """list with a TTL: when, why and to whom was told of a job, and by which job, as words."""
        return self._key("notified", job_id)
