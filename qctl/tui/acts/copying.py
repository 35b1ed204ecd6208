"""What is put on the clipboard: ids and names, and the command that shows the same."""

from __future__ import annotations

import shlex
from types import MappingProxyType

from qctl.classes import replace
from qctl.tui.acts.acting import nothing
from qctl.tui.screen import Effect, Page, Toast, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.tui.acts.acting import Act, Here, Next

_NOTHING: Final = "there is nothing to copy here"
_SHOWS: Final = {
    View.QUEUES: ("qctl", "queue", "show"),
    View.WORKERS: ("qctl", "worker", "show"),
    View.SCHEDULE: ("qctl", "schedule", "history"),
    View.FAILURES: ("qctl", "show"),
}


def _copied(here: Here, text: str) -> Next:
    said = replace(here.screen, toast=Toast(text=f"copied {text}"))
    return said, (Effect(name="copy", targets=(text,)),)


def _copy(here: Here) -> Next:
    return _copied(here, " ".join(here.targets)) if here.targets else nothing(here, _NOTHING)


def _copy_command(here: Here) -> Next:
    words = command(here)
    return _copied(here, shlex.join(words)) if words else nothing(here, _NOTHING)


def command(here: Here) -> tuple[str, ...]:
    """What one would type to see what is under the cursor, or open."""
    screen = here.screen
    if screen.page is Page.LOG:
        return ("qctl", "logs", *(("-f",) if screen.log.follow else ()), screen.job)
    if screen.page is Page.JOB:
        return ("qctl", "show", screen.job)
    if screen.view is View.EVENTS:
        return ("qctl", "events", "--follow")
    if not here.targets:
        return ("qctl", "ps", *((here.listing.query,) if here.listing.query else ())) if _jobs(here) else ()
    return (*_SHOWS.get(screen.view, ("qctl", "show")), *here.targets[:1])


def _jobs(here: Here) -> bool:
    return here.screen.view is View.JOBS


COPYING: Final[Mapping[str, Act]] = MappingProxyType({"copy": _copy, "copy-command": _copy_command})
