"""Past one primary: namespaces spread over the nodes of a real cluster, each of which carries its own and nothing else.

Two cores cannot show that three nodes do three times as much: they are busy with one. What can be shown is that the
work of a namespace lies on one node alone, at the price of a single server, so that nodes do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import redis

from qctl.store import open_store
from qctl.store.route import slot_of
from tests.bench.scale.gauge import Gauge
from tests.bench.scale.model import drain, some_jobs
from tests.support.groups import Cluster
from tests.support.store_seed import SeedWorker

JOBS = 6000
BOUNDS = (5461, 10_923, 16_384)


def measure() -> Iterator[tuple[str, dict[str, str]]]:
    """As many jobs in one namespace for each node: what each node does, while it is its turn and while it is not."""
    cluster = Cluster()
    with ExitStack() as stack:
        stack.callback(cluster.remove)
        cluster.start()
        clients = [stack.enter_context(redis.Redis(port=node.port)) for node in cluster.nodes[:3]]
        gauges = [Gauge(client) for client in clients]
        facts = {}
        for number in range(3):
            namespace = a_namespace_of(number)
            store = stack.enter_context(closing(open_store(cluster.url, namespace, timeout=30.0)))
            worker = SeedWorker(store).register()
            drain(store, worker, some_jobs(500, 0), 0, at_once=100)
            for gauge in gauges:
                gauge.begin()
            drain(store, worker, some_jobs(JOBS, 0), 0, at_once=100)
            costs = [1e6 * gauge.end().cpu_s / JOBS for gauge in gauges]
            shares = ", ".join(f"node {at + 1}: {cost:.1f}" for at, cost in enumerate(costs))
            facts[f"namespace {namespace}"] = f"Redis us per job: {shares}"
        yield "namespaces over a cluster of three nodes", facts


def a_namespace_of(node: int) -> str:
    """A name whose slot the node has."""
    names = (f"team{number}" for number in range(1000))
    return next(name for name in names if sum(slot_of("{" + name + "}:door") >= bound for bound in BOUNDS) == node)
