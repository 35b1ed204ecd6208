"""What a terminal sends, read so that no key is lost: not Esc right before another one, none behind broken text."""

from __future__ import annotations

import codecs
import os
import re
import selectors

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from textual.message import Message

_AT_ONCE: Final = 4096  #: bytes
_TURN_S: Final = 0.1  #: after which it is looked whether a lone Esc was all
_ESC: Final = "\x1b"
_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"
#: What may follow an Esc that begins the name of a key or an answer of the terminal; before anything else it is a key.
#: Backspace after it is a word's.
_BEGINS: Final = r"\[O\]PNX^_\x1b\x7f"
_STRAY: Final = re.compile(r"\x1b(?=[^\[])")  #: in what is pasted
_APART: Final = re.compile(f"(?<=\x1b)(?=[^{_BEGINS}])")


class Keys(XTermParser):
    """Textual's reading of keys. It takes Esc, with another key right behind it, for one that nobody knows."""

    def __init__(self) -> None:
        super().__init__()
        self._pastes = False
        self._ended_by_esc = False

    def feed(self, data: str) -> Iterable[Message]:
        if self._ended_by_esc and re.match(f"[^{_BEGINS}]", data):
            yield from self._as_a_key()
        if self._is_of_a_paste(data):
            yield from super().feed(_STRAY.sub("", data))
        else:
            *keys, last = _APART.split(data)
            for part in keys:
                yield from super().feed(part)
                yield from self._as_a_key()
            yield from super().feed(last)
        self._ended_by_esc = data.endswith(_ESC)

    def _as_a_key(self) -> Iterable[Message]:
        """The Esc that came last is a key, and need not be waited for."""
        if self._timeout_time is not None:
            self._timeout_time = 0.0
            yield from self.tick()

    def _is_of_a_paste(self, data: str) -> bool:
        """Whether some of it is pasted, in which an Esc is no key."""
        was, begun, ended = self._pastes, data.rfind(_PASTE), data.rfind(_PASTED)
        self._pastes = begun > ended if begun >= 0 or ended >= 0 else was
        return was or begun >= 0


class Terminal(LinuxDriver):
    """Textual's driver of a terminal, with a reading of its own."""

    def run_input_thread(self) -> None:
        keys, decode = Keys(), codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_TURN_S):
                    data = os.read(self.fileno, _AT_ONCE)
                    if not data:
                        return  # the terminal is gone
                    self._hand_on(keys.feed(text) if (text := decode(data)) else ())
                self._hand_on(keys.tick())

    def _hand_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
