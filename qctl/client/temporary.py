"""A temporary worker: it runs only the jobs that it is told, outlives whoever asked for it, and goes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from qctl.client.asking import Instance


def start_temporary_worker(ids: Sequence[str], instance: Instance, file: str, log: str = os.devnull) -> int:
    """Start a worker process for these jobs, in a session of its own. Answers its pid.

    `file` is the tasks.toml that it reads, `log` where it writes what happens to it.
    """
    words = [sys.executable, "-m", "qctl", "--namespace", instance.namespace]
    if not instance.embedded:
        words += ["--redis", instance.url]
    if file:
        words += ["--file", file]
    words.append("worker")
    for job in ids:
        words += ["--only", job]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QCTL_")}
    environment |= {name: os.environ[name] for name in ("QCTL_REDIS_SERVER",) if name in os.environ}
    with open(log, "ab") as sink:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            env=environment,
        )
    # It outlives us: nobody waits for it here, and that is no leak.
    process.returncode = 0
    return process.pid
