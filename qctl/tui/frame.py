"""Boxes: a title in the upper edge, lines inside, titled edges between. Pure."""

from __future__ import annotations

from qctl.tui.picture import Span, fit, line_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.tui.look import Look
    from qctl.tui.picture import Line


def edge(left: str, title: Line, right: Line, width: int, corner: str, look: Look) -> Line:
    """An edge of a box, `left` and `corner` its ends: `┌─ title ───── right ─┐`."""
    room = width - 6
    shown_right = right if line_width(title) + line_width(right) + 4 <= room else ()
    space = room - line_width(shown_right) - (2 if shown_right else 0)
    shown = title if line_width(title) <= space else fit(title, max(0, space), look.ellipsis)
    used = (line_width(shown) + 2 if shown else 0) + (line_width(shown_right) + 2 if shown_right else 0)
    rule = look.sign("─" * max(0, width - 4 - used))
    dash = look.sign("─")
    spans: list[Span] = [Span(look.sign(left) + dash)]
    if shown:
        spans += [Span(" "), *shown, Span(" ")]
    spans.append(Span(rule))
    if shown_right:
        spans += [Span(" "), *shown_right, Span(" ")]
    spans.append(Span(dash + look.sign(corner)))
    return fit(tuple(spans), width, look.ellipsis)


def top(title: Line, right: Line, width: int, look: Look) -> Line:
    return edge("┌", title, right, width, "┐", look)


def divider(title: Line, right: Line, width: int, look: Look) -> Line:
    return edge("├", title, right, width, "┤", look)


def bottom(width: int, look: Look) -> Line:
    return edge("└", (), (), width, "┘", look)


def inside(line: Line, width: int, look: Look) -> Line:
    """A line between the sides of a box."""
    side = Span(look.sign("│"))
    return (side, Span(" "), *fit(line, width - 4, look.ellipsis), Span(" "), side)


def box(title: Line, right: Line, lines: Sequence[Line], width: int, height: int, look: Look) -> list[Line]:
    """A whole box of `height` lines, its edges counted."""
    room = max(0, height - 2)
    filled = [*lines[:room], *[()] * (room - len(lines[:room]))]
    return [top(title, right, width, look), *(inside(line, width, look) for line in filled), bottom(width, look)]


def beside(left: Sequence[Line], right: Sequence[Line]) -> list[Line]:
    """Two blocks of the same height, one beside the other."""
    return [(*one, *other) for one, other in zip(left, right, strict=True)]
