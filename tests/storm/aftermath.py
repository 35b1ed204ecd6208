"""What has to be true when a storm is over: nothing is held, nothing is left, nothing was complained of."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Final

from qctl.store import Command, Store
from tests.storm.fleet import Fleet
from tests.support import Home, eventually, processes_below
from tests.support.invariants import broken_invariants

GIVEN_BACK: Final = "nobody here has them"  #: what a worker says when it gives back what it never heard that it has
CALLED_DEAD: Final = re.compile(r"worker (\S+) is dead;")  #: what it says when it gives away what another had


def offenders(fleet: Fleet, home: Home, store: Store, hit: Collection[str]) -> dict[str, list[str]]:
    """Let the workers go in order, and say what is not as it should be, by the names of figures.

    `hit`: ids of the workers that were killed or stopped.
    """
    held = _held(store)
    complaints = fleet.finish() + fleet.complaints()
    given_back = [one["message"] for one in fleet.records("release") if GIVEN_BACK in one["message"]]
    return {
        "complaints": complaints,
        "repaired": given_back + [one["message"] for one in fleet.records("repaired")],
        "broken_invariants": broken_invariants(store) + held,
        "left_behind": _left(fleet, home),
        "living_called_dead": living_called_dead((one["message"] for one in fleet.records("reclaim")), hit),
    }


def living_called_dead(messages: Iterable[str], hit: Collection[str]) -> list[str]:
    """The ids of workers that others took for dead though nothing had hit them, by what those said when they did."""
    called = {found[1] for message in messages if (found := CALLED_DEAD.match(message))}
    return sorted(called.difference(hit))


def _held(store: Store) -> list[str]:
    """Keys that should be gone now that nothing waits or runs; they are given the time that a last turn takes."""
    limit, keys = "task:limited", store.keys
    names = (keys.held(limit), keys.parked(limit), keys.parked_in("default"), keys.ready("default"))
    commands = [Command(("EXISTS", name), int) for name in names]

    def there() -> list[str]:
        return [name for name, is_there in zip(names, store.do_all(commands), strict=True) if is_there]

    with suppress(AssertionError):
        eventually(lambda: not there(), within=10.0, every=0.05)
    return [f"{name} is not empty" for name in there()]


def _left(fleet: Fleet, home: Home) -> list[str]:
    """Processes of the fleet, and what workers kept for their jobs: all of them have gone."""
    with suppress(AssertionError):
        eventually(lambda: not processes_below(home.folder), within=5.0, every=0.05)
    rooms = [path for member in fleet.members for path in member.folder.glob("qctl-*")]
    return [str(seen) for seen in processes_below(home.folder)] + [os.fspath(path) for path in rooms]
