"""Putting jobs and workflows to an instance: what they are made of is looked up, checked, and sent."""

from __future__ import annotations

from qctl.classes import replace
from qctl.client.acting import Acting
from qctl.later import cached_property, later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from qctl.client.alike import Gathered
    from qctl.client.catalogs import told_tasks
    from qctl.client.knowing import Known
    from qctl.client.placing import Choose, LeastBusy, placed
    from qctl.client.prepared import PreparedTask, prepared_task
    from qctl.client.presence import is_live
    from qctl.client.sending import send
    from qctl.client.submitting import Receipt
    from qctl.client.workflows import workflow_of
    from qctl.config import Config
    from qctl.config.preparing import Preparing
    from qctl.config.requests import Request, caller, prepare_as
    from qctl.model.submission import Submission
    from qctl.model.task import Task
    from qctl.model.workflow.copying import copy_of
    from qctl.store import Store, WorkerInfo
    from qctl.store.crew import Crew, crew
    from qctl.store.reading import Reading
    from qctl.store.store import Along
    from qctl.store.workflow_values import WorkflowState

    Place = Callable[[Request], tuple[Config, Sequence[Request]]]
else:
    Gathered = later("qctl.client.alike", "Gathered")
    Crew, crew = (later("qctl.store.crew", name) for name in ("Crew", "crew"))
    Reading = later("qctl.store.reading", "Reading")
    Known = later("qctl.client.knowing", "Known")
    LeastBusy, placed = (later("qctl.client.placing", name) for name in ("LeastBusy", "placed"))
    Request, caller, prepare_as = (later("qctl.config.requests", name) for name in ("Request", "caller", "prepare_as"))
    Preparing = later("qctl.config.preparing", "Preparing")
    prepared_task = later("qctl.client.prepared", "prepared_task")
    send = later("qctl.client.sending", "send")
    copy_of = later("qctl.model.workflow.copying", "copy_of")
    is_live = later("qctl.client.presence", "is_live")
    told_tasks = later("qctl.client.catalogs", "told_tasks")
    workflow_of = later("qctl.client.workflows", "workflow_of")


