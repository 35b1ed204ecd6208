"""A submission: one job as the store takes it."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

#: How long a user's key names its job: long enough that yesterday's retry of a script finds it.
USER_KEY_TTL_MS: Final = 24 * 3600 * 1000


class IfExists(StrEnum):
    """What a submission with a key does when the key belongs to a job already."""

    RETURN = "return"
    SKIP = "skip"
    REPLACE = "replace"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One job to take. Times in ms; `delay_ms` and `expires_ms` count from now on the server's clock."""

    id: str
    task: str
    body: bytes
    queue: str = "default"
    priority: int = 5
    delay_ms: int | None = None
    due_ms: int | None = None  #: since the epoch; `delay_ms` wins
    expires_ms: int | None = None
    key: str = ""
    key_ttl_ms: int = USER_KEY_TTL_MS
    if_exists: IfExists = IfExists.RETURN
    unique: str = ""  #: no second active job of this name
    max_length: int | None = None  #: jobs that may wait in the queue; what live workers declare holds beside it
    secrets: bytes = field(default=b"", repr=False)  #: `model.secrets.encode`; kept apart, gone with the job's end
    after: tuple[str, ...] = ()  #: ids of jobs that have to succeed first

    @property
    def plan(self) -> Any:
        """What a workflow is made of, a `model.workflow.plan.Plan`; a job has none."""
        return None
