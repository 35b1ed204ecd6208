"""The verbs: each builds a command for its script and reads the answer. No connection is known here."""

from __future__ import annotations

from qctl.store.job_verbs import JobVerbs
from qctl.store.notice_verbs import NoticeVerbs
from qctl.store.schedule_verbs import ScheduleVerbs
from qctl.store.worker_verbs import WorkerVerbs
from qctl.store.workflow_verbs import WorkflowVerbs


class Verbs(JobVerbs, WorkerVerbs, ScheduleVerbs, NoticeVerbs, WorkflowVerbs):
    """All verbs of one namespace."""
