"""What one does with a job's output while it fills the screen: follow, wrap, find, save it."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from qctl.classes import replace
from qctl.model.output import STDERR, STDOUT
from qctl.tui.acts.acting import nothing, only
from qctl.tui.layout import page_lines
from qctl.tui.pages.log import found_at, shown_lines
from qctl.tui.screen import Effect, Prompt, Purpose, Toast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.acts.acting import Act, Here, Next
    from qctl.tui.look import Look
    from qctl.tui.screen import LogView, Screen

_NEXT_STREAM: Final = {"": STDOUT, STDOUT: STDERR, STDERR: ""}


def _with_log(here: Here, **changes: object) -> Next:
    log: LogView = replace(here.screen.log, **changes)  # type: ignore[arg-type]
    return only(replace(here.screen, log=log))


def _follow(here: Here) -> Next:
    """Back to the newest line and on with it, or stay where one is."""
    follow = not here.screen.log.follow
    return _with_log(here, follow=follow, back=0 if follow else max(1, here.screen.log.back))


def _find(here: Here) -> Next:
    prompt = Prompt(purpose=Purpose.FIND, label="find", text=here.screen.log.find)
    return only(replace(here.screen, prompt=prompt))


def _save(here: Here) -> Next:
    job = here.screen.job
    effect = Effect(name="save", targets=(job,))
    prompt = Prompt(purpose=Purpose.SAY, label="save all of it to", text=f"{job}.log", proposed=True, effect=effect)
    return only(replace(here.screen, prompt=prompt))


def _find_again(forward: bool, here: Here) -> Next:
    if not here.screen.log.find:
        return nothing(here, "nothing is sought yet: / finds")
    return only(sought(here.screen, here.snapshot, here.look, forward=forward))


def sought(screen: Screen, snapshot: Snapshot, look: Look, *, forward: bool) -> Screen:
    """Go to the next line that holds what is sought, from the one that was found last, else from those that are seen;
    past the end to the begin. Where the newest lines are followed, begin with the last one.
    """
    lines = shown_lines(screen, snapshot, look, screen.width - 4)
    places = found_at(lines, screen.log.find)
    if not places:
        return replace(screen, toast=Toast(text=f"no line holds {screen.log.find}", bad=True))
    seen = page_lines(screen.width, screen.height)
    at = _begin(screen.log, len(lines), seen, forward=forward)
    if forward:
        place = next((each for each in places if each > at), places[0])
    else:
        place = next((each for each in reversed(places) if each < at), places[-1])
    back = max(0, min(len(lines) - 1 - place - seen // 2, len(lines) - seen))
    log = replace(screen.log, found=place, back=back, follow=False)
    said = f"{places.index(place) + 1} of {len(places)}: n next, N before"
    return replace(screen, log=log, toast=Toast(text=said))


def _begin(log: LogView, lines: int, seen: int, *, forward: bool) -> int:
    """The line from which on is sought, which is none of those that may be found."""
    if log.found >= 0:
        return log.found
    end = lines - min(log.back, max(0, lines - seen))
    return max(0, end - seen) - 1 if forward else end


READING: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "follow": _follow,
        "wrap": lambda here: _with_log(here, wrap=not here.screen.log.wrap, found=-1),
        "stream": lambda here: _with_log(here, stream=_NEXT_STREAM[here.screen.log.stream], back=0, found=-1),
        "find": _find,
        "find-next": partial(_find_again, True),
        "find-last": partial(_find_again, False),
        "save": _save,
    }
)
