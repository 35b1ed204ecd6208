"""The program `crontab`: the only one that may read and write what a user's cron runs."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from typing import Final

from qctl.errors import NotPermitted, QctlError

_ENCODING: Final = {"encoding": "utf-8", "errors": "surrogateescape"}


class NoCrontab(QctlError):
    """there is no crontab of {user}"""

    help = "qctl import crontab --system        reads those of the machine\nqctl import crontab FILE"


class NoCrontabProgram(QctlError):
    """there is no `crontab` here: cron is not installed, or not on PATH"""

    help = "qctl import crontab FILE"


def caller() -> str:
    """The name of the user who calls."""
    try:
        return getpass.getuser() if os.geteuid() else "root"
    except (KeyError, OSError):
        return str(os.geteuid())


def read_crontab(user: str) -> str:
    """The crontab of a user. Raises NoCrontab, NoCrontabProgram, and NotPermitted for what else goes wrong."""
    ended = _run(user, "-l")
    if ended.returncode == 0:
        return ended.stdout
    if "no crontab for" in ended.stderr:
        raise NoCrontab(user=user)
    raise _refused(ended, f"read the crontab of {user}")


def install_crontab(user: str, text: str) -> None:
    """Put a crontab in the place of a user's. Raises as `read_crontab`."""
    with tempfile.NamedTemporaryFile("w", prefix="qctl-crontab-", suffix=".txt", encoding="utf-8",
                                     errors="surrogateescape", newline="") as file:  # fmt: skip
        file.write(text)
        file.flush()
        ended = _run(user, file.name)
    if ended.returncode:
        raise _refused(ended, f"install the crontab of {user}")


def _run(user: str, *words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("crontab")
    if program is None:
        raise NoCrontabProgram
    of = () if user == caller() else ("-u", user)
    command = [program, *of, *words]
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False, **_ENCODING)  # type: ignore[call-overload, no-any-return]


def _refused(ended: subprocess.CompletedProcess[str], what: str) -> NotPermitted:
    said = [line for line in ended.stderr.splitlines() if line.strip()]
    return NotPermitted(f"cannot {what}: {said[-1].strip() if said else f'exit {ended.returncode}'}")
