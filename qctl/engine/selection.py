"""From which queues a worker takes work, and how many from each: `-Q`.

`a,b` is strict: nothing of b while a has work. `a=3,b=1` is weighted: over time three of a for one of b,
and all of the other while one is empty. No `-Q` means every queue with equal weight; the store walks those.
"""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.errors import UsageError
from qctl.model.names import at_host, is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_WEIGHT = 1000


@dataclass(slots=True)
class Selection:
    """The queues of one worker. Keeps the credit by which weights come true over many small claims."""

    names: tuple[str, ...] = ()  #: empty: every queue
    weights: Mapping[str, int] = field(default_factory=dict)  #: empty: strict, in the order of `names`
    only: tuple[str, ...] = ()  #: ids of jobs: these alone are taken, whatever their queues
    host: str = ""  #: the worker's: of each queue it reads the part for this host, `queue@host`, as well
    _credit: dict[str, int] = field(default_factory=dict)

    @property
    def every(self) -> bool:
        """Whether this worker reads all queues there are."""
        return not self.names and not self.only

    @property
    def parts(self) -> tuple[str, ...]:
        """The named queues with their parts for this host, those first."""
        return tuple(part for name in self.names for part in self._parts(name))

    def is_ours(self, queue: str) -> bool:
        """Whether a queue, met among all there are, is no other host's."""
        _, at, host = queue.partition("@")
        return not at or host == self.host

    def _parts(self, name: str) -> tuple[str, ...]:
        return (at_host(name, self.host), name) if self.host else (name,)

    def quotas(self, want: int) -> list[tuple[str, int]]:
        """Spread a claim of `want` jobs over the queues and their parts for this host, in the order to read them.

        What a queue cannot fill of its quota, the store takes from the others, in the same order.
        """
        if not self.weights:
            return [(part, want) for part in self.parts]
        shares: dict[str, int] = {}
        for _ in range(want):
            chosen = self._next()
            shares[chosen] = shares.get(chosen, 0) + 1
        shares |= {name: 0 for name in self._by_credit() if name not in shares}
        return [(part, share) for name, share in shares.items() for part in self._parts(name)]

    def _next(self) -> str:
        """Serve the richest: each gains its weight per round, and the served one pays the whole round."""
        for name, weight in self.weights.items():
            self._credit[name] = self._credit.get(name, 0) + weight
        chosen = max(self.weights, key=lambda name: self._credit[name])
        self._credit[chosen] -= sum(self.weights.values())
        return chosen

    def _by_credit(self) -> list[str]:
        return sorted(self.weights, key=lambda name: -self._credit[name])


def read_selection(text: str | None, only: tuple[str, ...] = (), host: str = "") -> Selection:
    """Read the value of `-Q`; ids in `only` win over it. Raises UsageError naming the part that is wrong."""
    if only:
        return Selection(only=only)
    if not text:
        return Selection(host=host)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    weighted = ["=" in part for part in parts]
    if any(weighted) and not all(weighted):
        raise UsageError(f"-Q {text}: give every queue a weight, or none", help="qctl worker -Q high=3,low=1")
    pairs = [_read_part(part, text) for part in parts]
    names = tuple(dict.fromkeys(name for name, _ in pairs))
    if len(names) != len(pairs):
        raise UsageError(f"-Q {text}: a queue is named twice")
    return Selection(names, dict(pairs) if any(weighted) else {}, host=host)


def _read_part(part: str, text: str) -> tuple[str, int]:
    name, _, weight = part.partition("=")
    if not is_name(name):
        raise UsageError(f"-Q {text}: {name!r} is no name of a queue")
    if not weight:
        return name, 1
    if not weight.isdecimal() or not 1 <= int(weight) <= MAX_WEIGHT:
        raise UsageError(f"-Q {text}: a weight is a whole number from 1 to {MAX_WEIGHT}, not {weight!r}")
    return name, int(weight)
