"""An occurrence: one instant at which a schedule was due, and how that ended. The ledger is made of these."""

from __future__ import annotations

from qctl import json_text
from qctl.classes import dataclass
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Self


class End(StrEnum):
    """How an occurrence ended."""

    FIRED = "fired"
    MISSED = "missed"
    MERGED = "merged"  #: another run stands for it
    OVERLAP = "skipped:overlap"
    PAUSED = "skipped:paused"
    DISABLED = "skipped:disabled"
    DEADLINE = "skipped:deadline"
    BLACKOUT = "skipped:blackout"
    UNIQUE = "skipped:unique"
    QUEUE_FULL = "skipped:queue-full"
    BROKEN = "skipped:broken"


#: Ends of occurrences that did not run, for no reason that somebody wanted.
NOT_RUN: Final = frozenset({End.MISSED, End.DEADLINE, End.QUEUE_FULL, End.BROKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One row of the ledger. Times are server time, in ms since the epoch."""

    at_ms: int
    end: End
    job: str = ""  #: fired: its job; merged: the one that stands for it; overlap, unique: the one in the way
    note: str = ""  #: what else there is to say: a DST note, who disabled it
    recorded_ms: int = 0  #: when it was written
    count: int = 1  #: how many occurrences the row stands for: the oldest ones of a long absence share one
    since_ms: int | None = None  #: of a row that stands for several: the first of them
    turn: int = 0  #: 1, 2 …: the clock was set back, and this instant came once more (C4)
    manual: bool = False  #: somebody asked for this run; it took no occurrence away (C20)

    def encode(self) -> str:
        """This row as JSON, leaving out what is as it is by default. The store adds `recorded_ms`."""
        said: dict[str, object] = {"at": self.at_ms, "end": self.end.value}
        said |= {"job": self.job} if self.job else {}
        said |= {"note": self.note} if self.note else {}
        said |= {"rec": self.recorded_ms} if self.recorded_ms else {}
        said |= {"n": self.count, "since": self.since_ms} if self.count > 1 else {}
        said |= {"turn": self.turn} if self.turn else {}
        said |= {"manual": True} if self.manual else {}
        return json_text.dumps(said, separators=(",", ":"))

    @classmethod
    def decode(cls, text: bytes | str) -> Self:
        """Read a row. Raises ValueError if it is none."""
        try:
            said = json_text.loads(text)
            return cls(
                at_ms=int(said["at"]),
                end=End(said["end"]),
                job=str(said.get("job", "")),
                note=str(said.get("note", "")),
                recorded_ms=int(said.get("rec", 0)),
                count=int(said.get("n", 1)),
                since_ms=said.get("since"),
                turn=int(said.get("turn", 0)),
                manual=bool(said.get("manual", False)),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a row of a ledger: {error}") from error
