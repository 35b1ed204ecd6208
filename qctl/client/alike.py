"""What is to be submitted at once: of plain jobs that are alike what they have in common, an id and a body for each."""

from __future__ import annotations

from itertools import islice

from qctl.classes import dataclass, replace
from qctl.client.sending import MOST_BYTES, MOST_JOBS, MOST_JOBS_TOGETHER, MOST_TOGETHER, send
from qctl.client.submitting import Receipt
from qctl.errors import QctlError, RedisUnreachable, UsageError
from qctl.model.call import NOTHING
from qctl.model.names import new_id, new_ids
from qctl.store.refusals import ConnectionBroken, in_doubt
from qctl.store.taken import Taken
from qctl.store.words import is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Final

    from qctl.client.prepared import PreparedTask
    from qctl.config.moulds import Mould
    from qctl.config.requests import Request
    from qctl.model.submission import Submission
    from qctl.store import Command, Store

    Wanted = tuple[Request | None, Submission]  #: a job or workflow, and of what is not plain who asks for it

_WORTH_IT: Final = 3  #: jobs of a run, on the average
_DRAWS: Final = 8  #: chosen ids are as they are


@dataclass(slots=True)
class Run:
    """Jobs in their order that differ in id and body alone."""

    like: Submission
    ids: list[str]
    bodies: list[bytes]
    request: Request | None = None  #: of a single one that is not like any other


