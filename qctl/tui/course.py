"""How a screen goes on: its state and the newest look, and what becomes of them by keys, clicks, words and looks."""

from __future__ import annotations

from collections import deque

from qctl.classes import replace
from qctl.tui.draw import draw
from qctl.tui.holding import UNANSWERED, is_early
from qctl.tui.press import click, press, settled
from qctl.tui.screen import Answer, Effect, Toast
from qctl.tui.spoken import spoken
from qctl.tui.wanting import want
from qctl.tui.writing import paste, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.client.watching import Snapshot, Want
    from qctl.tui.acts.acting import Next
    from qctl.tui.look import Look
    from qctl.tui.picture import Picture
    from qctl.tui.screen import Screen
    from qctl.tui.spoken import Said

Effects = tuple[Effect, ...]
_ANSWERS: Final = 100  #: that are kept
_AT_ONCE: Final = "ctrl+c"  #: what waits is given up for it
_PASTED: Final = "<paste>"  #: in the place of a key: text that waits with the keys


class Course:
    """One screen over its time. `look_at` is how to draw at a server time in ms."""

    def __init__(self, screen: Screen, first: Snapshot, look_at: Callable[[int], Look]) -> None:
        self.screen, self.snapshot = screen, first
        self._look_at = look_at
        self._held: deque[tuple[str, str | None]] = deque()  #: keys, and what they write, that wait for a look

    @property
    def look(self) -> Look:
        return self._look_at(self.snapshot.now_ms)

    @property
    def is_free(self) -> bool:
        """Whether nothing is asked or typed that a click would be beside, and no key waits that it would overtake."""
        return self.screen.prompt is None and self.screen.question is None and not self._held

    def picture(self) -> Picture:
        return draw(self.screen, self.snapshot, self.look)

    def spoken(self, begun_ms: int) -> list[Said]:
        """The newest look in words, of which those are news that are other ones than at this time."""
        return spoken(self.screen, self.snapshot, self.look, self._look_at(begun_ms))

    def wanted(self) -> Want:
        """What is to be read for it."""
        return want(self.screen, self.look)

    def resize(self, width: int, height: int) -> None:
        self.screen = replace(self.screen, width=width, height=height)

    def take(self, snapshot: Snapshot) -> bool:
        """Take the next look, unless the screen stands still. Whether it was taken."""
        if self.screen.frozen:
            return False
        self.snapshot = snapshot
        self.screen = settled(self.screen, snapshot, self.look)
        return True

    def tell(self, toast: Toast) -> None:
        """Say what an action came to, for some seconds and in the list of events."""
        before = self.screen.answers
        number = before[0].number + 1 if before else 1
        one = Answer(number=number, at_ms=self.snapshot.now_ms, text=toast.text, bad=toast.bad)
        self.screen = replace(self.screen, toast=toast, answers=(one, *before)[:_ANSWERS])

    def fade(self, toast: Toast) -> None:
        """Its time is over, if it still stands."""
        if self.screen.toast is toast:
            self.screen = replace(self.screen, toast=None)

    def press(self, key: str, character: str | None = None) -> Effects:
        """A key, and what it writes where a line is typed. It waits for its rows, and behind those that wait."""
        if key == _AT_ONCE:
            self._held.clear()
        self._held.append((key, character))
        return self.press_held()

    def press_held(self) -> Effects:
        """Press the keys that have waited for this look. If there is none to be had, give them up and say so."""
        effects: Effects = ()
        while self._held:
            key, character = self._held.popleft()
            if not is_early(self.screen, self.snapshot, key):
                effects += self._pressed(key, character)
            elif self.snapshot.trouble:
                self._held.clear()
                self.screen = replace(self.screen, toast=Toast(text=UNANSWERED, bad=True))
            else:
                self._held.appendleft((key, character))
                break
        return effects

    def _pressed(self, key: str, character: str | None) -> Effects:
        if key == _PASTED:
            self.screen = paste(self.screen, character or "", self.look)
            return ()
        if self.screen.prompt is not None:
            return self._follow(write(self.screen, self.snapshot, self.look, key, character))
        return self._follow(press(self.screen, self.snapshot, self.look, key))

    def paste(self, text: str) -> Effects:
        """Text that somebody pastes goes into the line that is typed, and nowhere else: it is no keys."""
        return self.press(_PASTED, text)

    def click(self, at: tuple[int, int], *, twice: bool) -> Effects:
        return self._follow(click(self.screen, self.snapshot, self.look, at, twice=twice))

    def _follow(self, following: Next) -> Effects:
        self.screen, effects = following
        return effects
