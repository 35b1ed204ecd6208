"""A line that is typed at the bottom: what it does while it is typed, when it is entered, when it is given up. Pure."""

from __future__ import annotations

from qctl.classes import replace
from qctl.errors import UsageError
from qctl.model.query import parse
from qctl.tui.acts.acting import only
from qctl.tui.acts.reading import sought
from qctl.tui.screen import Purpose, Toast, View
from qctl.tui.sifting import is_query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.acts.acting import Next
    from qctl.tui.look import Look
    from qctl.tui.screen import Prompt, Screen

_RECALLED: Final = 20


def typed(screen: Screen, line: Prompt, look: Look) -> Screen:
    """The line is another: the list follows its text while that makes sense."""
    prompt = screen.prompt
    if prompt is None or prompt.text == line.text:
        return replace(screen, prompt=line)
    complaint = _complaint(screen, line.text, look) if line.purpose is Purpose.FILTER else ""
    screen = replace(screen, prompt=replace(line, complaint=complaint, chosen=0))
    if line.purpose is Purpose.FILTER and not complaint:
        return screen.with_list(query=line.text.strip(), place=0, offset=0, cursor="", marked=frozenset())
    if line.purpose is Purpose.FIND:
        return replace(screen, log=replace(screen.log, find=line.text, found=-1))
    return screen


def entered(screen: Screen, snapshot: Snapshot, look: Look) -> Next:
    """What was typed is meant."""
    prompt = screen.prompt
    if prompt is None or prompt.complaint:
        return only(screen)
    match prompt.purpose:
        case Purpose.FILTER:
            return only(_remembered(replace(screen, prompt=None), prompt.text.strip()))
        case Purpose.FIND:
            screen = replace(screen, prompt=None)
            forward = not screen.log.follow
            return only(sought(screen, snapshot, look, forward=forward) if prompt.text else screen)
        case Purpose.CONFIRM if prompt.text.strip() != prompt.word:
            return only(
                replace(screen, prompt=replace(prompt, complaint=f"that is not {prompt.word}: nothing is purged"))
            )
        case _:
            return _agreed(replace(screen, prompt=None), prompt)


def _agreed(screen: Screen, prompt: Prompt) -> Next:
    if prompt.effect is None:
        return only(screen)
    said = {**prompt.effect.said, "text": prompt.text.strip()}
    if prompt.effect.name == "save":
        screen = replace(screen, toast=Toast(text=f"writing {said['text'] or prompt.effect.targets[0] + '.log'}"))
    return screen.with_list(marked=frozenset()), (replace(prompt.effect, said=said),)


def _remembered(screen: Screen, text: str) -> Screen:
    if not text:
        return screen
    recalled = (text, *(before for before in screen.recalled if before != text))
    return replace(screen, recalled=recalled[:_RECALLED])


def recalled(screen: Screen, by: int, look: Look) -> Screen:
    """The filter typed before this one, or after it."""
    prompt = screen.prompt
    if prompt is None or prompt.purpose is not Purpose.FILTER or not screen.recalled:
        return screen
    at = max(-1, min(prompt.recalled + by, len(screen.recalled) - 1))
    text = screen.recalled[at] if at >= 0 else ""
    return typed(screen, replace(prompt, recalled=at, text=text, behind=0), look)


def abandoned(screen: Screen) -> Screen:
    """The line is given up: nothing is done, a filter is taken away."""
    if screen.prompt is not None and screen.prompt.purpose is Purpose.FILTER:
        screen = screen.with_list(query="")
    return replace(screen, prompt=None)


def _complaint(screen: Screen, text: str, look: Look) -> str:
    """What is wrong with a query. Lists that are known from end to end are found in by plain words."""
    if screen.view is not View.JOBS and not (screen.view is View.FAILURES and is_query(text)):
        return ""
    try:
        parse(text, look.now, look.zone)
    except UsageError as error:
        return str(error).splitlines()[0]
    return ""
