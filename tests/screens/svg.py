"""Lines of a terminal as SVG that draws by itself: no font, script or style of elsewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

_FORM: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
_THEME: Final = TerminalTheme(
    (24, 26, 31),
    (205, 209, 215),
    [
        (24, 26, 31),
        (240, 113, 120),
        (126, 200, 108),
        (230, 192, 96),
        (97, 165, 240),
        (198, 130, 220),
        (86, 190, 200),
        (205, 209, 215),
    ],
)


def svg(lines: Sequence[Text], columns: int, title: str) -> str:
    """A window of so many columns, with its title."""
    console = Console(
        width=columns,
        file=io.StringIO(),
        record=True,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
    )
    for line in lines:
        console.print(line, no_wrap=True, crop=True, soft_wrap=True)
    drawn = console.export_svg(title=title, theme=_THEME, code_format=_FORM, unique_id="t")
    drawn = re.sub(r"<text [^>]*>\n</text>", "", drawn)  # the ends of lines
    return re.sub(r"\n\s+", "\n", drawn)
