"""How this process becomes a worker or a beat, or starts a worker in the background."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from qctl.client.temporary import where_qctl_is_found
from qctl.config.own_files import open_own
from qctl.model.supervised import unsupervised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, Final

WORKER: Final = "qctl.cli.worker"  #: the modules that these processes are
BEAT: Final = "qctl.cli.beat"


def become_worker(options: Mapping[str, Any]) -> None:
    """Replace this process by a worker's; it keeps the pid, the terminal and the folder. Does not return."""
    _become(WORKER, options)


def become_beat(options: Mapping[str, Any]) -> None:
    """Replace this process by a beat's, likewise."""
    _become(BEAT, options)


def _become(program: str, options: Mapping[str, Any]) -> None:
    descriptor = _kept(options)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, _words(program, descriptor, options), where_qctl_is_found(os.environ))  # noqa: S606 - that is what it is for


LARGEST_LOG: Final = 10 * 1024 * 1024  #: bytes


def start_worker(options: Mapping[str, Any], log: Path) -> subprocess.Popen[bytes]:
    """Start a worker in a session of its own that writes to a log file; one that is large makes room for a new one."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.rename(log.with_suffix(".log.1"))
    descriptor = _kept(options)
    try:
        with open(open_own(log, os.O_WRONLY | os.O_APPEND), "ab") as sink:
            return subprocess.Popen(
                _words(WORKER, descriptor, options),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                pass_fds=[descriptor],
                env=where_qctl_is_found(unsupervised(os.environ)),
            )
    finally:
        os.close(descriptor)


def _kept(options: Mapping[str, Any]) -> int:
    """Write the options where the next program finds them and nobody else does."""
    descriptor = os.memfd_create("qctl-worker", 0)
    os.write(descriptor, json.dumps(options).encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.set_inheritable(descriptor, True)
    return descriptor


def _words(program: str, descriptor: int, options: Mapping[str, Any]) -> list[str]:
    """The words of the process. The last ones are read by nobody but people, in a list of processes."""
    named = ["--name", str(options["name"])] if options.get("name") else []
    told = ["qctl", program.rpartition(".")[2], *named]
    return [sys.executable, "-P", "-m", program, str(descriptor), *told]
