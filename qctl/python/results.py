"""Handles of what was submitted, in Celery's words: `AsyncResult` of a job, `GroupResult` of jobs side by side.

A handle holds an id and asks the store anew each time. One that a submit has answered knows the plan of its workflow;
one that was made of an id reads it when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any, Self

from qctl.clock import monotonic
from qctl.model.job import Job
from qctl.model.state import Outcome
from qctl.model.view import python_value
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.plan import GroupTerms
from qctl.python import members, states
from qctl.python.asked_at_once import AskedAtOnce, Followed
from qctl.python.described import Described
from qctl.python.handles import Handle
from qctl.python.instance import Qctl
from qctl.python.members import NoSuchGroup, must_be_harmless
from qctl.python.shape import Shape
from qctl.store.workflow_values import Fate


class _Within(Handle):
    """What handles of jobs and of groups have in common: the workflow that they are a part of."""

    @property
    def workflow(self) -> AsyncResult | None:
        """The workflow that this is a part of; None if it is none's."""
        return AsyncResult(self._of_workflow, self._instance) if self._of_workflow else None

    @property
    def parent(self) -> AsyncResult | GroupResult | None:
        """What comes before this in its workflow; None for the first."""
        shape = self._shape
        before = shape.before(self._name) if shape and self._name in shape.nodes else None
        return None if before is None or shape is None else handle_of(before, shape, self._instance)

    @property
    def following(self) -> list[AsyncResult | GroupResult]:
        """What starts when this has succeeded: the next step, and what was linked to it."""
        shape = self._shape
        names = shape.after(self._name) if shape and self._name in shape.nodes else ()
        return [handle_of(name, shape, self._instance) for name in names] if shape else []


class AsyncResult(_Within, Described, Followed):
    """A job, or a workflow, by its id. Every property asks the store anew. Raises NoSuchJob for an id of no job."""

    @property
    def task_id(self) -> str:
        return self.id

    @property
    def job(self) -> Job:
        """The job as it is now, in qctl's words: `job.state`, `job.outcome`, `job.reason`, its attempts."""
        return self._client.job(self.id)

    @property
    def state(self) -> str:
        """PENDING, STARTED, RETRY, PROGRESS (or what the task has said), SUCCESS, FAILURE or REVOKED."""
        return states.celery_state(self.job)

    status = state

    @property
    def result(self) -> Any:
        """The value of a job that succeeded, the exception of one that did not, until then what it says of itself."""
        job = self.job
        if job.ended:
            return self._value() if job.outcome is Outcome.SUCCEEDED else states.failure_of(job, self._client)
        return states.info_of(job)

    info = result

    def get(self, timeout: float | None = None, propagate: bool = True, **celerys: Any) -> Any:
        """Wait until the job has ended and answer its value. Without `propagate` an exception is answered, not raised.

        Raises JobFailed, of the job before it that failed if this one was skipped; WaitTimeout after `timeout` seconds;
        InsideAJob in a task; LostWhileWaiting if Redis goes away.
        """
        must_be_harmless("get()", celerys)
        job = self._client.wait([self.id], timeout)[0]
        if job.outcome is Outcome.SUCCEEDED:
            return self._value()
        failure = states.failure_of(job, self._client)
        if propagate:
            raise failure
        return failure

    wait = get

    def ready(self) -> bool:
        """Whether it has ended, however it did."""
        return self.job.ended

    def successful(self) -> bool:
        return self.state == states.SUCCESS

    def failed(self) -> bool:
        return self.state == states.FAILURE

    def revoke(self, terminate: bool = True, reason: str = "", **celerys: Any) -> str:  # noqa: ARG002
        """Cancel it; what runs is told to stop, whatever `terminate` says. What comes after it is skipped.

        Answers OK, RUNNING (its worker was told), ENDED or UNKNOWN.
        """
        must_be_harmless("revoke()", celerys)
        return self._client.cancel([self.id], reason=reason)[0].answer

    def forget(self) -> None:
        """Remove the ended job with its value and output. A part of a workflow is kept as long as the whole."""
        if not self._of_workflow:
            self._client.remove([self.id])

    @property
    def children(self) -> list[AsyncResult | GroupResult]:
        """What starts when this has succeeded: the next step, and what was linked to it."""
        return self.following

    @property
    def root_id(self) -> str:
        """The id of the first job of its chain; its own outside of one."""
        first: AsyncResult | GroupResult = self
        while (before := first.parent) is not None:
            first = before
        return first.id

    def collect(self, timeout: float | None = None) -> Iterator[tuple[AsyncResult | GroupResult, Any]]:
        """Wait for this and for all that follows it, and answer each handle with its value, first things first."""
        left: list[AsyncResult | GroupResult] = [self]
        for handle in left:
            yield handle, handle.get(timeout)
            left += handle.following

    def __qctl_json__(self) -> str:
        return self.id

    def _value(self) -> Any:
        return python_value(self._client.value(self.id))


