"""Whether a server takes new jobs, as it says of itself."""

from __future__ import annotations

from qctl.model.show import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def refusing(info: Mapping[str, str]) -> str:
    """Why a server takes no new jobs, from its INFO; empty if it does, and where it may not be asked."""
    if master := master_of(info):
        return f"Redis is a read-only replica of {master}: nothing can be submitted"
    if is_full(info):
        bounds = f"{size(int(info['used_memory']))} of {size(int(info['maxmemory']))}"
        return f"Redis is full, {bounds} used: nothing can be submitted"
    return ""


def master_of(info: Mapping[str, str]) -> str:
    """The `host:port` that a replica follows which may not be written to; empty for any other server."""
    if info.get("role") != "slave" or info.get("slave_read_only") == "0":
        return ""
    return f"{info.get('master_host', '?')}:{info.get('master_port', '?')}"


def is_full(info: Mapping[str, str]) -> bool:
    """Whether it has reached its maxmemory, and drops nothing to make room."""
    limit = int(info.get("maxmemory", 0))
    kept = info.get("maxmemory_policy", "noeviction") == "noeviction"
    return kept and 0 < limit <= int(info.get("used_memory", 0))
