"""`--each -`: a group whose members start while stdin is still open; what comes is added in batches (C44, C60)."""

from __future__ import annotations

import math
import os
import select
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress

from qctl import clock
from qctl.classes import replace
from qctl.cli.accompanying import accompany_workflow
from qctl.cli.composing import chorded, with_files
from qctl.cli.each import BadLine
from qctl.cli.emit import write
from qctl.cli.ending_signals import EndingSignals
from qctl.cli.one import go_along, submit_one
from qctl.cli.step_words import composed
from qctl.client.workflows import GIVEN_UP_MS, SAY_EVERY, FeedingLost, GroupClosed, open_group
from qctl.errors import QctlError, RedisUnreachable, UsageError
from qctl.model.exit_codes import INTERRUPTED
from qctl.model.show import count
from qctl.model.workflow.tree import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Any, Final

    from qctl.cli.session import Session
    from qctl.cli.submit_options import Manner
    from qctl.client import Client
    from qctl.client.workflows import OpenGroup
    from qctl.config import Config
    from qctl.config.requests import Options
    from qctl.model.workflow.tree import Group

_BATCH: Final = 500  #: lines that are sent at once
_LINGER: Final = 0.2  #: seconds that a batch waits for more lines
_AT_A_TIME: Final = 0.5  #: seconds in which batch after batch is added; then who waits may look
_CHUNK: Final = 65536
_LONGEST: Final = 1024 * 1024  #: bytes of a line

Lines = Sequence[tuple[int, str]]
Steps = tuple[Step, ...]


