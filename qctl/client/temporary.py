"""A temporary worker: it runs only the jobs that it is told, outlives whoever asked for it, and goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import qctl
from qctl.config.own_files import open_own
from qctl.model.supervised import unsupervised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.client.asking import Instance

_ROOT: Final = str(Path(qctl.__file__).parents[1])


def start_temporary_worker(ids: Sequence[str], instance: Instance, file: str, log: Path) -> int:
    """Start a worker process for these jobs, in a session of its own. Answers its pid.

    `file` is the tasks.toml that it reads, if any, `log` where it writes what happens to it.
    """
    words = [sys.executable, "-P", "-m", "qctl", "--namespace", instance.namespace]
    words += ["--file", file or os.devnull]
    words.append("worker")
    for job in ids:
        words += ["--only", job]
    environment = {name: value for name, value in unsupervised(os.environ).items() if not name.startswith("QCTL_")}
    if not instance.embedded:
        environment["QCTL_REDIS"] = instance.url  # never a word of its command line, which everybody may read
    if "QCTL_REDIS_SERVER" in os.environ:
        environment["QCTL_REDIS_SERVER"] = os.environ["QCTL_REDIS_SERVER"]
    with open(open_own(log, os.O_WRONLY | os.O_APPEND), "ab") as sink:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            env=where_qctl_is_found(environment),
        )
    # It outlives us: nobody waits for it here, and that is no leak.
    process.returncode = 0
    return process.pid


def where_qctl_is_found(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment for `python -P`: qctl is found where it is found now, the caller's folder is not searched.

    Whatever lies about there, a `json.py` for one, would be run in qctl's place (attack 27).
    """
    known = dict(environ)
    if _ROOT not in (os.path.abspath(path or ".") for path in sys.path[1:]):
        known["PYTHONPATH"] = os.pathsep.join(filter(None, [_ROOT, known.get("PYTHONPATH")]))
    return known
