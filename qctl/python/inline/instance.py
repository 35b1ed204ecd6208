"""An instance of qctl whose jobs run in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn

from qctl.config import Config
from qctl.errors import NotPermitted
from qctl.python.asked import Asked, Submitting
from qctl.python.inline.desk import Desk
from qctl.python.inline.room import Room
from qctl.python.instance import Qctl


class NoServer(NotPermitted):
    """jobs run in the process of this test: there is no server to ask, and handles know all that there is"""

    help = "a test that asks for `qctl_worker` instead has a server"


class InlineQctl(Qctl):
    """As any other instance; its jobs have ended when the call that submits them returns.

    Without `runs` they are recorded, and run when `room.turns.work()` is called.
    """

    def __init__(self, config: Config, *, runs: bool = True) -> None:
        super().__init__()
        self._given = config
        self.room = Room(config, runs=runs)
        self._desk = Desk(self.room)

    @cached_property
    def config(self) -> Config:
        return self._given

    @property
    def client(self) -> NoReturn:
        """There is none. Raises NoServer."""
        raise NoServer()

    @property
    def asked(self) -> Asked:
        """What handles ask: it answers what they ask, and nothing of a server."""
        return self._desk

    def put(self, task: str, params: Mapping[str, Any], args: Sequence[Any] = ()) -> None:
        """There is no short way: each job runs."""

    @property
    def inner(self) -> Submitting | None:
        """In a job the same, which can submit and not wait; None outside of one."""
        return self._desk if self.room.is_inside else None

    @property
    def is_inside(self) -> bool:
        """Whether a job of its own is what asks."""
        return self.room.is_inside

    @property
    def sends_whole(self) -> bool:
        """Groups of iterators are read to their end: nobody waits for the first members."""
        return True
