"""Names of what is kept of records and places that no verb would have left so."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.namespace import Namespace


@dataclass(frozen=True, slots=True)
class DamageKeys(Namespace):
    """Names of what was found damaged."""

    def broken(self, job_id: str) -> str:
        """whatever it was, with a TTL: the record of a job that no verb could read, as it was found."""
        return self._key("broken", job_id)

    @property
    def aside(self) -> str:
        """zset with a TTL: the jobs whose records nobody could read, by when these were set aside."""
        return self._key("aside")

    @property
    def repaired(self) -> str:
        """zset with a TTL: the jobs that stood nowhere and were put back, by when."""
        return self._key("repaired")

    @property
    def mended(self) -> str:
        """string with a TTL: when somebody looked for such jobs last."""
        return self._key("mended")
