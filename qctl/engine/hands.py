"""How many jobs may stand in one slot's hand at once: a message for many costs little more than one for one.

What stands in a hand waits for those before it even if another slot is free meanwhile. So only jobs that are known to
be over in a moment stand there, and none of them while another slot would have nothing.
"""

from __future__ import annotations

from qctl.model.call import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from qctl.engine.backlog import Durations
    from qctl.engine.claims import Held
    from qctl.model.task import Task

IN_ONE_HAND: Final = 0.002  #: seconds of work that may wait in one hand
LEAST: Final = 0.00002  #: seconds that even a job without content takes


def in_one_hand(waiting: Iterable[Held], durations: Durations, share: int) -> tuple[list[Held], int]:
    """Of jobs that wait, those that are offered next, and how many of them may stand together in one hand.

    They are the first of them: short ones up to the first that is none, or the others up to the first short one.
    `share` is what each slot would have if all that waits were dealt out evenly.
    """
    if share < 2:
        return list(waiting), 1
    chosen: list[Held] = []
    last: object = chosen  # no task
    longest, short = 0.0, False
    for held in waiting:
        if held.task is not last:
            last = held.task
            expected = durations.expected(held.claim.task) if _runs_in_slot(held.task) else IN_ONE_HAND
            is_short = expected + LEAST <= IN_ONE_HAND / 2
            if chosen and is_short is not short:
                break
            short = is_short
            longest = max(longest, expected)
        chosen.append(held)
    return chosen, max(1, min(share, int(IN_ONE_HAND / (longest + LEAST)))) if short else 1


def _runs_in_slot(task: Task | None) -> bool:
    """Whether a slot runs it itself; all else costs a process, and a message more is nothing beside that."""
    return task is not None and task.kind is Kind.CALL and task.user is None and task.nice is None and not task.limits
