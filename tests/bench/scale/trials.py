"""What a fleet goes through: at rest, called, at work, when Redis starts again, when a quarter of it dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from statistics import median
from typing import Final, NamedTuple

import redis

from qctl.engine.lease import LEASE
from tests.bench.scale.fleet import NAMESPACE, PROCESSES, SLOTS, Fleet, a_fleet
from tests.bench.scale.gauge import Gauge, as_people_run_it
from tests.support import eventually

Facts = dict[str, str]
SETTLING: Final = 5.0  #: seconds until a fleet is at rest
WATCHED: Final = 15.0  #: seconds of rest
AGAIN: Final = 5.0  #: seconds in which all come back after a restart of Redis …
AFTERWARDS: Final = 25.0  #: … and after them, three heartbeats


class Rest(NamedTuple):
    """What workers with nothing to do cost."""

    workers: int
    cpu_percent: float  #: of Redis, for all of them
    scripts: float  #: of a worker in a second
    connections: int
    bytes_each: float  #: of a connection
    parent_percent: float | None = None  #: of a core, each

    @property
    def share_percent(self) -> float:
        """Of Redis, for one of them."""
        return self.cpu_percent / self.workers

    def facts(self) -> Facts:
        found = {
            "connections": f"{self.connections}, {self.bytes_each:,.0f} bytes each",
            "Redis at rest": f"{self.cpu_percent:.2f} % of a core, {self.share_percent:.4f} % per worker",
            "scripts per worker and second": f"{self.scripts:.2f}",
        }
        if self.parent_percent is not None:
            found["a worker's parent at rest"] = f"{self.parent_percent:.3f} % of a core"
        return found


class Calls(NamedTuple):
    """One job at a time: who is woken, and when it begins."""

    jobs: int
    p50_ms: float
    p99_ms: float
    tokens: float  #: per job
    scripts: float
    workers: int  #: that had one

    def facts(self) -> Facts:
        return {
            "a job is begun after": f"p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms",
            "tokens and scripts per job": f"{self.tokens:.2f} and {self.scripts:.2f} (submit, claim, complete)",
            "jobs begun, by how many workers": f"{self.jobs}, {self.workers}",
        }


class Work(NamedTuple):
    """A drain: who gets how much."""

    jobs: int
    rate: float
    redis_us: float  #: per job
    least: int  #: jobs of one worker
    middle: float
    most: int
    twice: int  #: jobs that were begun twice

    def facts(self) -> Facts:
        return {
            "drain": f"{self.rate:,.0f} jobs/s as simulated, Redis {self.redis_us:.0f} us per job",
            "jobs of a worker": f"least {self.least}, median {self.middle:.0f}, most {self.most}",
            "begun twice": str(self.twice),
        }


class Restart(NamedTuple):
    """Redis was killed, and starts again."""

    workers: int
    back_s: float  #: until all are connected
    cpu_percent: float  #: of Redis in the first five seconds
    within_s: float  #: all heartbeats after that
    most: int  #: heartbeats within 100 ms, later

    def facts(self) -> Facts:
        redis = f"Redis {self.cpu_percent:.0f} % in {AGAIN:.0f} s"
        return {
            "all are back": f"{self.workers} workers after {self.back_s:.1f} s, {redis}",
            "heartbeats after that": f"within {self.within_s:.1f} s",
            f"most heartbeats in 100 ms, {AFTERWARDS:.0f} s later": f"{self.most} of {self.workers}",
        }


class Deaths(NamedTuple):
    """A quarter of them was killed, with jobs that last."""

    killed: int
    jobs: int  #: that they had, and that others have begun again
    first_s: float  #: after the lease
    last_s: float
    cpu_percent: float  #: of Redis meanwhile
    longest_ms: float  #: answer to a PING
    twice: int  #: jobs that were begun again more than once
    known: int  #: of the dead, to the store

    def facts(self) -> Facts:
        when = f"first {self.first_s:.1f} s and last {self.last_s:.1f} s after the lease"
        return {
            "its jobs are begun again": f"{self.jobs}; {when}",
            "Redis meanwhile": f"{self.cpu_percent:.1f} % of a core, longest answer to PING {self.longest_ms:.0f} ms",
            "of the dead the store knows": str(self.known),
            "reclaimed twice": str(self.twice),
        }


def at_rest(fleet: Fleet, seconds: float = WATCHED) -> Rest:
    """Nothing to do."""
    time.sleep(SETTLING)
    before = fleet.cpu_s()
    fleet.gauge.begin()
    time.sleep(seconds)
    rest = fleet.gauge.end()
    parents = (fleet.cpu_s() - before) / rest.seconds / fleet.workers * 100
    return Rest(fleet.workers, rest.cpu_percent, rest.scripts(fleet.workers), *fleet.gauge.connections(), parents)


def really_at_rest(workers: int = 10, seconds: float = WATCHED) -> Rest:
    """The same of real workers, with a template and two slots each."""
    server = as_people_run_it()
    file = server.folder / "tasks.toml"
    file.write_text("[tasks.noop]\nrun = 'true'\n")
    command = [sys.executable, "-m", "qctl", "--file", str(file), "--redis", server.url]
    command += ["--namespace", NAMESPACE, "worker", "-c", str(SLOTS)]
    processes = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(workers)]
    try:
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            eventually(lambda: client.zcard("{" + NAMESPACE + "}:workers") == workers, within=60.0)
            time.sleep(SETTLING)
            gauge = Gauge(client)
            time.sleep(seconds)
            rest = gauge.end()
            return Rest(workers, rest.cpu_percent, rest.scripts(workers), *gauge.connections())
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        server.remove()


def called(fleet: Fleet, jobs: int = 200, pause: float = 0.05) -> Calls:
    """One job at a time."""
    fleet.starts()
    fleet.gauge.begin()
    time.sleep(jobs * pause)
    rest = fleet.gauge.end()
    fleet.gauge.begin()
    began = {}
    for _ in range(jobs):
        at = time.time()
        began[fleet.submit(1)[0]] = at
        time.sleep(pause)
    work = fleet.gauge.end()
    starts = fleet.starts()
    late = sorted(1000 * (at - began[job]) for _, job, at in starts)
    woken = (work.calls["lpush" if "lpush" in work.calls else "rpush"]) / jobs
    more = (work.calls["evalsha"] - rest.calls["evalsha"] * work.seconds / rest.seconds) / jobs
    workers = len({worker for worker, _, _ in starts})
    return Calls(len(starts), median(late), late[len(late) * 99 // 100], woken, more, workers)


def at_work(fleet: Fleet, jobs: int = 20_000) -> Work:
    """A drain."""
    fleet.starts()
    fleet.gauge.begin()
    fleet.submit(jobs)
    found: list[tuple[str, str, float]] = []

    def all_begun() -> bool:
        found.extend(fleet.starts())
        return len(found) >= jobs

    eventually(all_begun, within=300.0, every=0.2)
    drain = fleet.gauge.end()
    shares = sorted(Counter(worker for worker, _, _ in found).values())
    least = 0 if len(shares) < fleet.workers else shares[0]
    twice = len(found) - len({job for _, job, _ in found})
    return Work(jobs, jobs / drain.seconds, drain.cpu_s / jobs * 1e6, least, median(shares), shares[-1], twice)


def a_quarter_dies(fleet: Fleet) -> Deaths:
    """50 of 200, some with jobs that last: these are begun anew by the others."""
    fleet.submit(fleet.workers)
    homes: dict[str, int] = {}

    def all_begun() -> bool:
        homes.update({job: fleet.process_of(worker) for worker, job, _ in fleet.starts()})
        return len(homes) == fleet.workers

    eventually(all_begun, within=30.0)
    busiest = Counter(homes.values()).most_common(1)[0][0]
    theirs = {job for job, home in homes.items() if home == busiest}
    fleet.gauge.begin()
    fleet.signal(signal.SIGKILL, busiest)
    died = time.time()
    begun: list[tuple[str, str, float]] = []

    def all_again() -> bool:
        begun.extend(row for row in fleet.starts() if row[1] in theirs)
        return len(begun) >= len(theirs)

    longest = _longest_answer(fleet, all_again, 90.0)
    took = fleet.gauge.end()
    late = sorted(at - died - LEASE for _, _, at in begun)
    killed = fleet.workers // PROCESSES
    twice = len(begun) - len({job for _, job, _ in begun})
    known = fleet.known() - fleet.workers + killed
    return Deaths(killed, len(begun), late[0], late[-1], took.cpu_percent, longest, twice, known)


def redis_starts_again(fleet: Fleet) -> Restart:
    """`kill -9` of Redis, and a start: who comes back when, and with what."""
    known = fleet.known()
    fleet.server.kill()
    time.sleep(3)
    fleet.server.start()
    began = time.time()
    gauge = Gauge(fleet.client)
    eventually(lambda: fleet.client.info("clients")["connected_clients"] >= 2 * known, within=30.0, every=0.02)
    back = time.time() - began
    time.sleep(max(0.0, AGAIN - back))
    first = gauge.end()
    seen = fleet.heard_ms()
    time.sleep(AFTERWARDS)
    most = max(Counter(at // 100 for at in fleet.heard_ms()).values())
    return Restart(known, back, first.cpu_percent, (seen[-1] - seen[0]) / 1000, most)


def _longest_answer(fleet: Fleet, done: Callable[[], bool], within: float) -> float:
    longest, deadline = 0.0, time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline
        for _ in range(20):
            began = time.perf_counter()
            fleet.client.ping()
            longest = max(longest, time.perf_counter() - began)
            time.sleep(0.005)
    return longest * 1000


class FleetFigures(NamedTuple):
    """All of it."""

    real: Rest
    rest: Rest
    calls: Calls
    work: Work
    restart: Restart
    deaths: Deaths


def measure(tell: Callable[[str, Facts], None], workers: int = 200) -> FleetFigures:
    """All of it, part by part, told as it comes."""
    real = really_at_rest()
    tell(f"{real.workers} real workers", real.facts())
    with a_fleet(workers) as fleet:
        rest = at_rest(fleet)
        tell(f"{workers} workers", rest.facts())
        calls = called(fleet)
        tell("called for one job at a time", calls.facts())
        work = at_work(fleet)
        tell("at work", work.facts())
        restart = redis_starts_again(fleet)
        tell("Redis is killed and starts again", restart.facts())
    with a_fleet(workers, seconds=120.0) as fleet:
        deaths = a_quarter_dies(fleet)
        tell(f"{deaths.killed} of {workers} die at once", deaths.facts())
    return FleetFigures(real, rest, calls, work, restart, deaths)
