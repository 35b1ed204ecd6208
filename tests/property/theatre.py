"""Works a workflow off in the order that a clock of its own says, as workers do that have room for everything.

Whatever can go wrong between workers and the store goes wrong here, and takes no time of that clock: attempts fail and
are retried, workers die with what they own and speak again, answers are lost. Nothing of it may change anything.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, NamedTuple

from qctl.model.call import Call
from qctl.model.output import STDOUT, Chunk, encode_chunks
from qctl.model.state import Outcome, Reason
from qctl.model.submission import Submission
from qctl.model.workflow.flatten import flatten_members
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.tree import Tree
from qctl.store import Command, Reading, Store
from qctl.store.values import Answer, Claim, OutputReport, ProgressReport
from qctl.store.workflow_values import Extended
from tests.property.scripts import Script
from tests.support.canvas import NOTHING, Ran
from tests.support.store_seed import SeedWorker, lose, make_due, settled, some_json
from tests.support.workflow_seed import a_workflow, send


class Held(NamedTuple):
    """A step that runs: by whom, and what it was given."""

    worker: SeedWorker
    claim: Claim
    received: Any


@dataclass
class Staff:
    """Two workers, what they hold, and what happens to them."""

    store: Store
    script: Script
    luck: Random
    again: bool = False  #: every call is sent twice
    trouble: bool = False  #: workers die, attempts are retried, calls come too late
    ran: dict[str, Ran] = field(default_factory=dict)
    afterwards: list[tuple[str, Any]] = field(default_factory=list)  #: callbacks that started at the end, and with what
    stopped: bool = False  #: the whole was still under way when it was to be stopped
    held: dict[str, Held] = field(default_factory=dict)  #: by task
    elsewhere: set[str] = field(default_factory=set)  #: steps of the workflows that took the places of some
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._workers = [self._hire(), self._hire()]
        self._stale: list[tuple[SeedWorker, Claim]] = []  #: what workers once had, and may still speak of
        self._back: dict[str, Any] = {}  #: given back before their end: they come again
        self._events: list[tuple[float, int, str, Any]] = []
        self._nodes: dict[str, str] = {}
        self._members = count(1)
        self._open = ""  #: the group that is fed from outside

    def leave(self) -> None:
        """Nobody works here any more."""
        for worker in self._workers:
            assert self.store.do(self.store.verbs.unregister(worker.id)) == 0, "it owns something still"

    def _hire(self) -> SeedWorker:
        return SeedWorker(self.store, f"w{next(self._numbers)}").register()

    def _follow(self) -> None:
        while self.store.do(self.store.verbs.follow(2))[1]:
            pass

    def _obey(self) -> None:
        """What is to be stopped stops at once."""
        self._follow()
        while sum(self._stop_what_is_ordered(worker) for worker in self._workers):
            self._follow()

    def _stop_what_is_ordered(self, worker: SeedWorker) -> bool:
        orders = worker.heartbeat().orders
        for task, (owner, claim, received) in list(self.held.items()):
            if owner is worker and claim.id in orders:
                del self.held[task]
                worker.bury(claim, outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
                self.ran[task] = Ran(task, received, "cancelled")
        return bool(orders)

    def _speak(self, worker: SeedWorker, claim: Claim) -> None:
        """A step writes to its log, and tells how far it is."""
        chunk = encode_chunks([Chunk(1, STDOUT, b"some words")])
        output = OutputReport(claim.id, claim.fence, claim.attempt, 0, chunk)
        self.store.do(self.store.verbs.report(worker.id, [output, ProgressReport(claim.id, claim.fence, 0.5)]))

    def _suffer(self) -> None:
        """Something goes wrong, and is made good before the clock goes on."""
        tasks = sorted(self.held)
        what = self.luck.choice(["die", "retry", "release", "speak too late"])
        self.troubles.append(what)
        if what == "speak too late":
            for worker, claim in self._stale[-3:]:
                self._speak_too_late(worker, claim)
        elif what == "die":
            self._die(self.luck.randrange(2))
        elif tasks:
            task = self.luck.choice(tasks)
            worker, claim, received = self.held.pop(task)
            self._back[task] = received
            if what == "release":
                assert worker.release(claim, begun=True) is Answer.OK
            else:
                assert worker.retry(claim) is Answer.OK
                make_due(self.store, claim.id)
                self.store.do(self.store.verbs.promote())
            self._stale.append((worker, claim))

    def _die(self, place: int) -> None:
        """A worker dies with what it owns; what it says afterwards is nobody's business."""
        dead, self._workers[place] = self._workers[place], self._hire()
        lost = {task: held for task, held in self.held.items() if held.worker is dead}
        for task, held in lost.items():
            del self.held[task]
            self._back[task] = held.received
        lose(self.store, dead)
        self._stale += [(dead, held.claim) for held in lost.values()]

    def _speak_too_late(self, worker: SeedWorker, claim: Claim) -> None:
        late: Mapping[str, Any] = {"value": some_json('"late"')} if self.luck.random() < 0.5 else {}
        answer = worker.complete(claim, **late) if late else worker.bury(claim)
        assert answer is not Answer.OK, "who has nothing to say any more is believed"


