"""Reads of jobs by their ids, and of the workflows that some of them are, or are nodes of."""

from __future__ import annotations

from qctl.classes import replace
from qctl.errors import NoSuchJob
from qctl.later import cached_property, later
from qctl.model.workflow.node_names import node_id, parts_of
from qctl.store.command import Command, script, script_call
from qctl.store.instance import InstanceReading
from qctl.store.record import inline_value, read_fields, read_job_if_sound, read_value
from qctl.store.replies import same, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.model.attempt import Value
    from qctl.model.job import Job
    from qctl.model.workflow.inputs import Input
    from qctl.model.workflow.standing import Progress
    from qctl.store.abouts import about_in
    from qctl.store.asking import Asking, carry_out
    from qctl.store.command import Word
    from qctl.store.keys import Keys
    from qctl.store.workflow_counting import progress
    from qctl.store.workflow_reading import WorkflowReading
    from qctl.store.workflow_values import Fate, WorkflowState
else:
    carry_out = later("qctl.store.asking", "carry_out")
    progress = later("qctl.store.workflow_counting", "progress")
    WorkflowReading = later("qctl.store.workflow_reading", "WorkflowReading")
    about_in = later("qctl.store.abouts", "about_in")

#: How many jobs one script reads.
_BATCH: Final = 200


class JobReading(InstanceReading):
    """Reads of jobs by their ids."""

    @cached_property
    def _workflows(self) -> WorkflowReading:
        return WorkflowReading(self._store)

    def job(self, job_id: str) -> Job:
        """Read one job. Raises NoSuchJob."""
        found = self.jobs([job_id])
        if not found:
            raise NoSuchJob(id=job_id)
        return found[0]

    def jobs(self, ids: Sequence[str]) -> list[Job]:
        """Read jobs in the order of their ids; those that do not exist, or that nobody can read, are left out."""
        found = self._recorded(ids)
        nodes = {job: parts for job in ids if job not in found and (parts := parts_of(job))}
        if nodes:
            flows = self._recorded(list({workflow for workflow, _ in nodes.values()}))
            found |= self._workflows.unreleased(list(nodes.values()), flows)
        return [found[job] for job in ids if job in found]

    def each(self, ids: Sequence[str]) -> list[Job]:
        """Read jobs as `jobs` does. Raises NoSuchJob for the first that it would leave out."""
        found = {job.id: job for job in self.jobs(ids)}
        missing = next((job for job in ids if job not in found), None)
        if missing is not None:
            raise NoSuchJob(id=missing)
        return [found[job] for job in ids]

    def workflow(self, job_id: str) -> WorkflowState | None:
        """Read how a workflow stands, with the jobs of its nodes; None if there is no workflow of this id."""
        (form,) = self._store.do(self._forms([job_id]))
        job = read_job_if_sound(job_id, form) if form else None
        main = read_fields(form).get("w") if form else None
        state = self._workflows.state(job, int(main)) if job and main else None
        if state is None:
            return None
        ids = {node_id(job_id, name): name for name, node in state.nodes.items() if node.job is not None}
        return replace(state, jobs={ids[job]: read for job, read in self._recorded(list(ids)).items()})

    def fate(self, workflow_id: str, name: str) -> Fate:
        """How a node of a workflow, a group for one, has ended, as far as it has. Raises NoSuchJob."""
        found = self._workflows.fate(workflow_id, name)
        if found.outcome is None and self.job(workflow_id).ended:
            return self._workflows.final_fate(workflow_id, name)  # what ended before the workflow did
        return found

    def values(self, ids: Sequence[str]) -> list[Input]:
        """The values that ended jobs left, in the order of their ids. Raises InputTooLarge and InputGone."""
        return self._workflows.values(ids)

    def progress(self, ids: Sequence[str]) -> dict[str, Progress]:
        """How far workflows are that have not ended, by id; others are left out. Their plans are not read for it."""
        return carry_out(self._store, progress(self._keys, ids)) if ids else {}

    def parts(self, ids: Sequence[str]) -> dict[str, int]:
        """Of how many parts workflows are, about, by id; 0 for what is none."""
        counts = self._store.do_all([Command(("HLEN", self._keys.nodes(one)), int) for one in ids])
        return dict(zip(ids, counts, strict=True))

    def input(self, workflow_id: str, source: str) -> Input:
        """What a step of a workflow receives, from its source. Raises InputTooLarge and InputGone."""
        return self._workflows.input(workflow_id, source)

    def value(self, job_id: str) -> Value | None:
        """Read the value that a job left, or None. Raises InputTooLarge and InputGone for a workflow's."""
        (forms, apart) = self._store.do_all([self._forms([job_id]), Command(("GET", self._keys.value(job_id)), same)])
        if apart:
            return read_value(apart)
        fields = read_fields(forms[0]) if forms[0] else {}
        if "w" in fields or "vr" in fields:
            return self._workflows.value(text(fields.get("vr", job_id)))
        return inline_value(fields)

    def exists(self, job_id: str) -> bool:
        """Say whether there is a job of exactly this id."""
        found: bool = self._store.do(Command(("EXISTS", self._keys.job(job_id)), bool))
        return found

    def _recorded(self, ids: Sequence[str]) -> dict[str, Job]:
        """By id those jobs of which there is a record that can be read."""
        batches = [ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)]
        found: dict[str, Job] = {}
        for batch, forms in zip(batches, self._store.do_all([self._forms(b) for b in batches]), strict=True):
            read = (read_job_if_sound(job, form) for job, form in zip(batch, forms, strict=True) if form)
            found |= {job.id: job for job in read if job}
        labels = self._labels({job.owner for job in found.values() if job.owner})
        return {id_: _with_label(job, labels) for id_, job in found.items()}

    def _forms(self, ids: Sequence[str]) -> Command[list[Any]]:
        return forms(self._keys, ids)

    def _labels(self, workers: set[str]) -> dict[str, str]:
        ids = sorted(workers)
        abouts = self._store.do_all([Command(("HGET", self._keys.worker(w), "about"), same) for w in ids])
        return {w: str(about_in(about).get("label", w)) for w, about in zip(ids, abouts, strict=True) if about}


def forms(keys: Keys, ids: Sequence[str]) -> Command[list[Any]]:
    """Asks for the records of jobs as they stand, None where there is none."""
    words: list[Word] = [len(ids), *ids]
    return script_call(script("jobs"), (keys.door,), words, lambda reply: list(reply[1:]))


def sound_jobs(keys: Keys, ids: Sequence[str], labels: Mapping[str, str]) -> Asking[list[Job]]:
    """Jobs in the order of their ids, but for those that do not exist or that nobody can read.

    `labels` are those of workers, by their ids.
    """
    batches = [ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)]
    answers = yield [forms(keys, batch) for batch in batches]
    rows = [row for batch, found in zip(batches, answers, strict=True) for row in zip(batch, found, strict=True)]
    jobs = [read_job_if_sound(job, form) for job, form in rows if form]
    return [_with_label(job, labels) for job in jobs if job is not None]


def _with_label(job: Job, labels: Mapping[str, str]) -> Job:
    return replace(job, worker=labels.get(job.owner, job.owner)) if job.owner else job