class GroupResult(_Within, AskedAtOnce):
    """Jobs side by side, in declared order. A member that is a chain stands as its last job, with its `parent`s."""

    def __init__(
        self,
        id: str,  # noqa: A002
        results: Sequence[AsyncResult | GroupResult] | None = None,
        instance: Qctl | None = None,
        shape: Shape | None = None,
    ) -> None:
        super().__init__(id, instance, shape)
        self._results = None if results is None else list(results)

    @classmethod
    def restore(cls, id: str, instance: Qctl | None = None) -> Self:  # noqa: A002
        """The group of this id, `<workflow>.g1`. Raises NoSuchGroup if there is none."""
        found = cls(id, instance=instance)
        found._parts  # noqa: B018 - asks for it
        return found

    @cached_property
    def _parts(self) -> tuple[str, str]:
        known = self._results is not None or self._known is not None
        return super()._parts if known else members.place_of_group(self._client, self.id)

    @property
    def results(self) -> list[AsyncResult | GroupResult]:
        """The handles of the members."""
        if self._results is None:
            shape = self._shape
            if shape is None:
                raise NoSuchGroup(id=self.id)
            self._results = [handle_of(name, shape, self._instance) for name in shape.members(self._name)]
        return self._results

    @property
    def children(self) -> list[AsyncResult | GroupResult]:
        """The members, as Celery has it."""
        return self.results

    def get(self, timeout: float | None = None, propagate: bool = True, **celerys: Any) -> Any:
        """Wait for the group and answer its value: the members' in declared order, under `any` the first one's.

        Without `propagate` always a list, with the exceptions in the places of members that failed. Raises as
        `AsyncResult.get`, as soon as a member has failed where that fails the group.
        """
        must_be_harmless("get()", celerys)
        deadline = None if timeout is None else monotonic() + timeout
        patiently: Callable[[Callable[[], Any]], Any] = partial(members.patiently, self._client, deadline=deadline)
        with members.told_of(self.id, timeout):
            for job in members.ended_jobs(self._client, patiently(self._needed) if propagate else (), deadline):
                if job.outcome is not Outcome.SUCCEEDED:
                    raise states.failure_of(job, self._client)
            if patiently(lambda: self._terms) is not None:
                fate = members.ended_group(self._client, self._of_workflow, self._name, patiently(self._ids), deadline)
                self._take_in(fate)
                if propagate and fate.outcome == Outcome.SUCCEEDED:
                    return patiently(self._value)
                if propagate:
                    raise members.failure_of_group(self._client, self.id, fate, patiently(self._jobs))
            return members.ends_of(self._client, patiently(self.__qctl_json__), deadline)

    join = join_native = get

    def ready(self) -> bool:
        """Whether the group has ended: once every member has, under `any` once one has succeeded."""
        return self._fate().outcome is not None if self._terms else all(job.ended for job in self._jobs())

    def successful(self) -> bool:
        """Whether every member has succeeded, and there will be no more."""
        return self.ready() and all(job.outcome is Outcome.SUCCEEDED for job in self._jobs())

    def failed(self) -> bool:
        """Whether a member has failed."""
        return any(states.celery_state(job) == states.FAILURE for job in self._jobs())

    def waiting(self) -> bool:
        """Whether the group has not ended."""
        return not self.ready()

    def completed_count(self) -> int:
        """How many members have succeeded."""
        return sum(job.outcome is Outcome.SUCCEEDED for job in self._jobs())

    def revoke(self, terminate: bool = True, reason: str = "", **celerys: Any) -> None:  # noqa: ARG002
        """Cancel all that is within the group and has not ended; what runs is told to stop."""
        must_be_harmless("revoke()", celerys)
        whole = self._shape
        ids = [node_id(whole.workflow, name) for name in whole.inside(self._name)] if whole else self._ids()
        self._client.cancel(ids, reason=reason)

    def forget(self) -> None:
        """Remove the ended jobs. Parts of a workflow are kept as long as the whole: `workflow.forget()` removes it."""
        for member in self.results:
            member.forget()

    def save(self) -> Self:
        """Nothing to do: a group is kept with its workflow. Here for Celery's users."""
        return self

    def __qctl_json__(self) -> list[Any]:
        return [member.__qctl_json__() for member in self.results]

    def __reduce__(self) -> tuple[Any, ...]:
        return super().__reduce__() if self._parts[0] else (GroupResult, (self.id, self._results))

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[AsyncResult | GroupResult]:
        return iter(self.results)

    def __getitem__(self, place: int) -> AsyncResult | GroupResult:
        return self.results[place]

    @property
    def _terms(self) -> GroupTerms | None:
        """Of a group in a workflow, how it is worked off."""
        shape = self._shape
        return shape.nodes[self._name].group if shape and self._name in shape.nodes else None

    def _needed(self) -> list[str]:
        """The jobs of which none may fail, by what their groups say."""
        shape = self._shape
        return self._ids() if shape is None else [node_id(shape.workflow, name) for name in shape.needed(self._name)]

    def _fate(self) -> Fate:
        """How the group has ended, as far as it has."""
        fate = self._client.reading.fate(self._of_workflow, self._name)
        self._take_in(fate)
        return fate

    def _take_in(self, fate: Fate) -> None:
        """Know the members that were added since the plan was read."""
        if fate.outcome is not None and fate.members is not None and fate.members > len(self.results):
            self._known = self._results = None

    def _jobs(self) -> list[Job]:
        """The members' jobs as they are now."""
        return members.read_jobs(self._client, self._ids())

    def _ids(self) -> list[str]:
        return members.flat(self.__qctl_json__())

    def _value(self) -> Any:
        return as_python(self._client.reading.input(self._of_workflow, f"v:{self._name}"))


def handle_of(name: str, shape: Shape, instance: Qctl | None = None) -> AsyncResult | GroupResult:
    """The handle of a workflow's node."""
    made = GroupResult if shape.nodes[name].group is not None else AsyncResult
    return made(node_id(shape.workflow, name), instance=instance, shape=shape)
