"""The commands that are offered while one is typed, over the list or the page that is open. Pure."""

from __future__ import annotations

from qctl.model.cells import cut, pad, width
from qctl.tui import frame
from qctl.tui.palette import offered
from qctl.tui.picture import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.look import Look
    from qctl.tui.palette import Offer
    from qctl.tui.picture import Line
    from qctl.tui.screen import Prompt, Screen

_NAME: Final = 34  #: cells of a name, at most


def palette_page(screen: Screen, prompt: Prompt, snapshot: Snapshot, look: Look, room: tuple[int, int]) -> list[Line]:
    """As many of them as there is room for, so that the one that Enter takes is seen."""
    cells, height = room
    found = offered(screen, snapshot, prompt.text)
    seen = max(1, height - 2)
    chosen = max(0, min(prompt.chosen, len(found) - 1))
    first = max(0, min(chosen - seen // 2, len(found) - seen))
    name = min(_NAME, max((width(look.safe(offer.text)) for offer in found), default=0))
    lines = [
        _line(offer, name, look, under_cursor=at == chosen)
        for at, offer in enumerate(found[first : first + seen], first)
    ]
    title = (Span("Commands", "title"), Span("  words of them, queue NAME, job ID", "quiet"))
    keys = (Span(look.key("↑ ↓"), "key"), Span(" choose ", "quiet"), Span(look.key("⏎"), "key"), Span(" take", "quiet"))
    nothing = [(Span("nothing is called so", "quiet"),)]
    return frame.box(title, keys, lines or nothing, cells, height, look)


def _line(offer: Offer, name: int, look: Look, *, under_cursor: bool) -> Line:
    pointer = look.sign("▸") if under_cursor else " "
    text = pad(cut(look.safe(offer.text), name, look.ellipsis), name)
    style = "title" if under_cursor else ""
    return (Span(f"{pointer} ", style), Span(text, style), Span(f"  {look.safe(offer.help)}", "quiet"))
