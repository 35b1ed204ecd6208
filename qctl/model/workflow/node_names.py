"""How nodes of workflows are named, and what the ids of their jobs tell by that."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ON_ERROR: Final = "on_error"  #: name of the node that starts once when the workflow is final and did not succeed
ON_SUCCESS: Final = "on_success"


def node_id(workflow: str, name: str) -> str:
    """The id of a node's job."""
    return f"{workflow}.{name}"


def is_of_group(name: str) -> bool:
    """Whether a node of this name is a group, which has no job of its own."""
    return name.startswith("g") and name[1:].isdecimal()


def parts_of(job_id: str) -> tuple[str, str] | None:
    """The workflow and the name in a node's id; None for an id of another form. Users' own ids may have dots too."""
    workflow, dot, name = job_id.rpartition(".")
    numbered = name.removeprefix("g").isdecimal() or name.split("-")[0] in (ON_ERROR, ON_SUCCESS)
    return (workflow, name) if dot and numbered else None
