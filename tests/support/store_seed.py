"""Seeding the store and comparing all of it: jobs to submit, workers to act for, the whole namespace as plain data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from qctl.model.attempt import Attempt, Value, ValueKind
from qctl.model.state import Outcome, Reason
from qctl.model.submission import Submission
from qctl.store import EVERY, Command, Reading, Store
from qctl.store.record import unpack
from qctl.store.taken import Submitted
from qctl.store.values import CHARGE_FAILURE, Answer, Beat, Claim, Claimed, Settlement, Verdict

HOUR_MS: Final = 3_600_000
BODY: Final = b'{"task":"tidy"}'

#: Fields of a hash, and indexes by time, whose numbers are server time.
_TIMES: Final = frozenset(
    {"at", "due", "et", "ex", "en", "ra", "st", "sw", "seen", "since", "condemned"}
    | {"origin", "last_fired", "last_ended", "failing_since", "enabled", "withdrawn"}
)
_BY_TIME: Final = frozenset({"scheduled", "ended", "unsuccessful", "outputs", "workers", "beats"})

#: In a row of a ledger, when it was written.
_RECORDED: Final = re.compile(r',"rec":\d+')

Snapshot = dict[str, Any]


def a_job(job_id: str = "one", task: str = "tidy", body: bytes = BODY, **more: Any) -> Submission:
    """A submission, with an id that reads well."""
    return Submission(id=job_id, task=task, body=body, **more)


def a_record(number: int = 1, outcome: str = "succeeded", times: tuple[int, int] = (1, 2), **more: Any) -> bytes:
    """The record of an attempt, that began and ended at these `times`."""
    begin, end = times
    return Attempt(number=number, worker="w", started_ms=begin, ended_ms=end, outcome=outcome, **more).encode()


def some_json(text: str) -> Value:
    """A value as a Python task leaves it."""
    return Value(ValueKind.JSON, text.encode())


def submit(store: Store, *jobs: Submission | str) -> list[Submitted]:
    """Submit jobs, or plain ones by their ids."""
    return store.do(store.verbs.submit([a_job(job) if isinstance(job, str) else job for job in jobs]))


@dataclass
class SeedWorker:
    """A worker without processes: what it tells the store, one job at a time."""

    store: Store
    id: str = "w1"
    turn: int = 0

    def register(self, **rules: Mapping[str, Any]) -> SeedWorker:
        """Enter it, with the rules that it declares; `task_tidy` stands for `task:tidy`."""
        declared = {scope.replace("_", ":"): rule for scope, rule in rules.items()}
        self.store.do(self.store.verbs.register(self.id, {"label": self.id}, declared))
        return self

    def ask(self, want: int = 1, queues: Any = EVERY) -> Claimed:
        """Claim in a new turn."""
        self.turn += 1
        return self.store.do(self.store.verbs.claim(self.id, self.turn, want, queues))

    def ask_again(self, want: int = 1, queues: Any = EVERY) -> Claimed:
        """Claim in the same turn."""
        return self.store.do(self.store.verbs.claim(self.id, self.turn, want, queues))

    def claim(self, want: int = 1, queues: Any = EVERY) -> list[Claim]:
        return list(self.ask(want, queues).claims)

    def take(self, queues: Any = EVERY) -> Claim:
        """Claim the one job that must be there."""
        (claim,) = self.claim(1, queues)
        return claim

    def complete(self, claim: Claim, **more: Any) -> Answer:
        return self._settle(self.store.verbs.complete(self.id, [settled(claim, **more)]))

    def bury(self, claim: Claim, **more: Any) -> Answer:
        said = {"outcome": Outcome.FAILED, "reason": Reason.EXIT, "charge": CHARGE_FAILURE} | more
        return self._settle(self.store.verbs.bury(self.id, [settled(claim, **said)]))

    def retry(self, claim: Claim, delay_ms: int = 60_000, charge: str = CHARGE_FAILURE, **more: Any) -> Answer:
        return self._settle(self.store.verbs.retry(self.id, [settled(claim, delay_ms=delay_ms, charge=charge, **more)]))

    def release(self, claim: Claim, begun: bool = False, **more: Any) -> Answer:
        record = a_record(claim.attempt, "released") if begun else b""
        return self._settle(self.store.verbs.release(self.id, [settled(claim, record=record, **more)]))

    def heartbeat(self, peers: int = 0) -> Beat:
        return self.store.do(self.store.verbs.heartbeat(self.id, peers))

    def _settle(self, command: Command[list[Answer]]) -> Answer:
        (answer,) = self.store.do(command)
        return answer


def settled(claim: Claim, record: bytes | None = None, **more: Any) -> Settlement:
    """The settlement of a claim, with the record of an attempt that went well if no other is given."""
    return Settlement(
        id=claim.id, fence=claim.fence, record=a_record(claim.attempt) if record is None else record, **more
    )


def lose(store: Store, worker: SeedWorker, lost: bool = False) -> None:
    """The worker died: give back all that it owned, as another worker would."""
    beat = beat_of(store, worker.id)
    verdicts: list[Verdict] = []
    while True:
        answer = store.do(store.verbs.reclaim(worker.id, beat, verdicts))
        assert answer.status != "ALIVE"
        if not answer.batch:
            return
        verdicts = [Verdict(one.id, one.fence, lost, a_record(one.attempt, "lost")) for one in answer.batch]


def beat_of(store: Store, worker: str) -> int:
    """A worker's heartbeat counter, -1 if it has no record."""
    return int(_said(store, ("HGET", store.keys.worker(worker), "beat")) or -1)


