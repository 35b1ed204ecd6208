"""A page for the reports of the model, whose painted words become spans."""

from __future__ import annotations

import re

from qctl.classes import dataclass
from qctl.tui.picture import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Final

    from qctl.tui.look import Look
    from qctl.tui.picture import Line

#: Between these a painted word stands. Text of others cannot hold them: `safe` makes control characters visible.
_PAINTED: Final = re.compile("\x01([a-z]*)\x02([^\x03]*)\x03")
_STYLES: Final = {
    "green": "ok",
    "red": "bad",
    "yellow": "warn",
    "cyan": "busy",
    "blue": "later",
    "dim": "quiet",
    "bold": "title",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A `model.page.Page` of a width."""

    look: Look
    width: int | None

    @property
    def now_ms(self) -> int:
        return self.look.now_ms

    @property
    def zone(self) -> tzinfo:
        return self.look.zone

    @property
    def ellipsis(self) -> str:
        return self.look.ellipsis

    def paint(self, text: str, colour: str) -> str:
        return f"\x01{colour}\x02{text}\x03" if text else text

    def sign(self, text: str) -> str:
        return self.look.sign(text)

    def safe(self, text: str) -> str:
        return self.look.safe(text)


def spans_of(text: str) -> Line:
    """A line of a report as spans."""
    spans, at = [], 0
    for found in _PAINTED.finditer(text):
        spans += [Span(text[at : found.start()]), Span(found[2], _STYLES.get(found[1], ""))]
        at = found.end()
    return tuple(span for span in (*spans, Span(text[at:])) if span.text)
