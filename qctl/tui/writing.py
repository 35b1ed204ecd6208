"""What keys do while a line is typed: all of them are its own. Pure."""

from __future__ import annotations

from qctl.classes import replace
from qctl.tui.acts.acting import only
from qctl.tui.acts.lines import abandoned, entered, recalled, typed
from qctl.tui.editing import edited, pasted
from qctl.tui.palette import offered
from qctl.tui.press import act
from qctl.tui.screen import Effect, Purpose, Toast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.acts.acting import Next
    from qctl.tui.look import Look
    from qctl.tui.palette import Offer
    from qctl.tui.screen import Prompt, Screen

_GIVE_UP: Final = ("escape", "ctrl+c")
_OUTSIDE: Final = {"ctrl+l": "redraw", "ctrl+z": "suspend"}
_BY: Final = {"up": -1, "down": 1}
_NO_LINE: Final = "nothing is typed, so that what was pasted is left alone: / filters, : commands"


def write(screen: Screen, snapshot: Snapshot, look: Look, key: str, character: str | None) -> Next:
    """The next state after a key of which `character` is what it writes, and what is to be done."""
    prompt = screen.prompt
    if prompt is None:
        return only(screen)
    if key in _OUTSIDE:
        return screen, (Effect(name=_OUTSIDE[key]),)
    if key in _GIVE_UP:
        return only(abandoned(screen))
    if key == "enter":
        return _entered(screen, prompt, snapshot, look)
    if key in _BY:
        return only(_stepped(screen, prompt, snapshot, _BY[key], look))
    return only(typed(screen, edited(prompt, key, character), look))


def paste(screen: Screen, text: str, look: Look) -> Screen:
    """A text at once. Where no line is typed it is left alone: letter by letter it would be commands."""
    if screen.prompt is None:
        return replace(screen, toast=Toast(text=_NO_LINE, bad=True))
    return typed(screen, pasted(screen.prompt, text), look)


def _entered(screen: Screen, prompt: Prompt, snapshot: Snapshot, look: Look) -> Next:
    if prompt.purpose is not Purpose.COMMAND:
        return entered(screen, snapshot, look)
    screen = replace(screen, prompt=None)
    found = offered(screen, snapshot, prompt.text)
    if not found:
        complaint = f"no command, queue, task, worker, schedule or job is called {prompt.text.strip()}"
        return only(replace(screen, prompt=replace(prompt, complaint=complaint)))
    return _chosen(screen, found[min(prompt.chosen, len(found) - 1)], snapshot, look)


def _chosen(screen: Screen, offer: Offer, snapshot: Snapshot, look: Look) -> Next:
    if offer.key is not None:
        return act(offer.key, screen, snapshot, look)
    return only(offer.screen or screen)


def _stepped(screen: Screen, prompt: Prompt, snapshot: Snapshot, by: int, look: Look) -> Screen:
    """The filter typed before, or the next of the commands that are offered."""
    if prompt.purpose is not Purpose.COMMAND:
        return recalled(screen, -by, look)
    last = len(offered(screen, snapshot, prompt.text)) - 1
    return replace(screen, prompt=replace(prompt, chosen=max(0, min(prompt.chosen + by, last))))
