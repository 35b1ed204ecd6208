"""What figures are made of: how a job ended, without what was asked for and what it left."""

from __future__ import annotations

from typing import NamedTuple

from qctl.model.cells import cut
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_MOST_TITLE: Final = 40  #: cells of a command


class Ending(NamedTuple):
    """The end of one job. A tuple, because thousands are made for one question. Times in ms since the epoch."""

    id: str
    task: str
    queue: str
    outcome: str  #: an Outcome
    reason: str
    ended_ms: int
    worker: str  #: the label of the one that ran the last attempt; empty if none did
    wait_ms: int | None  #: from the submit, or the ETA, to the first attempt; None if there was none
    run_ms: int | None  #: of the last attempt
    exit_code: int | None = None
    signal: int | None = None
    error_type: str = ""
    error_message: str = ""
    by_its_steps: bool = False  #: of a workflow: its jobs tell of its end, each by one of its own

    command: str = ""  #: of one given at the call: its first words, for its task is that of all of them

    @property
    def title(self) -> str:
        """The task, or of a command given at the call its first words."""
        return cut(self.command, _MOST_TITLE) or self.task

    @property
    def succeeded(self) -> bool:
        return self.outcome == Outcome.SUCCEEDED