class Arriving:
    """The lines of stdin as they come, numbered, those that are empty left out."""

    def __init__(self, *, null: bool) -> None:
        self._end = b"\0" if null else b"\n"
        self._pending = b""
        self._number = 0
        self.ended = False

    def batch(self, wait: float | None, waiting: Callable[[], AbstractContextManager[None]] = nullcontext) -> Lines:
        """The next lines, at most 500: none if none has come within `wait` seconds, or after the end.

        It waits within `waiting`.

        Raises UsageError for a line beyond all measure, and BadLine for one that is not UTF-8.
        """
        while not self.ended and self._pending.count(self._end) < _BATCH:
            patience = _LINGER if self._end in self._pending else wait
            with waiting():
                come = select.select([sys.stdin], [], [], patience)[0]
            if not come:
                break
            data = os.read(sys.stdin.fileno(), _CHUNK)
            self.ended = not data
            self._pending += data
            if len(self._pending) > _LONGEST and self._end not in self._pending:
                raise UsageError(f"--each: a line of stdin has more than {_LONGEST >> 20} MB")
        return self._taken()

    def _taken(self) -> Lines:
        *whole, rest = self._pending.split(self._end)
        if self.ended and rest:
            whole, rest = [*whole, rest], b""
        found = []
        for raw in whole[:_BATCH]:
            self._number += 1
            line = raw if self._end == b"\0" else raw.removesuffix(b"\r")
            if line:
                found.append((self._number, self._text(line)))
        self._pending = self._end.join([*whole[_BATCH:], rest])
        return found

    def _text(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError:
            raise BadLine("stdin", self._number, UsageError("it is not UTF-8")) from None


class FeedingStopped(QctlError):
    """{reason}; workflow {id} is cancelled: {count} had been added"""

    def __init__(self, cause: QctlError, workflow: str, members: int) -> None:
        reason = str(cause).removesuffix("; nothing was submitted")
        super().__init__(reason=reason, id=workflow, count=count(members, "member"), help=cause.advice)
        self.exit_code, self.code = cause.exit_code, cause.code  # type: ignore[misc]


class Feeder:
    """Adds the members of lines to an open group, and seals it when the lines have ended.

    What goes wrong cancels the workflow: what comes after the group would take a part for the whole. So does the store
    if nothing is heard of the feeder for a while, which is then dead.
    """

    def __init__(
        self,
        client: Client,
        group: OpenGroup,
        arriving: Arriving,
        members: Callable[[Lines], Steps],
        signals: EndingSignals,
    ) -> None:
        self._client, self._group, self._arriving, self._members = client, group, arriving, members
        self._signals = signals
        self._done = False
        self._was_full = False  #: the last batch: more lines may be there
        self._heard_at = -math.inf

    @property
    def done(self) -> bool:
        """Whether there are no more members."""
        return self._done

    @property
    def count(self) -> int:
        """How many members there are."""
        return self._group.members

    def catch_up(self) -> None:
        """Add what is there, for a moment at most. Raises as `step`."""
        until = clock.monotonic() + _AT_A_TIME
        self.step()
        while self._was_full and not self.done and clock.monotonic() < until:
            self.step()

    def step(self, wait: float | None = 0.0) -> None:
        """Add what has come within `wait` seconds. Raises FeedingStopped, GroupClosed, FeedingLost."""
        self._signals.check()
        if self.done:
            return
        try:
            if clock.monotonic() - self._heard_at >= SAY_EVERY:
                with suppress(RedisUnreachable):  # what is added next has the patience
                    self._group.hold(GIVEN_UP_MS)
                self._heard_at = clock.monotonic()
            lines = self._arriving.batch(wait, self._signals.waiting)
            self._was_full = len(lines) >= _BATCH
            self._group.add(self._members(lines))
            if self._arriving.ended:
                self._group.seal()
                self._done = True
        except (GroupClosed, FeedingLost):
            raise
        except QctlError as error:
            self._cancel(f"line of stdin: {error}")
            raise FeedingStopped(error, self._group.workflow_id, self.count) from error

    def let_go(self) -> str:
        """Cancel what is unfinished, after Ctrl-C, and answer what is to be said of that; nothing once it is sealed."""
        if self.done:
            return ""
        self._cancel("interrupted while members were being added")
        return f"interrupted while members were being added: workflow {self._group.workflow_id} is cancelled"

    def _cancel(self, reason: str) -> None:
        self._done = True
        self._client.cancel([self._group.workflow_id], reason)


def feed(
    members: Callable[[Lines], Steps],
    how: Callable[[int | None], Group],
    then: str | None,
    here: Session,
    config: Config,
    chosen: Options,
    manner: Manner,
    timeout: float | None,
    *,
    null: bool,
) -> int:
    """Submit a group of the lines of stdin as they come. Answers the exit code.

    What has ended before the first batch is full is submitted as any other group.
    """
    if sys.stdin.isatty():
        here.say("one line for each member; Ctrl-D ends them")
    arriving = Arriving(null=null)
    first = members(arriving.batch(None))
    whole = arriving.ended
    group = replace(how(len(first) if whole else None), members=first, open=not whole)
    one = with_files(composed(chorded(group, then), here.folder, chosen), here.say, "--each")
    if whole:
        return submit_one(one, config, here, manner, no_other)
    with here.client(config) as client, EndingSignals() as signals:
        receipt, opened = open_group(client, one, strict=client.knows_every_task)
        if opened is None:
            return go_along(client, receipt, one, here, manner, timeout, whole=True)
        feeder = Feeder(client, opened, arriving, members, signals)
        try:
            if manner.stays:
                done = accompany_workflow(client, receipt.id, here, follow=manner.follow, timeout=timeout, feed=feeder)
            else:
                done = _feed_alone(feeder, receipt.id, here)
        except KeyboardInterrupt as key:
            here.let_go(feeder.let_go(), key)
            done = INTERRUPTED
        return signals.code(done)


def _feed_alone(feeder: Feeder, workflow: str, here: Session) -> int:
    write(workflow)
    while not feeder.done:
        feeder.step(SAY_EVERY)
    here.say(f"started {workflow}, {count(feeder.count, 'member')} · qctl wait {workflow} · qctl logs -f {workflow}")
    return 0


def no_other(_name: str) -> Any:
    """In place of a command that would be needed: a workflow is not run here."""
    raise AssertionError("no other command is needed for a workflow")
