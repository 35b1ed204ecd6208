"""The lowest lines: what is wrong, what an action came to, what is asked, and the keys there are. Pure."""

from __future__ import annotations

from qctl.model.cells import cut, width
from qctl.tui.keys import keys_of, shown
from qctl.tui.picture import Span, line_width
from qctl.tui.warnings import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.client.watching import Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Prompt, Screen


def alert_line(screen: Screen, snapshot: Snapshot, look: Look) -> Line:
    """What an action came to, for some seconds; else what is wrong with the instance."""
    if screen.prompt is not None and screen.prompt.complaint:
        return (Span(look.safe(screen.prompt.complaint), "error"),)
    if screen.toast is not None:
        return (Span(look.safe(screen.toast.text), "error" if screen.toast.bad else "ok"),)
    found = [each for each in warnings(snapshot, look) if each.name not in screen.dismissed]
    if not found:
        return ()
    more = f" +{len(found) - 1} more" if len(found) > 1 else ""
    keys = (Span("  [!]", "key"), Span(" go there  ", "quiet"), Span("[x]", "key"), Span(" dismiss", "quiet"))
    hint = (Span(more, "alert"), *keys)
    text = cut(f"{look.sign('⚠')} {found[0].text}", max(20, screen.width - line_width(hint)), look.ellipsis)
    return (Span(text, "alert"), *hint)


def foot_line(screen: Screen, look: Look, *, with_toast: bool) -> Line:
    """What is asked or typed; else the keys, as many as there is room for."""
    if screen.prompt is not None:
        return typed_line(screen.prompt, screen.width, look)
    if screen.question is not None:
        asked = cut(look.safe(screen.question.text), max(0, screen.width - 7), look.ellipsis)
        return (Span(f"{asked}  ", "alert"), Span("[y/N]", "key"))
    if with_toast and screen.toast is not None:
        return (Span(look.safe(screen.toast.text), "error" if screen.toast.bad else "ok"),)
    return _keys(screen, look)


def typed_line(prompt: Prompt, cells: int, look: Look) -> Line:
    """What is typed after its label, with its cursor; of a long text what is around that."""
    label = cut(look.safe(prompt.label), cells * 3 // 4, look.ellipsis)
    at = len(prompt.text) - prompt.behind
    before, under, after = (
        look.safe(prompt.text[:at]),
        look.safe(prompt.text[at : at + 1]),
        look.safe(prompt.text[at + 1 :]),
    )
    room = cells - width(label) - 1 - max(1, width(under))
    while before and width(before) > max(0, room):
        before = before[1:]
    if prompt.proposed:
        return (Span(f"{label} ", "title"), Span(before, "cursor"), Span(" "))
    return (Span(f"{label} ", "title"), Span(before), Span(under or " ", "cursor"), Span(after))


def _keys(screen: Screen, look: Look) -> Line:
    ranked = sorted((key for key in keys_of(screen) if key.rank), key=lambda key: key.rank)
    pairs = [(Span(look.key(shown(key.keys[0])), "key"), Span(f" {key.label}  ", "quiet")) for key in ranked]
    while pairs and sum(map(line_width, pairs)) > screen.width:
        del pairs[-3 if len(pairs) > 2 else -1]  # help and quit are the last to go
    return tuple(span for pair in pairs for span in pair)