class Theatre(Staff):
    """One workflow `w` by the clock, and who interferes."""

    def perform(self, workflow: WorkflowSubmission) -> None:
        self._nodes = {node.job.task: node.name for node in workflow.plan.nodes if node.job}
        self._open = next((node.name for node in workflow.plan.nodes if node.group and node.group.open), "")
        for at, what, about in self.script.events():
            self._at(at, what, about)
        now = 0.0
        while True:
            self._settle_down(now)
            if not self._events:
                return
            now, _, what, about = heapq.heappop(self._events)
            getattr(self, f"_{what}")(about)

    def _at(self, at: float, what: str, about: Any) -> None:
        heapq.heappush(self._events, (at, next(self._numbers), what, about))

    def _settle_down(self, now: float) -> None:
        """Nothing is left to be done before the clock goes on."""
        self._obey()
        self._take(now)
        while self.trouble and self.luck.random() < 0.25:
            self._suffer()
            self._take(now)

    def _take(self, now: float) -> None:
        while True:
            worker = self.luck.choice(self._workers)
            claims = worker.claim(self.luck.choice([1, 3, 50]))
            if not claims:
                return
            if self.again:
                assert [one.id for one in worker.ask_again(50).claims] == [one.id for one in claims]
            for claim in claims:
                self._begin(worker, claim, now)
            self._follow()

    def _begin(self, worker: SeedWorker, claim: Claim, now: float) -> None:
        workflow = claim.id.rpartition(".")[0]
        read = Reading(self.store)
        received = plain(as_python(read.input(workflow, claim.source)) if claim.source else NOTHING)
        if claim.id.startswith("w.on_"):
            self.afterwards.append((claim.task, received))
            ended = worker.complete(claim) if self.luck.random() < 0.8 else worker.bury(claim)
            assert ended is Answer.OK
            return
        assert claim.task not in self.held, "it runs twice"
        assert claim.task not in self.ran, "it runs once more"
        self.held[claim.task] = Held(worker, claim, received)
        if claim.task in self._back:
            assert self._back.pop(claim.task) == received, "it is given something else the second time"
            return
        act = self.script.act(claim.task)
        if self.luck.random() < 0.1:
            self._speak(worker, claim)
        if act.adds:
            self._add(act.adds, Held(worker, claim, received))
        self._at(now + act.seconds, "end", claim.task)

    def _end(self, task: str) -> None:
        if task not in self.held:
            return  # it was stopped
        worker, claim, received = self.held.pop(task)
        act = self.script.act(task)
        if act.ok and act.instead is not None:
            instead = a_workflow(act.instead, f"r{task}")
            self.elsewhere |= {node.job.task for node in instead.plan.nodes if node.job}
            for answer in self._answers():
                assert self.store.do(self.store.verbs.replace(worker.id, [settled(claim, instead=instead)])) == [answer]
            self.ran[task] = Ran(task, received, claim.id)
            return
        for answer in self._answers():
            value = some_json(json.dumps(act.value))
            assert (worker.complete(claim, value=value) if act.ok else worker.bury(claim)) == answer
        self.ran[task] = Ran(task, received, "succeeded" if act.ok else "failed")

    def _answers(self) -> tuple[Answer, ...]:
        return (Answer.OK, Answer.ALREADY) if self.again else (Answer.OK,)

    def _stop(self, how: str) -> None:
        deadlines = self.store.keys.deadlines
        if how == "timeout":
            self.stopped = self.store.do(Command(("ZADD", deadlines, "XX", "CH", 1, "timeout w"), int)) == 1
            self.store.do(self.store.verbs.promote())
        else:
            answer = self.store.do(self.store.verbs.cancel(["w"], {"by": "ada"}))[0].answer
            self.stopped = answer != "ENDED"

    def _cancel(self, task: str) -> None:
        for _ in self._answers():
            self.store.do(self.store.verbs.cancel([f"w.{self._nodes[task]}"], {"by": "ada"}))

    def _feed(self, tree: Tree) -> None:
        self._add((tree,), None)

    def _seal(self, _: None) -> None:
        self.store.do(self.store.verbs.seal("w", self._open, "end"))

    def _add(self, trees: Sequence[Tree], adder: Held | None) -> None:
        """Add members to the group that a job is within, or to the open one."""
        number = 1000 * next(self._members)
        group = self._open if adder is None else "g1"  # of a job the store knows

        def job(step: Any, site: Any) -> Submission:
            return Submission(id=f"w.{site.name}", task=step.task, body=Call(task=step.task, workflow_id="w").encode())

        flat = flatten_members(trees, job, group=group, position=0, number=number, parent=None, fed=True)
        asker = None if adder is None else (adder.worker.id, adder.claim.id, adder.claim.fence)
        into = group if adder is None else ""
        call = self.store.verbs.extend("w", into, flat.nodes, [], f"t{number}", asker=asker)
        answer = self.store.do(call)
        if self.again and answer is Extended.OK:
            assert self.store.do(call) is Extended.ALREADY


def performed(store: Store, tree: Tree, theatre: Theatre, **options: Any) -> WorkflowSubmission:
    """Submit a composition and work it off."""
    workflow = a_workflow(tree, on_error="on_error", on_success="on_success", timeout_ms=3_600_000, **options)
    send(store, workflow)
    theatre.perform(workflow)
    read = Reading(store)
    for task, ran in theatre.ran.items():
        if "." in ran.outcome:  # another workflow took its place: it ended as that
            outcome = read.job(ran.outcome).outcome
            theatre.ran[task] = ran._replace(outcome=str(outcome))
    return workflow


def plain(received: Any) -> Any:
    """An input in the words of the interpreter."""
    if isinstance(received, dict) and "failed" in received:
        return {"failed": sorted(one["task"] for one in received["failed"])}
    if isinstance(received, dict) and "ok" in received:
        error = received["error"] and received["error"].get("task")
        return {"ok": received["ok"], "value": plain(received["value"]), "error": error}
    return [plain(one) for one in received] if isinstance(received, list) else received
