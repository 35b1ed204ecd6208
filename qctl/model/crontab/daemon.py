"""The two crons that crontabs are written for, where they differ."""

from __future__ import annotations

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """What one of them does with what the other does not know."""

    name: str
    path: str  #: PATH of a job whose crontab sets none
    cronie: bool  #: does it act on CRON_TZ, RANDOM_DELAY, `NAME=` without a value, `-n`, `0~30`


DEBIAN: Final = Daemon(name="Debian's cron", path="/usr/bin:/bin", cronie=False)
CRONIE: Final = Daemon(name="cronie", path="/usr/bin:/bin:/usr/sbin:/sbin", cronie=True)
