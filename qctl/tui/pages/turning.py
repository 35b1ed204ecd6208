"""Which page is drawn by what."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from qctl.client.watching import Snapshot
from qctl.tui.look import Look
from qctl.tui.pages.help import help_lines, help_page
from qctl.tui.pages.job import job_lines, job_page
from qctl.tui.pages.log import log_page, shown_lines
from qctl.tui.picture import Line
from qctl.tui.screen import Page, Screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

Draw = Callable[[Screen, Snapshot, Look, tuple[int, int]], list[Line]]

LINES: Final[Mapping[Page, Callable[[Screen, Snapshot, Look, int], list[Line]]]] = MappingProxyType(
    {Page.JOB: job_lines, Page.LOG: shown_lines, Page.HELP: help_lines}
)  #: all lines of a page, in so many cells
PAGES: Final[Mapping[Page, Draw]] = MappingProxyType({Page.JOB: job_page, Page.LOG: log_page, Page.HELP: help_page})