class Gathered:
    """The jobs of one submit: all of them are made, and so checked, before the first is sent."""

    def __init__(self, draw: Callable[[], str]) -> None:
        self._draw = draw
        self._runs: list[Run] = []
        self._mould: Mould | None = None  #: that of the last run, which may get more

    def add(self, request: Request, made: Submission, mould: Mould | None) -> None:
        """Add a job, and what another one would come out of, or a workflow."""
        if mould is not None and mould.is_plain and is_plain(made):
            self._add(mould, made.id, made.body, made)
        else:
            self._runs.append(Run(made, [made.id], [made.body], request))
            self._mould = None

    def add_another(self, mould: Mould, request: Request) -> None:
        """Add a job that comes out of a mould. Raises ParameterError or UsageError."""
        if mould.is_plain:
            self._add(mould, self._draw(), mould.body_of(request))
        else:
            self.add(request, mould.job(request, self._draw, NOTHING, frozenset()), None)

    def _add(self, mould: Mould, job: str, body: bytes, made: Submission | None = None) -> None:
        if mould is not self._mould:
            self._mould = mould
            self._runs.append(Run(made or mould.like(job), [], []))
        self._runs[-1].ids.append(job)
        self._runs[-1].bodies.append(body)

    def add_calls(
        self, calls: Sequence[tuple[str, Mapping[str, Any]]], ready: Callable[[str], PreparedTask | None]
    ) -> bool:
        """Add jobs of tasks that are ready, with these parameters; False if one is not, or does not fit its task."""
        last = None
        try:
            for name, params in calls:
                if name != last:
                    if (task := ready(name)) is None:
                        return False
                    last, body = name, task.body
                    self._runs.append(Run(task.like, [], []))
                    add = self._runs[-1].bodies.append
                add(body(params))
        except UsageError:
            return False
        self._draw_ids()
        return True

    def _draw_ids(self) -> None:
        """Draw the ids of jobs that are alike: all together, which takes half as long as one after the other."""
        alike = [run for run in self._runs if run.request is None]
        count = sum(len(run.bodies) for run in alike)
        ids = iter(new_ids(count) if self._draw is new_id else [self._draw() for _ in range(count)])
        for run in alike:
            run.ids = list(islice(ids, len(run.bodies)))

    def _set_apart(self) -> None:
        """Draw ids once more if two are alike: the second job of one id and body would be taken for the first."""
        for _ in range(_DRAWS):
            ids = [job for run in self._runs for job in run.ids]
            if len(set(ids)) == len(ids):
                return
            self._draw_ids()

    def submit(self, store: Store, prepare: Callable[[Request], Submission]) -> list[Receipt]:
        """Send all of it, and answer a receipt for each; `prepare` makes of a request the same with another id.

        Raises as `send`.
        """
        told = self._sent(store, prepare)
        if told is None:
            return [Receipt(job, Taken.NEW, run.like.queue) for run in self._runs for job in run.ids]
        return told

    def put(self, store: Store) -> list[str]:
        """Send plain jobs, and answer their ids. Raises as `send`."""
        told = self._sent(store, _never)
        if told is None:
            return [job for run in self._runs for job in run.ids]
        return [receipt.id for receipt in told]

    def _sent(self, store: Store, prepare: Callable[[Request], Submission]) -> list[Receipt] | None:
        """Send all of it. None: all are new.

        Where not all of many plain jobs are, and if the connection broke, they are sent once more under the same ids,
        each with all that is said of it: none is taken twice, and it is told what became of each.
        """
        doubt = None
        self._set_apart()
        if self._is_alike():
            try:
                if self._all_taken(store):
                    return None
            except ConnectionBroken as error:
                doubt = error

        def renewed(request: Request | None, one: Submission) -> Submission | None:
            if request is None:
                return replace(one, id=self._draw())
            return None if request.options.id is not None else prepare(request)

        return send(store, list(self._written_out()), renewed, doubt, once_more=self._is_alike())

    def _is_alike(self) -> bool:
        """Whether there are many plain jobs, and few kinds of them."""
        worth_it = sum(len(run.ids) for run in self._runs) >= _WORTH_IT * max(1, len(self._runs))
        return worth_it and all(is_plain(run.like) for run in self._runs)

    def _all_taken(self, store: Store) -> bool:
        """Submit plain jobs; whether all of them are new. Raises ConnectionBroken, RedisUnreachable.

        A job that exists before it was sent is another one that drew the same id: this one gets another.
        """
        begun = False
        for trip in self._trips(store):
            try:
                answers = store.ask_all([command for _, _, command in trip])
            except RedisUnreachable as error:
                raise in_doubt(error) if begun else error from error
            for (run, start, _), answer in zip(trip, answers, strict=True):
                for place, taken in enumerate([] if isinstance(answer, QctlError) else answer, start):
                    if taken is Taken.EXISTS and not store.asked_twice:
                        run.ids[place] = self._draw()
            if any(answers):
                return False
            begun = True
        return True

    def _trips(self, store: Store) -> Iterator[list[tuple[Run, int, Command[list[Taken]]]]]:
        """The calls of each round trip, each with its run, and with the place in that of its first job."""
        trip: list[tuple[Run, int, Command[list[Taken]]]] = []
        size = count = 0
        for run in self._runs:
            command = store.job_verbs.submit_alikes(run.like)
            for start, end, length in _parts(run.bodies):
                if trip and (size + length > MOST_TOGETHER or count + end - start > MOST_JOBS_TOGETHER):
                    yield trip
                    trip, size, count = [], 0, 0
                trip.append((run, start, command(run.ids[start:end], run.bodies[start:end])))
                size, count = size + length, count + end - start
        yield trip

    def _written_out(self) -> Iterator[Wanted]:
        for run in self._runs:
            if run.request is not None:
                yield run.request, run.like
            else:
                for job, body in zip(run.ids, run.bodies, strict=True):
                    yield None, replace(run.like, id=job, body=body)


def _parts(bodies: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
    """Where the parts begin and end that go with one call each, and how many bytes they have."""
    start = 0
    while start < len(bodies):
        lengths = list(map(len, bodies[start : start + MOST_JOBS]))
        size = sum(lengths)
        while size > MOST_BYTES and len(lengths) > 1:
            size -= lengths.pop()
        yield start, start + len(lengths), size
        start += len(lengths)


def _never(request: Request) -> Submission:
    """What is asked for anew of workflows, where there are none."""
    raise AssertionError(request)
