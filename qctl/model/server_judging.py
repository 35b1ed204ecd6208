"""Is a Redis fit to keep jobs? Judged by what it says of itself: version, memory, persistence."""

from __future__ import annotations

from collections.abc import Mapping

from qctl.model.finding import fail, ok, warn
from qctl.model.show import duration, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.finding import Finding

Version = tuple[int, ...]

#: The oldest of each flavour that the scripts are tested on.
OLDEST: Final[Mapping[str, Version]] = {"redis": (6, 2), "valkey": (7, 2)}
#: Of each line of releases the first in which a script can no longer break out of its sandbox.
CVE: Final = "CVE-2025-49844"
FIXED: Final[Mapping[str, tuple[Version, ...]]] = {
    "redis": ((6, 2, 20), (7, 2, 11), (7, 4, 6), (8, 0, 4), (8, 2, 2)),
    "valkey": ((7, 2, 11), (8, 0, 6), (8, 1, 4)),
}
_NEARLY_FULL: Final = 0.9
_SHORT_OF_WRITES: Final = "err"

Info = Mapping[str, str]


def version_of(info: Info) -> tuple[str, Version]:
    """Flavour and version of a server, from its INFO."""
    flavour = "valkey" if "valkey_version" in info else "redis"
    said = info.get(f"{flavour}_version", "0")
    return flavour, tuple(int(part) for part in said.split(".") if part.isdecimal())


def has_known_hole(flavour: str, version: Version) -> bool:
    """Whether a version is older than the releases that mend the hole; packages of distributions may have mended it."""
    lines = FIXED.get(flavour, ())
    mended = next((first for first in lines if first[:2] == version[:2]), None)
    return version < (mended or lines[-1]) if lines else False


def judge_version(info: Info, *, embedded: bool, from_wheel: bool) -> Finding:
    """Is it new enough, and is what is known of its version a matter here (attack 43)?"""
    flavour, version = version_of(info)
    name = f"{flavour} {'.'.join(map(str, version))}"
    oldest = OLDEST[flavour]
    if version < oldest:
        least = ".".join(map(str, oldest))
        return fail("version", f"{name}: qctl needs {least} or later", "apt-get install redis-server")
    if embedded and from_wheel:
        found = f"{name}, the fallback that comes with qctl, behind a socket that only you can open"
        return warn("version", found, "apt-get install redis-server && qctl down        the next start takes that one")
    if not embedded and has_known_hole(flavour, version):
        found = f"{name} is older than the releases that mend {CVE}, unless its package has the mend"
        return warn("version", found, "apt-get install --only-upgrade redis-server        on its machine")
    return ok("version", name)


def judge_memory(info: Info, cli: str) -> Finding:
    """May it drop jobs to make room (fault 41), and is there room? `cli` is how its command line is called."""
    limit, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    policy = info.get("maxmemory_policy", "noeviction")
    if not limit:
        return ok("memory", f"{size(used)} used, no maxmemory")
    found = f"{size(used)} of {size(limit)} used, {policy}"
    if policy != "noeviction":
        advice = f"{cli} CONFIG SET maxmemory-policy noeviction"
        return fail("memory", f"{found}: it may drop jobs to make room", advice)
    if used >= limit:
        return fail(
            "memory", f"{found}: full, nothing can be submitted", "qctl rm --query QUERY        removes ended jobs"
        )
    if used > limit * _NEARLY_FULL:
        return warn("memory", f"{found}: nearly full", "qctl rm --query QUERY        removes ended jobs")
    return ok("memory", found)


def judge_persistence(info: Info, settings: Mapping[str, str], cli: str) -> Finding:
    """What is lost when it dies (fault 35)? `settings` are `appendfsync` and `save`, as far as they can be read."""
    if info.get("aof_enabled") == "1":
        return _append_only(info, settings.get("appendfsync", ""), cli)
    save = settings.get("save")
    advice = f"{cli} CONFIG SET appendonly yes"
    if info.get("rdb_last_bgsave_status") == _SHORT_OF_WRITES:
        return fail("persistence", "its last snapshot failed, and it may refuse writes", f"{cli} INFO persistence")
    if save == "":
        return warn("persistence", "none: all jobs are lost when it stops", advice)
    longest = max((int(word) for word in (save or "").split()[::2] if word.isdecimal()), default=0)
    lost = f"up to {longest} seconds ({duration(longest)})" if longest else "everything since the last one"
    return warn("persistence", f"snapshots only: {lost} may be lost", advice)


def _append_only(info: Info, fsync: str, cli: str) -> Finding:
    if info.get("aof_last_write_status") == _SHORT_OF_WRITES:
        return fail("persistence", "the last write to its append-only file failed", f"{cli} INFO persistence")
    lost = {
        "always": "nothing that was accepted is lost",
        "everysec": "up to 2 seconds may be lost",
        "": "how often it is written to disk cannot be read",
    }
    if fsync not in lost:
        found = f"append-only file, appendfsync {fsync}: up to 30 seconds may be lost"
        return warn("persistence", found, f"{cli} CONFIG SET appendfsync everysec")
    said = f", appendfsync {fsync}" if fsync else ""
    return ok("persistence", f"append-only file{said}: {lost[fsync]}")
