"""Catch-up: which of several instants that passed run."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.schedule import LATE_MS, MOST_CAUGHT_UP, Catchup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.model.cron import Due


@dataclass(frozen=True, slots=True)
class Choice:
    """Instants that may run, parted; each oldest first."""

    chosen: tuple[Due, ...]  #: each gets a run
    merged: tuple[Due, ...] = ()  #: the last run stands for them
    missed: tuple[Due, ...] = ()


def choose(catchup: Catchup, dues: Sequence[Due], now_ms: int) -> Choice:
    """Part instants by a catch-up policy. One that is at most 60 s old is late, and never missed (C9 to C12)."""
    if catchup is Catchup.ALL:
        return Choice(tuple(dues[-MOST_CAUGHT_UP:]), missed=tuple(dues[:-MOST_CAUGHT_UP]))
    if catchup is Catchup.ONE:
        return Choice(tuple(dues[-1:]), tuple(dues[:-1]))
    late = [due for due in dues if now_ms - due.ms <= LATE_MS]
    return Choice(tuple(late[-1:]), tuple(late[:-1]), tuple(dues[: len(dues) - len(late)]))