def make_due(store: Store, *jobs: str) -> None:
    """Let the due times of scheduled jobs pass, in this order."""
    for number, job in enumerate(jobs):
        _said(store, ("ZADD", store.keys.scheduled, number + 1, job))


def end_long_ago(store: Store, job_id: str, age_ms: int, task: str = "tidy") -> None:
    """Make a job look as if it had ended `age_ms` ago: the indexes are all that retention looks at."""
    now = Reading(store).now_ms()
    for index in (store.keys.ended(task), store.keys.unsuccessful):
        _said(store, ("ZADD", index, "XX", now - age_ms, job_id))


def everything(store: Store) -> Snapshot:
    """The whole namespace as flat, comparable data: `job:one s` is a field, `ready:default` a whole key.

    Times are taken out, as are ids of stream entries and the minute of the counters, which count waits of
    all sizes together; wake-up tokens are counted.
    """
    prefix = store.keys.prefix
    keys = _said(store, ("KEYS", _escaped(prefix) + "*"))
    kinds = [kind.decode() for kind in store.do_all([_plainly("TYPE", key) for key in keys])]
    there = [(key, kind) for key, kind in zip(keys, kinds, strict=True) if kind != "none"]
    answers = store.do_all([_plainly(*_QUESTIONS[kind][0](key)) for key, kind in there])
    found: Snapshot = {}
    for (key, kind), answer in zip(there, answers, strict=True):
        _QUESTIONS[kind][1](answer, key.decode()[len(prefix) :], found)
    return found


def changed(before: Snapshot, after: Snapshot) -> Snapshot:
    """What differs, as it is now: None for what is gone. Of the events only the new ones."""
    names = before.keys() | after.keys()
    found: Snapshot = {name: after.get(name) for name in names if before.get(name) != after.get(name)}
    if "events" in found:
        found["events"] = found["events"][len(before.get("events", [])) :]
    return found


def fields_of(snapshot: Snapshot, job_id: str) -> Mapping[str, Any]:
    """The fields of one job in a snapshot."""
    start = f"job:{job_id} "
    return {name[len(start) :]: value for name, value in snapshot.items() if name.startswith(start)}


def _escaped(prefix: str) -> str:
    return prefix.replace("[", "\\[").replace("*", "\\*")


def _plainly(*words: Any) -> Command[Any]:
    return Command(words, lambda reply: reply)


def _said(store: Store, words: tuple[Any, ...]) -> Any:
    return store.do(_plainly(*words))


def _hash(flat: list[bytes], name: str, found: Snapshot) -> None:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    if name.startswith("stats:"):
        for field, value in pairs:
            counter = "stats " + ("waits" if field.startswith(b"wait:") else field.decode())
            found[counter] = found.get(counter, 0) + int(value)
        return
    if name.startswith("job:"):
        found[f"{name} form"] = "live"
    if name.startswith("told:"):
        found |= {f"{name} {field.decode()}": "two times" for field in flat[::2]}
        return
    for field, value in pairs:
        found[f"{name} {field.decode()}"] = _plain(field.decode(), value)


def _string(value: bytes, name: str, found: Snapshot) -> None:
    if not name.startswith("job:"):
        found[name] = value
        return
    found[f"{name} form"] = "packed"
    for field, one in unpack(value).items():
        found[f"{name} {field}"] = _plain(field, one)


def _zset(flat: list[bytes], name: str, found: Snapshot) -> None:
    members = [_RECORDED.sub("", member.decode()) for member in flat[::2]]
    if name.startswith("notices:"):
        found[name] = [(said["o"], said.get("j")) for said in (json.loads(member[17:]) for member in members)]
    elif name.partition(":")[0] in _BY_TIME:
        found[name] = members if name == "scheduled" else sorted(members)
    else:
        found[name] = list(zip(members, map(float, flat[1::2]), strict=True))


def _list(items: list[bytes], name: str, found: Snapshot) -> None:
    texts = [item.decode() for item in items]
    if name.startswith("notified:"):
        texts = [text.partition(" ")[2] for text in texts]  # without the time
    found[name] = len(items) if name.startswith("wake:") else texts


def _set(items: list[bytes], name: str, found: Snapshot) -> None:
    found[name] = sorted(item.decode() for item in items)


def _stream(entries: list[Any], name: str, found: Snapshot) -> None:
    rows = [fields for _, fields in entries]
    if name == "events":
        found[name] = [f"{fields[1].decode()} {fields[3].decode()}" for fields in rows]
    else:
        found[name] = [tuple(fields[1::2]) for fields in rows]


def _plain(field: str, value: bytes) -> Any:
    if field in _TIMES:
        return "a time"
    if field == "rn":
        return "a name"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


#: Type of a key -> what to ask for it, and how the answer becomes data.
_QUESTIONS: Final[Mapping[str, tuple[Any, Any]]] = {
    "hash": (lambda key: ("HGETALL", key), _hash),
    "string": (lambda key: ("GET", key), _string),
    "zset": (lambda key: ("ZRANGE", key, 0, -1, "WITHSCORES"), _zset),
    "list": (lambda key: ("LRANGE", key, 0, -1), _list),
    "set": (lambda key: ("SMEMBERS", key), _set),
    "stream": (lambda key: ("XRANGE", key, "-", "+"), _stream),
}
