"""MAILTO: who is told, and of what, as a `[notify.NAME]` (I7)."""

from __future__ import annotations

import re

from qctl.config.crontab.naming import unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

SUBJECT: Final = "qctl: output of a job that cron ran before"


class Mailing:
    """Makes the notifications that lines need, each once."""

    def __init__(self, made: dict[str, dict[str, Any]], taken: set[str]) -> None:
        self._made = made
        self._taken = taken

    def keys(self, mailto: str | None, owner: str, *, quiet: bool) -> dict[str, Any]:
        """The keys of a task whose MAILTO reads so; None: it is not set, which means the owner. Empty: nobody."""
        addresses = [each for each in re.split(r"[\s,]+", owner if mailto is None else mailto) if each]
        addresses = [each for each in addresses if not each.startswith("-")]
        return {"notify": [self._name(addresses, quiet)]} if addresses else {}

    def _name(self, addresses: list[str], quiet: bool) -> str:
        wanted = {"command": ["mail", "-s", SUBJECT, *addresses], "on": ["fail"] if quiet else ["output"]}
        known = next((name for name, said in self._made.items() if said == wanted), None)
        if known is not None:
            return known
        slug = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(each.partition("@")[0] for each in addresses)).strip("-")
        name = unique(f"mail-{slug[:60] or 'cron'}{'-failures' if quiet else ''}", self._taken | self._made.keys())
        self._made[name] = wanted
        return name
