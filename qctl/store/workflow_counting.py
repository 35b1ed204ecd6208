"""How far workflows are, counted from the names of what has ended: their plans and their jobs are not read for it."""

from __future__ import annotations

from qctl.model.workflow.standing import Progress
from qctl.store.command import Command
from qctl.store.replies import same
from qctl.store.workflow_values import UNNEEDED
from qctl.store.workflow_words import read_main_numbers, read_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.store.asking import Asking
    from qctl.store.keys import Keys

_GROUP: Final = b"g"  #: the names of groups begin so
_UNNEEDED: Final = UNNEEDED.encode()


def progress(keys: Keys, ids: Sequence[str]) -> Asking[dict[str, Progress]]:
    """How far workflows are that have not ended, by id, as `standing.tally` counts; others are left out.

    Of members that were added by themselves, groups within these count as jobs until they are released.
    """
    answers = yield [command for one in ids for command in _questions(keys, one)]
    rows = zip(ids, answers[::4], answers[1::4], answers[2::4], answers[3::4], strict=True)
    return {
        one: _count(int(main), terms, fates or (), live or ())  # of one that has ended meanwhile there may be none
        for one, main, terms, fates, live in rows
        if main and terms
    }


def _questions(keys: Keys, workflow_id: str) -> list[Command[Any]]:
    return [
        Command(("HGET", keys.job(workflow_id), "w"), same),
        Command(("HGET", keys.nodes(workflow_id), "plan"), same),
        Command(("HGETALL", keys.fates(workflow_id)), same),
        Command(("ZRANGE", keys.live(workflow_id), 0, -1), same),
    ]


def _count(main: int, terms: bytes, fates: Sequence[bytes], live: Sequence[bytes]) -> Progress:
    """Of tens of thousands of names each is looked at once, as it came."""
    (jobs, groups), (main_jobs, main_groups) = read_numbers(terms), read_main_numbers(terms)
    done = unneeded = beside = 0
    added = set()

    def is_side(name: bytes) -> bool:
        return main_jobs < int(name) <= jobs if name.isdigit() else True

    for name, fate in zip(fates[::2], fates[1::2], strict=True):
        if name.startswith(_GROUP):
            added.add(name)
            unneeded += fate.startswith(_UNNEEDED)
        elif fate.startswith(_UNNEEDED):
            unneeded += not is_side(name)
        else:
            done += 1
            beside += is_side(name)
    grouped = [name for name in live if name.startswith(_GROUP)]
    beside += sum(is_side(name) for name in live if not name.startswith(_GROUP))
    added = {name for name in (*added, *grouped) if int(name[1:]) > groups}
    return Progress(
        total=main - main_groups - len(added) - unneeded + beside,
        done=done,
        open=bool(grouped),
    )
