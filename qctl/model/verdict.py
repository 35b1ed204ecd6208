"""How a schedule stands, in a word, and what that rests on; `standing` judges it."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Verdict(StrEnum):
    """How a schedule stands, the best first."""

    ON_TIME = "on time"
    OFF = "off"  #: disabled, by the file or by somebody
    OVER = "over"  #: its only instant is past
    PAUSED = "paused"  #: every queue is: what falls due is skipped
    FAILING = "failing"
    LATE = "late"
    BROKEN = "broken"  #: no job of its task can be made
    MISSED = "missed"


TROUBLE: Final = (Verdict.MISSED, Verdict.BROKEN, Verdict.LATE, Verdict.FAILING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that a schedule has fired, and that nobody has begun."""

    job: str
    since_ms: int  #: from when on it could have been
    manned: bool  #: is there a live worker that reads its queue


@dataclass(frozen=True, slots=True)
class Standing:
    """The judgement, and what it rests on in a few words."""

    verdict: Verdict
    why: str = ""
