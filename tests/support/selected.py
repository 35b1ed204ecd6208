"""The worker's connection, which never waits, carried as a transport: so that one test asks both kinds the same."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from selectors import DefaultSelector
from typing import Any

from qctl.clock import monotonic
from qctl.engine.line import Line
from qctl.errors import QctlError
from qctl.store import Address, Command
from qctl.store.refusals import ConnectionBroken
from qctl.store.sockets import targets


class Selected:
    """A Line in a selector of its own. It tries each address of the host once, as a transport does."""

    def __init__(self, address: Address, timeout: float) -> None:
        self.address = address
        self.timeout = timeout
        self._selector: DefaultSelector | None = None
        self._line: Line | None = None
        self._errors: list[QctlError] = []

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """As `Wire.exchange`."""
        found: list[list[Any]] = []
        line = self._line = self._line or self._new_line()
        self._errors.clear()
        asked, tries = False, 1 if self.address.hosts else len(targets(self.address))
        deadline = monotonic() + tries * (self.timeout + 1.0)  # the Line's own comes first, for each of them

        def lost() -> None:
            nonlocal asked
            asked = False

        while not found and len(self._errors) < tries:
            if monotonic() > deadline:
                raise ConnectionBroken(url=self.address.shown, reason=f"silent for {self.timeout:g} s")
            line.run_once(monotonic())
            asked = asked or line.ask(commands, found.append, lost, monotonic())
            assert self._selector is not None, "there is a line"
            for key, _ in self._selector.select(0.01):
                key.data(monotonic())
        if found:
            return found[0]
        raise self._errors[0]

    def close(self) -> None:
        """As `Wire.close`."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._selector is not None:
            self._selector.close()
            self._selector = None

    def _new_line(self) -> Line:
        self._selector = self._selector or DefaultSelector()
        line = Line(self.address, self._selector, Random(1), self.timeout)
        line.on_down = self._errors.append
        return line
