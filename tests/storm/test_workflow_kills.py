"""Slots, templates, workers and Redis are killed while random workflows run: each ends as it would have anyway.

Beside the store stands an outside record: every step appends a line when it begins, and one when it is done. A seed
replays what is drawn: `SEEDS=7,8 TREES=200 pytest tests/storm/test_workflow_kills.py` storms for longer.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

import pytest

from qctl.model.workflow.plan import ON_ERROR, node_id
from tests.integration.worker.workshop import Workshop
from tests.property.compositions import shown, tasks_of
from tests.storm import workflows
from tests.storm.striking import Storm
from tests.storm.workflows import FAILED, Composed, Places, composed, must_have_gone_well
from tests.support import PrivateRedis, eventually, processes_below
from tests.support.leaks import forget_all, level, names_of

TREES: Final = int(os.environ.get("TREES", "16"))
SEEDS: Final = [int(seed) for seed in os.environ.get("SEEDS", "1,2").split(",")]
STRIKE_EVERY: Final = 12  #: steps that begin between two bad things

CODE: Final = f"""
import os
from qctl import current
{workflows.PAUSE}

def note(what):
    fd = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, f"{{current.job_id}} {{what}}\\n".encode())
    os.close(fd)
{workflows.CODE}
"""
STAUNCH: Final = "max_crashes = 100\nmax_losses = 100\n"
TASKS: Final = workflows.STEP + STAUNCH + workflows.TASK_ON_ERROR + STAUNCH + workflows.WRAPPED


def send(shop: Workshop, one: Composed) -> None:
    one.id = shop.compose(one.tree, "wrapped")


@pytest.mark.parametrize("seed", SEEDS)
def test_kills_change_neither_what_a_workflow_comes_to_nor_the_order_of_its_steps(
    tmp_path: Path, own_redis: PrivateRedis, seed: int
) -> None:
    """Rules 1, 2, 5, 7 and 8, C61, C72, C76, C78, C89; faults 1, 2, 4 and 31 amid workflows."""
    shop, dice = Workshop(tmp_path, own_redis.url, "storm"), random.Random(seed)
    (tmp_path / "steps.py").write_text(CODE)
    try:
        shop.declare(TASKS)
        before, channels = level(shop.store), shop.redis("PUBSUB", "CHANNELS")
        all_ = [composed(dice, number % 4 > 0, dice.randint(3, 40)) for number in range(TREES)]
        for one in all_:
            send(shop, one)
            print(one.id, shown(one.tree))  # shown with a failure, beside the seed
        storm = Storm(shop, own_redis, seed)
        ride_out(shop, storm, all_, dice)
        places = Places([(job, what == "begins") for job, what in map(str.split, shop.record.read_text().splitlines())])
        for one in all_:
            must_have_gone_well(one, shop.read, places)
        assert storm.slots_killed + storm.workers_killed + storm.redis_killed + storm.templates_killed > 4
        eventually(lambda: len(shop.read.workers()) == 2, within=30.0, every=0.1)
        shop.close()
        forget_all(shop.store)
        assert (names_of(shop.store), shop.redis("PUBSUB", "CHANNELS")) == (before, channels)
    finally:
        shop.close()
    eventually(lambda: processes_below(tmp_path) == [], within=5.0)


def ride_out(shop: Workshop, storm: Storm, all_: list[Composed], dice: random.Random) -> None:
    """Do bad things until all have ended, and cancel some of those that may end in any way, and steps of some."""
    next_strike = STRIKE_EVERY
    unsure = [one for one in all_ if one.told is None]

    def all_have_ended() -> bool:
        nonlocal next_strike
        if sum(shop.runs().values()) >= 2 * next_strike:
            storm.strike()
            shop.store.close()  # a Redis that was killed has a new connection
            next_strike += STRIKE_EVERY
            if unsure and dice.random() < 0.5:
                cancel_some(shop, dice.choice(unsure), dice)
        return all(job.ended for job in shop.read.jobs([one.id for one in all_]))

    eventually(all_have_ended, within=90.0 + TREES, every=0.02)
    afterwards = [node_id(one.id, ON_ERROR) for one in all_ if shop.read.job(one.id).outcome in FAILED]
    eventually(lambda: all(job.ended for job in shop.read.jobs(afterwards)), within=30.0, every=0.05)


def cancel_some(shop: Workshop, one: Composed, dice: random.Random) -> None:
    steps = [node_id(one.id, str(number + 1)) for number in range(len(tasks_of(one.tree)))]
    one.cancels.append(one.id if dice.random() < 0.3 else dice.choice(steps))
    shop.store.do(shop.store.verbs.cancel([one.cancels[-1]], {"by": "ada"}))
