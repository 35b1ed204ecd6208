"""What is wrong with workflows that run, in sentences, each with the command that helps."""

from __future__ import annotations

from qctl.model.show import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.troubles import Trouble
    from qctl.store.workflow_health import Feeding, RunningWorkflows

_MOST: Final = 3  #: named one by one
_SILENT_MS: Final = 150_000  #: before its end whoever feeds a group would have been heard of long ago
_SILENT_UNATTENDED_MS: Final = 82_800_000  #: of one who need not tell that he is there: an hour of his day has gone


def workflow_troubles(found: RunningWorkflows, now_ms: int) -> list[Trouble]:
    """All of it, the worst first."""
    lost = [
        (f"workflow {one} runs, and its plan is gone: nothing of it can start", f"qctl cancel {one}")
        for one in found.lost
    ]
    stuck = [(f"workflow {one} runs, and nothing of it is under way", f"qctl cancel {one}") for one in found.stuck]
    stalled = [_stalled(one, now_ms) for one in found.feeding if _is_silent(one, now_ms)]
    return [*lost[:_MOST], *stuck[:_MOST], *stalled[:_MOST]]


def _is_silent(one: Feeding, now_ms: int) -> bool:
    return one.until_ms - now_ms < (_SILENT_MS if one.attended else _SILENT_UNATTENDED_MS)


def _stalled(one: Feeding, now_ms: int) -> Trouble:
    left = duration(max(0, one.until_ms - now_ms) / 1000)
    said = f"group {one.group} of workflow {one.workflow_id} waits for members, and nobody adds any"
    return f"{said}: it is cancelled in {left}", f"qctl show {one.workflow_id}"
