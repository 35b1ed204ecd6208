"""The program `crontab`: the only one that may read and write what a user's cron runs."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess

from qctl.errors import NotPermitted, QctlError


class NoCrontab(QctlError):
    """there is no crontab of {user}"""

    help = "qctl import crontab --system        reads those of the machine\nqctl import crontab FILE"


class NoCrontabProgram(QctlError):
    """there is no `crontab` here: cron is not installed, or not on PATH"""

    help = "qctl import crontab FILE"


def caller() -> str:
    """The name of the user who calls: of the one whose rights they are, whatever the environment says."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def read_crontab(user: str, patience: float | None = None) -> str:
    """The crontab of a user; `patience`: seconds for the program, as long as it takes if None.

    Raises NoCrontab, NoCrontabProgram, and NotPermitted for what else goes wrong.
    """
    what = f"read the crontab of {user}"
    try:
        ended = _run(user, "-l", patience=patience)
    except subprocess.TimeoutExpired:
        raise NotPermitted(f"cannot {what}: `crontab -l` takes more than {patience:g} s") from None
    if ended.returncode == 0:
        return ended.stdout
    if "no crontab for" in ended.stderr:
        raise NoCrontab(user=user)
    raise _refused(ended, what)


def install_crontab(user: str, text: str) -> None:
    """Put a crontab in the place of a user's. Raises as `read_crontab`."""
    ended = _run(user, "-", given=text)
    if ended.returncode:
        raise _refused(ended, f"install the crontab of {user}")


def _run(user: str, word: str, *, given: str = "", patience: float | None = None) -> subprocess.CompletedProcess[str]:
    program = shutil.which("crontab")
    if program is None:
        raise NoCrontabProgram
    of = () if user == caller() else ("-u", user)
    command = [program, *of, word]
    try:
        ended = subprocess.run(command, input=_bytes(given), capture_output=True, timeout=patience, check=False)
    except OSError as error:
        raise NotPermitted(f"cannot run {program}: {error.strerror}") from None
    return subprocess.CompletedProcess(command, ended.returncode, _text(ended.stdout), _text(ended.stderr))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _refused(ended: subprocess.CompletedProcess[str], what: str) -> NotPermitted:
    said = [line for line in ended.stderr.splitlines() if line.strip()]
    return NotPermitted(f"cannot {what}: {said[-1].strip() if said else f'exit {ended.returncode}'}")
