"""Workflows measured: a chord beside Celery's, and what a step of a long chain costs beside a job of its own.

    python -m pytest tests/bench/test_workflows.py -m bench -s

On one Redis with `appendfsync everysec`, both workers warm, in turns. Celery takes messages as it does by default, and as
its guide to optimizing has it for very short tasks: many of them beforehand. The better one of its rounds counts.
"""

from __future__ import annotations

import compileall
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import pytest

import qctl
from tests.bench.composers import CeleryPeer, QctlPeer, Took
from tests.support import PrivateRedis

pytestmark = pytest.mark.bench

MEMBERS = 2_000
STEPS = 1_000
JOBS = 300
ROUNDS = 4
WAYS = {"default": (), "prefetch 64": ("--prefetch-multiplier=64",), "prefetch without limit": ("--prefetch-multiplier=0",)}


@pytest.fixture
def server() -> Iterator[PrivateRedis]:
    """A shared Redis as people run it."""
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "everysec").start()
    yield server
    server.remove()


@pytest.fixture
def ours(tmp_path: Path, server: PrivateRedis) -> Iterator[QctlPeer]:
    """qctl as pip leaves it, with its bytecode."""
    compileall.compile_dir(Path(qctl.__file__).parent, quiet=2)
    peer = QctlPeer(tmp_path / "qctl", server.url)
    yield peer
    peer.close()


def tell(who: str, took: Took) -> None:
    print(f"{who:24} submit {took.submit * 1000:6.0f} ms, total {took.total * 1000:6.0f} ms, load {os.getloadavg()[0]:.1f}")


def test_a_chord_takes_at_most_a_quarter_of_celerys_time(tmp_path: Path, server: PrivateRedis, ours: QctlPeer) -> None:
    pytest.importorskip("celery")
    totals: list[float] = []
    submits: list[float] = []
    celerys: dict[str, list[Took]] = {way: [] for way in WAYS}
    print()
    for way, options in WAYS.items():
        peer = CeleryPeer(tmp_path / way.replace(" ", "-"), server.socket, options)
        for _ in range(ROUNDS):
            celerys[way].append(peer.producer.run("chord", MEMBERS))
            tell(f"celery, {way}", celerys[way][-1])
            took = ours.producer.run("chord", MEMBERS)
            tell("qctl", took)
            totals.append(took.total)
            submits.append(took.submit)
        peer.close()
    fastest = min(mean(took.total for took in rounds) for rounds in celerys.values())
    best = min(took.total for rounds in celerys.values() for took in rounds)
    print(f"total: {mean(totals) / fastest:.3f} of Celery's in its best way, round by round; {min(totals) / best:.3f} best by best")
    print(f"submit: {min(submits) * 1000:.0f} ms, Celery {min(t.submit for r in celerys.values() for t in r) * 1000:.0f} ms")

    assert mean(totals) / fastest <= 0.25
    assert min(submits) < 0.150


def test_a_step_of_a_chain_costs_at_most_one_and_a_half_jobs(ours: QctlPeer) -> None:
    ratios = []
    print()
    for _ in range(ROUNDS):
        jobs = ours.producer.run("jobs", JOBS).total / JOBS
        step = ours.producer.run("chain", STEPS).total / STEPS
        ratios.append(step / jobs)
        print(f"a job {jobs * 1000:.2f} ms, a step {step * 1000:.2f} ms: {step / jobs:.2f}, load {os.getloadavg()[0]:.1f}")

    assert mean(ratios) <= 1.5
