"""What holds of a namespace at every instant, whatever died meanwhile: each rule looks for one kind of damage.

A sentence says which keys and ids contradict each other. What waits to be carried on by `follow` (`unsettled`,
`unstepped`) is under way, and no damage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import redis

from qctl.store import Store, open_store
from tests.support.leaks import stays_for_ever
from tests.support.servers import talk
from tests.support.snapshot import Snapshot, look_at

Rule = Callable[[Snapshot], Iterator[str]]

_PLACES: Final = ("ready", "scheduled", "parked", "waiting", "running", "workflows", "ended")
_NUMBERS: Final = ("f", "n", "x", "c", "l", "ex", "sc", "due", "et", "dl", "at", "p")


def broken_invariants(store: Store) -> list[str]:
    """Say what is not whole in the store's namespace, as sentences that name keys and ids; [] if all of it is."""
    seen = look_at(store)
    return sorted(sentence for rule in RULES for sentence in rule(seen))


def every_record_can_be_read(seen: Snapshot) -> Iterator[str]:
    for job, record in seen.jobs.items():
        missing = [field for field in ("t", "q", "p", "b", "at") if field not in record]
        if missing or not ("s" in record or "oc" in record):
            yield f"job:{job} is no record of a job: it lacks {', '.join(missing) or 'a state'}"
        elif any(not _is_number(record[field]) for field in _NUMBERS if field in record):
            yield f"job:{job} has a number that is none"
        elif int(record.get("n", "0")) > int(record.get("f", "0")):
            yield f"job:{job} has had more attempts than fences"


def every_job_stands_in_the_one_place_of_its_state(seen: Snapshot) -> Iterator[str]:
    found = _places(seen)
    for job in seen.jobs.keys() | found.keys():
        places, state = sorted(found.get(job, [])), seen.state(job)
        if state is None:
            yield f"{' and '.join(places)} holds {job}, which has no record"
            continue
        due = _place_of(job, state, seen)
        if places != [due] and not (due == "workflows" and _goes_on(job, seen)):
            yield f"job {job} is {state} and stands in {' and '.join(places) or 'no place'}, not in {due} alone"


def what_ended_badly_is_listed_so(seen: Snapshot) -> Iterator[str]:
    listed = seen.members("unsuccessful").keys()
    bad = {job for job, record in seen.jobs.items() if record.get("oc", "succeeded") != "succeeded"}
    yield from (f"unsuccessful lacks {job}" for job in bad - listed)
    yield from (f"unsuccessful holds {job}, which is {seen.state(job)}" for job in listed - bad)
    for task, _ in seen.of("ended"):
        if task not in seen.members("tasks"):
            yield f"tasks lacks {task}, which has ended jobs: they are never forgotten"
    for queue, _ in seen.of("ready"):
        if queue not in seen.members("queues"):
            yield f"queues lacks {queue}, where jobs are ready: workers of every queue do not see them"


def what_runs_has_an_owner(seen: Snapshot) -> Iterator[str]:
    """And the owner is one that sends heartbeats, or that others find to reclaim it."""
    for job, record in seen.jobs.items():
        if seen.state(job) == "running" and "w" not in record:
            owner, fence = record.get("o", ""), record.get("f", "")
            held = seen.members("running", owner).get(job)
            if held != fence:
                yield f"job {job} runs under fence {fence}, and running:{owner} has it under {held or 'none'}"
    for worker, owned in seen.of("running"):
        for job, fence in owned.items():
            record = seen.jobs.get(job, {})
            if (seen.state(job), record.get("o"), record.get("f")) != ("running", worker, fence):
                yield f"running:{worker} holds {job} under fence {fence}, and the job is {_standing(job, seen)}"


def workers_are_known(seen: Snapshot) -> Iterator[str]:
    known = seen.members("workers")
    for kind in ("worker", "running", "orders"):
        yield from (
            f"{kind}:{worker} is there, and workers lacks {worker}"
            for worker, _ in seen.of(kind)
            if worker not in known
        )
    for worker in known:
        said = seen.members("worker", worker)
        if "beat" not in said and "condemned" not in said:
            yield f"workers holds {worker}, of which there is no record"
        for job in seen.members("orders", worker):
            if job not in seen.members("running", worker) and "condemned" not in said:
                yield f"orders:{worker} holds {job}, which it does not run"


