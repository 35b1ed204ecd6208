"""Whose qctl is looked at, and which others there are on this machine."""

from __future__ import annotations

import os
import pwd
from typing import Final

from qctl.client.server import SYSTEM_STATE, hidden_system_instance, running_server, shown_url, state_directory
from qctl.errors import QctlError
from qctl.model.finding import Finding, fail, ok, warn

_MOST: Final = 1000  #: accounts that are looked at


def look_at_instances(url: str | None) -> Finding:
    """Which instance the caller means: the one at a URL, or his own; and what others he might have meant."""
    name = "instance"
    others = _others()
    also = f"; others here: {', '.join(others)}" if others else ""
    try:
        if url is not None:
            return ok(name, f"shared, at {shown_url(url)}{also}")
        found = f"the embedded one of user {_me()} in {state_directory()}"
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
    me = state_directory()
    found = ["root's"] if os.geteuid() != 0 and os.path.isdir(SYSTEM_STATE) else []
    for account in pwd.getpwall()[:_MOST]:
        place = os.path.join(account.pw_dir, ".local/state/qctl")
        if place != str(me) and account.pw_uid != os.geteuid() and os.path.exists(os.path.join(place, "redis.sock")):
            found.append(f"{account.pw_name}'s")
    return found


def _me() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
