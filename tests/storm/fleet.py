"""The workers of a storm: real `qctl worker` processes, each at a place of its own where another follows it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.storm import newer_qctl
from tests.support import Home, altered_qctl
from tests.support.faked_server import faketime_library, forget_clock
from tests.support.processes import Seen, children, every_process
from tests.support.waiting import eventually

ENDS_WITHIN: Final = 30.0  #: seconds for a worker to go when nothing is left to do


@dataclass
class Member:
    """A place in the fleet, and the worker that has it now."""

    number: int
    folder: Path
    faked: bool = False  #: whether its wall clock can be set
    newer: bool = False  #: whether it is of the next release, which writes and reads another form of records
    process: subprocess.Popen[bytes] | None = None
    stopped: bool = False
    logs: list[Path] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"w{self.number}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def clock_file(self) -> Path:
        return self.folder / "clock"


class Fleet:
    """Some workers over one Redis."""

    def __init__(
        self,
        home: Home,
        url: str,
        count: int,
        slots: int,
        lease: float,
        *,
        without: Sequence[str] = (),
        alike: bool = False,
    ) -> None:
        """`without`: protections that all of them lack.

        Unless they are to be `alike` the first is of the next release, and the last runs under a clock that can be set.
        """
        self.slots, self.lease = slots, lease
        self._home, self._url, self._without = home, url, without
        self.members = [Member(n, home.folder / f"w{n}") for n in range(count)]
        self.members[-1].faked = self.members[0].newer = not alike
        for member in self.members:
            member.folder.mkdir(mode=0o700)
            self.start(member)

    def start(self, member: Member) -> None:
        """Start a worker at this place, where there is none or a dead one."""
        log = member.folder / f"log{len(member.logs)}"
        member.logs.append(log)
        words = ["worker", "-c", str(self.slots), "--lease", f"{self.lease}s", "--name", member.label]
        words += ["--redis", self._url, "-l", "warning", "--json-logs"]
        with log.open("wb") as stream:
            member.process = subprocess.Popen(
                [*self._program(member), *words],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env=self._home.environment(self._variables(member)),
                cwd=self._home.work,
                start_new_session=True,
            )
        member.stopped = False

    def kill(self, member: Member) -> None:
        """`kill -9` of the worker itself; what is below it learns of it by itself."""
        assert member.process is not None
        member.process.kill()
        member.process.wait()
        if member.faked:
            forget_clock(member.pid)

    def stop(self, member: Member) -> None:
        """Let it stand still."""
        os.kill(member.pid, signal.SIGSTOP)
        member.stopped = True

    def go_on(self, member: Member) -> None:
        """Let it go on, as if nothing had been."""
        if member.stopped:
            os.kill(member.pid, signal.SIGCONT)
        member.stopped = False

    def shift_clock(self, member: Member, by: timedelta) -> None:
        """Set a worker's wall clock by its distance to the real one."""
        set_clock(member.clock_file, by)

    def finish(self) -> list[str]:
        """Let all of them go in order. Answers what was not as it should be."""
        for member in self.members:
            self.go_on(member)
            assert member.process is not None
            eventually(lambda member=member: _hears(member), within=30.0, every=0.05)  # type: ignore[misc]
            member.process.terminate()
        return [wrong for member in self.members if (wrong := self._ended(member))]

    def close(self) -> None:
        """End all of them, whatever they do."""
        for member in self.members:
            self.kill(member)

    def records(self, action: str) -> list[dict[str, Any]]:
        """The records of one action in all logs."""
        lines = (line for member in self.members for log in member.logs for line in log.read_text().splitlines())
        return [one for one in map(json.loads, filter(_is_record, lines)) if one["action"] == action]

    def complaints(self) -> list[str]:
        """Lines of the logs that are no records: tracebacks, and what was said before there was a log."""
        said = [(log, line) for member in self.members for log in member.logs for line in log.read_text().splitlines()]
        return [f"{log.parent.name}/{log.name}: {line}" for log, line in said if not _is_record(line)]

    def _ended(self, member: Member) -> str | None:
        assert member.process is not None
        try:
            code = member.process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            member.process.kill()
            member.process.wait()
            return f"{member.label} did not go within {ENDS_WITHIN:g} s"
        return f"{member.label} went with exit code {code}" if code else None

    def _program(self, member: Member) -> list[str]:
        if not self._without and not member.newer:
            return [sys.executable, "-P", "-m", "qctl"]
        lacking = [word for name in self._without for word in ("--without", name)]
        module = newer_qctl.MODULE if member.newer else altered_qctl.MODULE
        return [sys.executable, "-P", "-m", module, *lacking, "--"]

    def _variables(self, member: Member) -> dict[str, str]:
        """A place of its own for what it keeps for its jobs: whoever comes after it clears that away."""
        found = {"TMPDIR": os.fspath(member.folder)}
        if member.faked:
            set_clock(member.clock_file, timedelta())
            found |= clock_variables(member.clock_file)
        return found


def templates_of(member: Member) -> list[Seen]:
    """The processes that fork slots, of a worker."""
    return children(member.pid)


def slots_of(member: Member) -> list[Seen]:
    """The slots of a worker; none if it is gone, or has only begun to start."""
    everyone = list(every_process())
    templates = {seen.pid for seen in everyone if seen.parent == member.pid and seen.state != "Z"}
    return [seen for seen in everyone if seen.parent in templates and seen.state != "Z"]


def set_clock(file: Path, by: timedelta) -> None:
    """Set the clocks that read this file by their distance to the real one."""
    new = file.with_suffix(".new")
    new.write_text(f"{by.total_seconds():+.6f}\n")
    new.replace(file)


def clock_variables(file: Path) -> dict[str, str]:
    """What lets a process read its wall clock from a file, and nothing but that one."""
    return {
        "LD_PRELOAD": faketime_library(),
        "FAKETIME_TIMESTAMP_FILE": os.fspath(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def _hears(member: Member) -> bool:
    """Whether it catches SIGTERM by now, by what the kernel says of it."""
    status = Path(f"/proc/{member.pid}/status").read_text()
    (caught,) = (int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(caught >> signal.SIGTERM - 1 & 1)


def _is_record(line: str) -> bool:
    return line.startswith("{")
