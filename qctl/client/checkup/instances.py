"""Whose qctl is looked at, and which others there are on this machine."""

from __future__ import annotations

import os
import pwd
from itertools import islice
from pathlib import Path

from qctl.client.server import SYSTEM_STATE, hidden_system_instance, running_server, shown_url, state_directory
from qctl.errors import QctlError
from qctl.model.finding import fail, ok, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.finding import Finding

HOMES: Final = "/home"
_MOST: Final = 100  #: instances that are named


def look_at_instances(url: str | None) -> Finding:
    """Which instance the caller means: the one at a URL, or his own; and what others he might have meant."""
    name = "instance"
    others = _others()
    also = f"; others here: {', '.join(others)}" if others else ""
    try:
        if url is not None:
            return ok(name, f"shared, at {shown_url(url)}{also}")
        found = f"the embedded one of user {_name(os.geteuid())} in {state_directory()}"
        if running_server() is not None:
            return ok(name, f"{found}{also}")
    except QctlError as error:
        return fail(name, str(error), error.advice or "qctl config --origin")
    if hidden_system_instance():
        found = f"none of yours runs, and that of root in {SYSTEM_STATE} you may not read"
        return warn(name, found, "sudo qctl status        looks at that one; qctl up -d starts your own")
    return ok(name, f"{found}, which does not run{also}")


def _others() -> list[str]:
    """Owners of other embedded servers, as far as the caller can see them."""
    found = ["root's"] if os.geteuid() != 0 and os.path.isdir(SYSTEM_STATE) else []
    sockets = islice(Path(HOMES).glob("*/.local/state/qctl/redis.sock"), _MOST)
    owners = {each.stat().st_uid for each in sockets if each.exists()} - {os.geteuid()}
    return found + [f"{_name(uid)}'s" for uid in sorted(owners)]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
