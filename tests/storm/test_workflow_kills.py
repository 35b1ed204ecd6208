"""Slots, templates, workers and Redis are killed while random workflows run: each ends as it would have anyway.

Beside the store stands an outside record: every step appends a line when it begins, and one when it is done. A seed
replays what is drawn: `SEEDS=7,8 TREES=200 pytest tests/storm/test_workflow_kills.py` storms for longer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random
from typing import Final

import pytest

from qctl.model.workflow.node_names import ON_ERROR, node_id
from tests.integration.worker.workshop import Workshop
from tests.property.compositions import shown, tasks_of
from tests.storm import workflows
from tests.storm.fleet import Fleet
from tests.storm.plan import Fault, FaultPlan
from tests.storm.server import StormServer
from tests.storm.strikes import Strikes
from tests.storm.workflows import FAILED, Composed, Places, composed, must_have_gone_well
from tests.support import Home, eventually, processes_below
from tests.support.leaks import forget_all, level, names_of
from tests.support.proxy import Proxy
from tests.support.run_record import PYTHON, START, RunRecord

TREES: Final = int(os.environ.get("TREES", "16"))
SEEDS: Final = [int(seed) for seed in os.environ.get("SEEDS", "1,2").split(",")]
STRIKE_EVERY: Final = 12  #: steps that begin between two bad things
WEIGHTS: Final = {Fault.SLOT: 6, Fault.TEMPLATE: 1, Fault.PARENT: 2, Fault.REDIS: 1, Fault.CUT: 1}

CODE: Final = f"""
{PYTHON}
{workflows.PAUSE}

def note(what):
    mark("start" if what == "begins" else "end")
{workflows.CODE}
"""
STAUNCH: Final = "max_crashes = 100\nmax_losses = 100\n"
TASKS: Final = workflows.STEP + STAUNCH + workflows.TASK_ON_ERROR + STAUNCH + workflows.WRAPPED


class Place:
    """Two workers over a Redis of their own, what happens to them, and the outside record."""

    def __init__(self, server: StormServer) -> None:
        self.home = Home(server.url, "storm")
        self.shop = Workshop(self.home.work, server.url, "storm")
        (self.home.work / "steps.py").write_text(CODE)
        self.shop.declare(TASKS)
        self.before = level(self.shop.store), self.channels()
        self.record = RunRecord(self.shop.record)
        self._proxy = Proxy(server.socket)
        self.fleet = Fleet(self.home, self._proxy.url, 2, 2, 2.0, alike=True)
        self.strikes = Strikes(self.fleet, server, self._proxy, self.shop.store, self.record)

    def channels(self) -> object:
        return self.shop.redis("PUBSUB", "CHANNELS")

    def close(self) -> None:
        self.fleet.close()
        self._proxy.close()
        self.shop.close()
        eventually(lambda: processes_below(self.home.folder) == [], within=5.0)
        self.home.remove()


@pytest.fixture
def place(storm_server: StormServer) -> Iterator[Place]:
    made = Place(storm_server)
    yield made
    made.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_kills_change_neither_what_a_workflow_comes_to_nor_the_order_of_its_steps(place: Place, seed: int) -> None:
    """Rules 1, 2, 5, 7 and 8, C61, C72, C76, C78, C89; faults 1, 2, 4, 31 and 46 to 48 amid workflows."""
    shop, dice = place.shop, Random(seed)
    all_ = [composed(dice, number % 4 > 0, dice.randint(3, 40)) for number in range(TREES)]
    for one in all_:
        one.id = shop.compose(one.tree, "wrapped")
        print(one.id, shown(one.tree))  # shown with a failure, beside the seed
    ride_out(place, all_, dice)

    place.record.read()
    places = Places([(mark.job, mark.what == START) for mark in place.record.marks])
    for one in all_:
        must_have_gone_well(one, shop.read, places)
    assert sum(place.strikes.tally.struck.values()) > 4
    living = sorted(member.pid for member in place.fleet.members)  # and no dead one, of which these two have to see
    eventually(lambda: sorted(one.about["pid"] for one in shop.read.workers()) == living, within=30.0, every=0.1)
    assert place.fleet.finish() + place.fleet.complaints() == []
    forget_all(shop.store)
    declared = {"rules"}  # `max_losses`, which outlives the last worker
    assert (names_of(shop.store) - declared, place.channels()) == place.before


def ride_out(place: Place, all_: list[Composed], dice: Random) -> None:
    """Do bad things until all have ended, and cancel some of those that may end in any way, and steps of some."""
    shop, next_strike = place.shop, STRIKE_EVERY
    unsure = [one for one in all_ if one.told is None]

    def all_have_ended() -> bool:
        nonlocal next_strike
        place.record.read()
        if sum(place.record.starts.values()) >= next_strike:
            (kind,) = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))
            place.strikes.strike(FaultPlan(next_strike, kind, dice.getrandbits(32)))
            next_strike += STRIKE_EVERY
            if unsure and dice.random() < 0.5:
                cancel_some(shop, dice.choice(unsure), dice)
        return all(job.ended for job in shop.read.jobs([one.id for one in all_]))

    eventually(all_have_ended, within=90.0 + TREES, every=0.02)
    afterwards = [node_id(one.id, ON_ERROR) for one in all_ if shop.read.job(one.id).outcome in FAILED]
    eventually(lambda: all(job.ended for job in shop.read.jobs(afterwards)), within=30.0, every=0.05)


def cancel_some(shop: Workshop, one: Composed, dice: Random) -> None:
    steps = [node_id(one.id, str(number + 1)) for number in range(len(tasks_of(one.tree)))]
    one.cancels.append(one.id if dice.random() < 0.3 else dice.choice(steps))
    shop.store.do(shop.store.verbs.cancel([one.cancels[-1]], {"by": "ada"}))
