"""What a report is written on: a terminal, or plain text that is mailed or piped."""

from __future__ import annotations

from datetime import UTC
from typing import Protocol

from qctl.classes import dataclass
from qctl.model.cells import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo


class Page(Protocol):
    """How to write for one reader."""

    @property
    def now_ms(self) -> int:
        """The time to count ages from."""

    @property
    def zone(self) -> tzinfo:
        """In which times of day are said."""

    @property
    def width(self) -> int | None:
        """Cells of a line; None: as long as it takes."""

    @property
    def ellipsis(self) -> str:
        """What stands where a line was cut."""

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour, where there are colours."""

    def sign(self, text: str) -> str:
        """Our own signs, as this reader can show them."""

    def safe(self, text: str) -> str:
        """Text of others on one line, unable to drive a terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPage:
    """UTF-8 text without colours: what `qctl show` writes into a pipe, and a notice to its command."""

    now_ms: int
    zone: tzinfo = UTC
    width: int | None = None
    ellipsis: str = "…"

    def paint(self, text: str, colour: str) -> str:
        """The text: there are no colours."""
        del colour
        return text

    def sign(self, text: str) -> str:
        """The text: every sign can be shown."""
        return text

    def safe(self, text: str) -> str:
        """On one line, with everything visible that would drive a terminal (L5, attacks 31, 32)."""
        return one_line(text)