class Submitter(Acting):
    """The part of a client that makes jobs. `reading` answers what may be read."""

    def __init__(self, store: Store, config: Config, draw_id: Callable[[], str]) -> None:
        super().__init__(store, {name: queue.max_length for name, queue in config.queues.items() if queue.max_length})
        self.config = config
        self._draw_id = draw_id
        self._prepared: dict[str, PreparedTask] = {}
        self._along: Along | None = None

    @cached_property
    def reading(self) -> Reading:
        """What may be read."""
        return Reading(self._store)

    def submit(self, requests: Iterable[Request], *, strict: bool = True) -> list[Receipt]:
        """Submit jobs, in as few round trips as their size allows.

        Each is checked before the next is asked for, and all before the first is sent.

        Raises what `prepare` raises; Refused if a key is held and the call said `fail`, or if the call chose an id that
        another job has; NoSuchJob for one that it is to wait for; OutcomeUnknown if the connection broke and the job's
        fate is not known; SomeRefused if an error came after some of several jobs were accepted.
        """
        place = self._placing()
        how = Preparing(self.config, strict, self._draw_id)
        if isinstance(requests, list) and len(requests) == 1:
            return self._submit_one(requests[0], place, how)
        gathered = Gathered(self._draw_id)
        for request in requests:
            if (mould := how.moulds.fitting(request)) is not None:
                gathered.add_another(mould, request)
                continue
            config, several = place(request)
            if config is not how.config:
                how = replace(how, config=config)
            for one in several:
                gathered.add(one, prepare_as(one, how), how.moulds.fitting(one))
        return gathered.submit(self._store, lambda request: prepare_as(request, how))

    def _submit_one(self, request: Request, place: Place, how: Preparing) -> list[Receipt]:
        """As `submit`: what many jobs are kept in is not loaded for one."""
        config, several = place(request)
        if config is not how.config:
            how = replace(how, config=config)

        def anew(asked: Request | None, _: Submission) -> Submission | None:
            return None if asked is None or asked.options.id is not None else prepare_as(asked, how)

        return send(self._store, [(one, prepare_as(one, how)) for one in several], anew)

    def _placing(self) -> Place:
        """What answers, for each request of one submit, all that is known of its tasks, and it for each of its hosts.

        Of a job of a declared task that may run anywhere that is plain: nothing is imported or asked for it.
        """
        known: Known | None = None
        choose: Choose | None = None

        def place(request: Request) -> tuple[Config, Sequence[Request]]:
            nonlocal known, choose
            config = self.config
            task = config.known(request.task) if request.tree is None and isinstance(request.task, str) else None
            if request.adhoc or (task is not None and (not task.host or request.options.host is not None)):
                return config, (request,)
            known = known or self._knowing()
            choose = choose or LeastBusy(self.live_workers, lambda queues: self.reading.queues(queues))
            config = known.of(request)
            return config, placed(request, config, choose)

        return place

    def put(self, task: str, params: Mapping[str, Any], args: Sequence[Any] = ()) -> str | None:
        """Submit one job of a task with the task's own options, and answer its id; `args` are values by place.

        None, and nothing is submitted, where that takes more than a look at its parameters: `submit` does it then.
        Raises as `submit`.
        """
        found = self._ready(task)
        return None if found is None else found.submit(params, args)

    def put_many(self, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str] | None:
        """Submit jobs of tasks with the tasks' own options, all checked before the first is sent, and answer their ids.

        None, and nothing is submitted, where `submit` has to do it: it also tells what is wrong. Raises as `submit`.
        """
        gathered = Gathered(self._draw_id)
        if not gathered.add_calls(calls, self._ready):
            return None
        return gathered.put(self._store)

    def _ready(self, task: str) -> PreparedTask | None:
        """A task made ready for plain jobs; None if it has to be looked at each time."""
        found = self._prepared.get(task)
        if found is None or not found.holds:
            known = Known(self.config, dict).with_tasks([task])
            found = prepared_task(self._store, known.known(task), known, self._draw_id)
            if found is not None:
                self._prepared[task] = found
        return found

    def copy_workflow(self, state: WorkflowState) -> Receipt:
        """Submit a workflow once more, as it was planned, under an id of its own. Raises as `submit`.

        Secret values are not copied: a workflow whose steps have any is not for this.
        """
        request = Request(task=state.job.call.task)

        def copied(*_: object) -> Submission:
            return copy_of(state.job, state.plan, self._draw_id(), caller())

        (receipt,) = send(self._store, [(request, copied())], copied)
        return receipt

    def told_tasks(self) -> dict[str, Task]:
        """All tasks that live workers can run, as far as a caller has to know them."""
        return told_tasks(self.reading, self.live_workers())

    def config_for(self, request: Request) -> Config:
        """The configuration with every task that a request names, as far as anybody knows it."""
        return self._knowing().of(request)

    def workflow(self, workflow_id: str) -> WorkflowState:
        """Read a workflow: its plan, and what has become of its nodes. Raises NoSuchJob."""
        return workflow_of(self.reading, workflow_id)

    def _knowing(self) -> Known:
        return Known(self.config, self.told_tasks)

    def look_along(self) -> None:
        """Let what `crew` answers next be asked for along with whatever is asked next."""
        self._along = self._store.along(crew(self._store.keys))

    def crew(self) -> Crew:
        """The workers that are there, and what is paused, in one round trip or along with another."""
        along, self._along = self._along or self._store.along(crew(self._store.keys)), None
        found: Crew | None = along.take()
        if found is None:  # somebody has put something else there: each is asked for by itself, and says so
            return Crew(self.reading.now_ms(), tuple(self.live_workers()), self.reading.pauses())
        return replace(found, workers=tuple(one for one in found.workers if is_live(one, found.now_ms)))

    def live_workers(self, queue: str | None = None) -> list[WorkerInfo]:
        """Workers that are there, and that read a queue."""
        now, workers = self.reading.workers_now()
        live = [worker for worker in workers if is_live(worker, now)]
        return live if queue is None else [w for w in live if w.reads(queue)]
