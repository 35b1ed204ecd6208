"""How far workflows are, counted from the names of what has ended: their plans and their jobs are not read for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qctl.model.workflow.standing import Progress
from qctl.store.asking import Asking
from qctl.store.command import Command
from qctl.store.instance import fields, plain, same
from qctl.store.keys import Keys
from qctl.store.replies import text, texts
from qctl.store.workflow_values import UNNEEDED
from qctl.store.workflow_words import read_main_numbers, read_numbers


def progress(keys: Keys, ids: Sequence[str]) -> Asking[dict[str, Progress]]:
    """How far workflows are that have not ended, by id, as `standing.tally` counts; others are left out.

    Of members that were added by themselves, groups within these count as jobs until they are released.
    """
    answers = yield [command for one in ids for command in _questions(keys, one)]
    rows = zip(ids, answers[::4], answers[1::4], answers[2::4], answers[3::4], strict=True)
    return {
        one: _count(int(main), terms, fates or {}, live or ())  # of one that has ended meanwhile there may be none
        for one, main, terms, fates, live in rows
        if main and terms
    }


def _questions(keys: Keys, workflow_id: str) -> list[Command[Any]]:
    return [
        plain(("HGET", keys.job(workflow_id), "w"), same),
        plain(("HGET", keys.nodes(workflow_id), "plan"), same),
        plain(("HGETALL", keys.fates(workflow_id)), _texts_by_name),
        plain(("ZRANGE", keys.live(workflow_id), 0, -1), texts),
    ]


def _texts_by_name(reply: Any) -> dict[str, str]:
    return {name: text(value) for name, value in fields(reply).items()}


def _count(main: int, terms: bytes, fates: Mapping[str, str], live: Sequence[str]) -> Progress:
    (jobs, groups), (main_jobs, main_groups) = read_numbers(terms), read_main_numbers(terms)

    def is_side(name: str) -> bool:
        return main_jobs < int(name) <= jobs if name.isdecimal() else not _is_group(name)

    added = {name for name in (*fates, *live) if _is_group(name) and int(name[1:]) > groups}
    ended = [name for name, fate in fates.items() if not _is_group(name) and not fate.startswith(UNNEEDED)]
    unneeded = sum(not is_side(name) for name, fate in fates.items() if fate.startswith(UNNEEDED))
    beside = sum(is_side(name) for name in (*ended, *live) if not _is_group(name))
    return Progress(
        total=main - main_groups - len(added) - unneeded + beside,
        done=len(ended),
        open=any(map(_is_group, live)),
    )


def _is_group(name: str) -> bool:
    return name.startswith("g")
