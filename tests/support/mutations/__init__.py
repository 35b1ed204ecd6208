"""Protections that can be taken out by name, in this process or in a real qctl that is started without them.

Owns the table of protections and how each is taken out; knows nothing of the scenes that show what it is for
(`tests/protections`). Nothing of this is in qctl: who does not run it from here has every protection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.support.mutations import of_jobs, of_schedules, of_workers, of_workflows
from tests.support.mutations.altering import Gone, InFunction, InScript, Part, take_out, without
from tests.support.mutations.protection import Protection

PROTECTIONS: Final[Mapping[str, Protection]] = {
    name: protection
    for part in (of_jobs, of_schedules, of_workflows, of_workers)
    for name, protection in part.PROTECTIONS.items()
}

__all__ = ["PROTECTIONS", "Gone", "InFunction", "InScript", "Part", "Protection", "take_out", "without"]