def limits_hold_what_runs(seen: Snapshot) -> Iterator[str]:
    for limit, holders in seen.of("held"):
        for job in holders:
            if seen.state(job) != "running" or limit not in seen.jobs[job].get("h", "").split():
                yield f"held:{limit} holds {job}, which is {_standing(job, seen)}"
    for job, record in seen.jobs.items():
        for limit in record.get("h", "").split():
            if seen.state(job) == "running" and job not in seen.members("held", limit):
                yield f"job {job} runs under {limit}, and held:{limit} lacks it"


def what_is_parked_comes_back(seen: Snapshot) -> Iterator[str]:
    for limit, _ in seen.of("parked"):
        nobody, _, task = limit.partition("nobody:")
        if not nobody and task and task not in seen.members("missing"):
            yield f"missing lacks {task}, and parked:{limit} waits for it"
        if nobody and limit not in seen.members("thaw"):
            yield f"thaw lacks {limit}: nobody ever looks at parked:{limit} again"
    for queue, parked in seen.of("parkedin"):
        for job in parked:
            if seen.state(job) != "queued" or "pk" not in seen.jobs[job] or seen.jobs[job].get("q") != queue:
                yield f"parkedin:{queue} holds {job}, which is {_standing(job, seen)}"
    for job, record in seen.jobs.items():
        if seen.state(job) == "queued" and "pk" in record and job not in seen.members("parkedin", record.get("q", "")):
            yield f"parkedin:{record.get('q')} lacks {job}, which is parked"


def who_waits_is_told(seen: Snapshot) -> Iterator[str]:
    told = seen.members("unsettled")
    for job, upstreams in seen.of("remaining"):
        if seen.state(job) != "waiting":
            yield f"remaining:{job} is there, and the job is {_standing(job, seen)}"
        for upstream in upstreams:
            if job not in seen.members("dependents", upstream):
                yield f"job {job} waits for {upstream}, and dependents:{upstream} lacks it"
    for upstream, dependents in seen.of("dependents"):
        if seen.state(upstream) in {None, "ended"} and upstream not in told:
            yield f"dependents:{upstream} waits for a job that is {_standing(upstream, seen)}, and unsettled lacks it"
        for job in dependents:
            if upstream not in seen.members("remaining", job):
                yield f"dependents:{upstream} holds {job}, and remaining:{job} lacks {upstream}"
    for job in seen.jobs:
        if seen.state(job) == "waiting" and not seen.has("remaining", job):
            yield f"job {job} waits for nobody"


def names_belong_to_who_lives(seen: Snapshot) -> Iterator[str]:
    """Of `unique` and of a schedule's active jobs."""
    for name, entry in seen.kinds.get("unique", {}).items():
        job = entry.value.decode()
        if seen.state(job) in {None, "ended"} or seen.jobs[job].get("uq") != name:
            yield f"unique:{name} is held by {job}, which is {_standing(job, seen)}"
    for schedule, active in seen.of("active"):
        for job in active:
            if seen.state(job) in {None, "ended"} or seen.jobs[job].get("sd") != schedule:
                yield f"active:{schedule} holds {job}, which is {_standing(job, seen)}"
    for job, record in seen.jobs.items():
        if "sd" in record and seen.state(job) != "ended" and job not in seen.members("active", record["sd"]):
            yield f"active:{record['sd']} lacks {job}, which it started"
    declared = {name for name, state in seen.of("schedule") if "withdrawn" not in state and "gen" in state}
    yield from (f"schedules lacks {name}" for name in declared - seen.members("schedules").keys())
    yield from (
        f"schedules holds {name}, of which there is no record" for name in seen.members("schedules").keys() - declared
    )


def workflows_hold_what_lives(seen: Snapshot) -> Iterator[str]:
    for workflow, names in seen.of("live"):
        for name in names:
            job = f"{workflow}.{name}"
            over = not name.startswith("g") and seen.state(job) in {None, "ended"}
            if (over or name in seen.members("fates", workflow)) and not _goes_on(workflow, seen):
                yield f"live:{workflow} holds {name}, which is final: job {job} is {_standing(job, seen)}"
    for job, record in seen.jobs.items():
        if "w" in record and seen.state(job) == "running" and not seen.has("live", job) and not _goes_on(job, seen):
            yield f"workflow {job} runs, and nothing of it is under way"
    for workflow, _ in seen.of("steps"):
        if workflow not in seen.members("unstepped"):
            yield f"unstepped lacks {workflow}, which has steps to do"
    for text in seen.members("deadlines"):
        what, _, workflow = text.partition(" ")
        if what == "timeout" and seen.state(workflow) != "running":
            yield f"deadlines holds {workflow}, which is {_standing(workflow, seen)}"


