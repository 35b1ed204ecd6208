"""Past one primary: namespaces spread over the nodes of a real cluster, each of which carries its own and nothing else.

Two cores cannot show that three nodes do three times as much: they are busy with one. What can be shown is that the
work of a namespace lies on one node alone, at the price of a single server, so that nodes do not wait for each other.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import NamedTuple

import redis

from qctl.store import open_store
from qctl.store.route import slot_of
from tests.bench.scale.gauge import Gauge
from tests.bench.scale.model import drain, some_jobs
from tests.support.groups import Cluster
from tests.support.store_seed import SeedWorker

JOBS = 4000
BOUNDS = (5461, 10_923, 16_384)


class Shares(NamedTuple):
    """What each node does for a job of a namespace, in us of its processor, by namespace."""

    costs: dict[str, list[float]]

    @property
    def at_home(self) -> list[float]:
        """On the node that has the namespace, the least first."""
        return sorted(max(each) for each in self.costs.values())

    @property
    def elsewhere(self) -> float:
        """On one of the others, at most."""
        return max(cost for each in self.costs.values() for cost in sorted(each)[:-1])

    def facts(self) -> dict[str, str]:
        return {
            f"namespace {name}": "Redis us per job: "
            + ", ".join(f"node {at + 1}: {cost:.1f}" for at, cost in enumerate(costs))
            for name, costs in self.costs.items()
        }


def measure() -> Shares:
    """As many jobs in one namespace for each node: what each node does, while it is its turn and while it is not."""
    cluster = Cluster()
    with ExitStack() as stack:
        stack.callback(cluster.remove)
        cluster.start()
        clients = [stack.enter_context(redis.Redis(port=node.port)) for node in cluster.nodes[:3]]
        gauges = [Gauge(client) for client in clients]
        found = {}
        for number in range(3):
            namespace = a_namespace_of(number)
            store = stack.enter_context(closing(open_store(cluster.url, namespace, timeout=30.0)))
            worker = SeedWorker(store).register()
            drain(store, worker, some_jobs(500, 0), 0, at_once=100)
            for gauge in gauges:
                gauge.begin()
            drain(store, worker, some_jobs(JOBS, 0), 0, at_once=100)
            found[namespace] = [1e6 * gauge.end().cpu_s / JOBS for gauge in gauges]
        return Shares(found)


def a_namespace_of(node: int) -> str:
    """A name whose slot the node has."""
    names = (f"team{number}" for number in range(1000))
    return next(name for name in names if sum(slot_of("{" + name + "}:door") >= bound for bound in BOUNDS) == node)
