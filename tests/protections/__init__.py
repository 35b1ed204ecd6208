"""What each protection of tests/support/mutations is for: with it a scene shows nothing wrong, without it something."""

from __future__ import annotations

from tests.protections import of_descriptors, of_jobs, of_notices, of_processes, of_schedules, of_workers, of_workflows
from tests.protections.stage import SCENES, Stage

__all__ = [
    "SCENES",
    "Stage",
    "of_descriptors",
    "of_jobs",
    "of_notices",
    "of_processes",
    "of_schedules",
    "of_workers",
    "of_workflows",
]