def what_goes_with_a_job_has_one(seen: Snapshot) -> Iterator[str]:
    for job, _ in seen.of("secret"):
        if seen.state(job) in {None, "ended"}:
            yield f"secret:{job} is kept, and the job is {_standing(job, seen)}"
    for job, _ in seen.of("value"):
        if seen.state(job) != "ended":
            yield f"value:{job} is kept, and the job is {_standing(job, seen)}"
    for kind in ("nodes", "fates", "flow", "live", "culprits", "secrets", "done", "failed"):
        for name, entry in seen.kinds.get(kind, {}).items():
            workflow = name.rpartition(".")[0] if kind in {"done", "failed"} else name
            if entry.left_ms < 0 and "w" not in seen.jobs.get(workflow, {}) and not _goes_on(workflow, seen):
                yield f"{kind}:{name} is kept, and there is no workflow {workflow}"


def output_is_counted(seen: Snapshot) -> Iterator[str]:
    counted, sizes = seen.members("outputs"), {name: int(size) for name, size in seen.of("log")}
    for name in sizes.keys() - counted.keys():
        job, _, attempt = name.rpartition(":")
        if seen.state(job) != "running" or seen.jobs[job].get("n") != attempt:
            yield f"log:{name} is in no index, and the job is {_standing(job, seen)}"
    yield from (f"outputs holds {name}, which has no log" for name in counted.keys() - sizes.keys())
    for name in counted:
        if seen.state(name.rpartition(":")[0]) is None:
            yield f"log:{name} is kept, and its job has no record"
    kept = sum(size for name, size in sizes.items() if name in counted)
    said = seen.kinds.get("output_bytes", {}).get("")
    if kept != int(said.value if said else 0):
        yield f"output_bytes says {int(said.value) if said else 0}, and {kept} bytes are kept"


def every_key_ends(seen: Snapshot) -> Iterator[str]:
    for kind, entries in seen.kinds.items():
        for name, entry in entries.items():
            if entry.left_ms < 0 and stays_for_ever(kind):
                yield f"{kind}:{name} has no TTL, and nothing removes it"


RULES: Final[tuple[Rule, ...]] = (
    every_record_can_be_read,
    every_job_stands_in_the_one_place_of_its_state,
    what_ended_badly_is_listed_so,
    what_runs_has_an_owner,
    workers_are_known,
    limits_hold_what_runs,
    what_is_parked_comes_back,
    who_waits_is_told,
    names_belong_to_who_lives,
    workflows_hold_what_lives,
    what_goes_with_a_job_has_one,
    output_is_counted,
    every_key_ends,
)


def _places(seen: Snapshot) -> Mapping[str, list[str]]:
    """By job, the keys of all places in which its id stands."""
    found: dict[str, list[str]] = defaultdict(list)
    for kind in _PLACES:
        for name, members in seen.of(kind):
            for job in members:
                found[job].append(f"{kind}:{name}" if name else kind)
    return found


def _place_of(job: str, state: str, seen: Snapshot) -> str:
    """The key in which a job of this state stands."""
    record = seen.jobs[job]
    if state == "queued":
        return f"parked:{record['pk']}" if "pk" in record else f"ready:{record.get('q')}"
    if state == "running":
        return "workflows" if "w" in record else f"running:{record.get('o')}"
    return f"ended:{record.get('t')}" if state == "ended" else state


def _goes_on(workflow: str, seen: Snapshot) -> bool:
    """Whether `follow` still has steps of this workflow to do."""
    return seen.has("steps", workflow) and workflow in seen.members("unstepped")


def _standing(job: str, seen: Snapshot) -> str:
    record = seen.jobs.get(job)
    if record is None:
        return "without a record"
    return " ".join(filter(None, (seen.state(job), record.get("oc"), record.get("o"), record.get("f"))))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def must_be_whole(url: str, server: redis.Redis) -> None:
    """Fail with what is not whole in any namespace of a server, each sentence after the name of its namespace."""
    names = {name.decode("utf-8", "surrogateescape") for name in server.scan_iter(count=1000)}
    found = []
    for namespace in sorted({name[1 : name.index("}:")] for name in names if name.startswith("{") and "}:" in name}):
        store = open_store(url, namespace)
        found += [f"{namespace}: {sentence}" for sentence in broken_invariants(store)]
        store.close()
    assert not found, "\n".join(("the store is not whole:", *found[:20]))


def must_be_whole_at(socket: Path) -> None:
    """The same of a server that a test has for itself, if it is still there."""
    try:
        talk(socket, "PING")
    except OSError:
        return
    with redis.Redis(unix_socket_path=str(socket)) as server:
        must_be_whole(f"unix://{socket}", server)
