"""The program that systemd is told things with."""

from __future__ import annotations

import shutil
import subprocess

from qctl.errors import QctlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class SystemdRefused(QctlError):
    """`{command}` failed: {reason}"""


class NoSystemd(QctlError):
    """systemd does not run here and can start nothing, so nothing was written"""

    help = "{again}        only writes the unit"


class Systemctl:
    """One systemd: the machine's, or that of a user."""

    def __init__(self, *, for_user: bool) -> None:
        self.for_user = for_user
        self._words = ["systemctl", *(["--user"] if for_user else [])]

    @property
    def runs(self) -> bool:
        """Whether there is a systemd to tell anything: none in a container, in a chroot, in a session without one."""
        if shutil.which("systemctl") is None:
            return False
        asked = subprocess.run([*self._words, "is-system-running"], capture_output=True, text=True, check=False)
        return asked.stdout.strip() not in ("", "offline", "unknown")

    def line(self, *words: str) -> str:
        """The command as a person types it."""
        return " ".join([*self._words, *words])

    def tell(self, *words: str) -> None:
        """Run it; what it prints is talk. Raises SystemdRefused with what it complains of."""
        ended = subprocess.run([*self._words, *words], capture_output=True, text=True, check=False)
        if ended.returncode:
            raise SystemdRefused(command=self.line(*words), reason=_last(ended.stderr) or f"exit {ended.returncode}")


def _last(text: str) -> str:
    lines: Sequence[str] = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
