"""What the terminal can show, and how our own signs and the text of others are written on it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from qctl.classes import dataclass
from qctl.model.cells import one_line
from qctl.model.show import age, duration
from qctl.tui.letters import agreed
from qctl.tui.picture import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo
    from typing import Final

#: One cell each, so that a screen in ASCII has the same places.
_ASCII: Final = str.maketrans(
    dict(
        zip(
            "┌┐└┘├┤┬┴┼─│▕▏█░●○◐↻◷✔✗⊘▸·–…×⚠▲▼⏎↑↓⟳⏸▁▂▃▄▅▆▇±",
            "++++||+++-|[]#.*o%~@+x!>.-~x!^v<^v@=_.,:-=+*~",
            strict=False,
        )
    )
)
#: Signs of writing that ASCII has another form of, in the text of whoever.
_WRITTEN: Final = str.maketrans(
    {"—": "-", "–": "-", "‑": "-", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "·": ".", "×": "x", "→": "->"}
)
_KEYS: Final = {"⏎": "Enter", "↑": "Up", "↓": "Down"}  #: keys whose signs would tell nothing in ASCII
_BARS: Final = "▁▂▃▄▅▆▇█"
_STEADY: Final = 600  #: seconds from which on an age is told in whole minutes

#: What a style means -> how it is drawn, in the 16 colours that every terminal has; see `colours.rich_style`.
STYLES: Final = {
    "": "",
    "ok": "green",
    "bad": "red",
    "warn": "yellow",
    "busy": "cyan",
    "later": "blue",
    "quiet": "dim",
    "title": "bold",
    "key": "bold",
    "cursor": "reverse",
    "alert": "bold yellow",
    "error": "bold red",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How to draw one screen."""

    now_ms: int
    zone: tzinfo = UTC
    unicode: bool = True
    bars: bool = True  #: how much of something there is may be drawn, beside its number

    def sign(self, text: str) -> str:
        """Our own signs; in ASCII where the terminal knows no other."""
        return text if self.unicode else text.translate(_ASCII)

    def key(self, text: str) -> str:
        """A key as people know it: its sign, or its name where the terminal has no such sign."""
        return text if self.unicode else " ".join(_KEYS.get(word, word) for word in text.split(" "))

    def safe(self, text: str) -> str:
        """Text of others on one line, unable to drive the terminal, of letters whose width no terminal disputes."""
        line = agreed(one_line(text))
        return line if self.unicode else line.translate(_WRITTEN).encode("ascii", "backslashreplace").decode()

    @property
    def ellipsis(self) -> str:
        return self.sign("…")

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)

    def since(self, then_ms: int) -> str:
        """How long ago: exact for ten minutes, then in whole minutes, so that a screen of old jobs stands still."""
        return steady((self.now_ms - then_ms) / 1000)

    def spark(
        self,
        values: tuple[int, ...],
        room: int,
        style: str = "",
        together: Callable[[list[int]], int] = sum,
    ) -> Span:
        """Values as bars, the newest on the right; neighbours are taken `together` where there is less room."""
        if not values or room <= 0:
            return Span(" " * max(0, room), style)
        shown = _folded(values, room, together)
        top = max(shown)
        bars = "".join(_BARS[min(7, 8 * value // (top + 1))] if value else _BARS[0] for value in shown)
        return Span(self.sign(bars.rjust(room)), style)

    def bar(self, fraction: float, room: int) -> str:
        """How much of something there is; nothing where that is not drawn."""
        if not self.bars:
            return ""
        full = min(room, max(0, round(fraction * room)))
        return self.sign("█" * full + "░" * (room - full))


def steady(seconds: float) -> str:
    """A duration that changes less often the longer it is."""
    if seconds < _STEADY:
        return duration(max(0, int(seconds)))
    return duration(int(seconds) // 60 * 60) if seconds < 86_400 else age(seconds)


def _folded(values: tuple[int, ...], room: int, together: Callable[[list[int]], int]) -> list[int]:
    """As many parts of neighbours as there is room for, the last ones whole."""
    each = -(-len(values) // room)
    start = len(values) % each
    parts = [values[:start]] if start else []
    parts += [values[at : at + each] for at in range(start, len(values), each)]
    return [together(list(part)) for part in parts][-room:]
