"""Whose lines are meant: jobs, and in place of a workflow those that it is made of, each by a name of its own."""

from __future__ import annotations

from qctl.client.workflows import labels_of
from qctl.model.call import Kind
from qctl.model.workflow.node_names import node_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qctl.client import Client
    from qctl.model.job import Job


class Sources:
    """The jobs that are asked for, and those that are read for them. A workflow grows more of them while it runs."""

    def __init__(self, client: Client, found: Sequence[Job]) -> None:
        self._client, self._found = client, found
        self._workflows = frozenset(job.id for job in found if job.call.kind is Kind.WORKFLOW)
        self.asked = [job.id for job in found]
        self._labels: dict[str, str] = {}
        self._over: set[str] = set()

    @property
    def jobs(self) -> list[Job]:
        """Those that have something to say now, a workflow's in declared order."""
        return [one for job in self._found for one in self._of(job)]

    @property
    def alone(self) -> list[str]:
        """Those that are asked for and are no workflows."""
        return [job for job in self.asked if job not in self._workflows]

    @property
    def several(self) -> bool:
        """Whether lines have to be told apart."""
        return len(self.asked) > 1 or bool(self._workflows)

    def label(self, job: str) -> str:
        """What stands before its lines: of a workflow's job its task, where one workflow alone is meant."""
        return self._labels.get(job, job) if len(self.asked) == 1 else job

    def now(self, jobs: Sequence[Job]) -> Iterator[Job]:
        """The jobs that may have something to say, as they are now, each until it has ended."""
        for job in jobs:
            for one in self._of(job):
                if one.id not in self._over:
                    yield one
                    self._over |= {one.id} if one.ended else set()

    def _of(self, job: Job) -> list[Job]:
        if job.id not in self._workflows:
            return [job]
        state = self._client.workflow(job.id)
        self._labels |= {node_id(job.id, name): label for name, label in labels_of(state.nodes).items()}
        return [one for one in state.jobs.values() if one.attempt]


def sources_of(client: Client, ids: Sequence[str]) -> Sources:
    """Find out which of the ids are workflows. Raises NoSuchJob."""
    return Sources(client, client.jobs(ids))
