"""What every handle is: an id, the instance that is asked about it, and the plan that it is a part of."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from qctl.errors import NotPermitted
from qctl.model.workflow.node_names import parts_of
from qctl.python.asked import Asked
from qctl.python.instance import Qctl, current_instance
from qctl.python.shape import Shape, shape_from


class InsideAJob(NotPermitted):
    """a job may submit jobs, and neither wait for them nor ask what has become of them: its slot would be lost to them

    The step that needs a value is put after the one that makes it: first.s() | second.s()
    """

    help = "qctl help pipelines"


class Handle:
    """Something that was submitted, by its id: a job, a workflow, a group or a job within one."""

    def __init__(self, id: str, instance: Qctl | None = None, shape: Shape | None = None) -> None:  # noqa: A002
        self.id = str(id)
        self._instance = instance or current_instance()
        self._known = shape

    @property
    def _client(self) -> Asked:
        if self._instance.is_inside:
            raise InsideAJob()
        return self._instance.asked

    @property
    def _shape(self) -> Shape | None:
        if self._known is None and self._of_workflow:
            state = self._client.reading.workflow(self._of_workflow)
            self._known = (
                None if state is None else shape_from(self._of_workflow, state.nodes.values(), state.plan.last)
            )
        return self._known

    @cached_property
    def _parts(self) -> tuple[str, str]:
        return parts_of(self.id) or ("", "")

    @property
    def _of_workflow(self) -> str:
        """The id of the workflow that this is a part of; empty if it is none's."""
        return self._parts[0]

    @property
    def _name(self) -> str:
        """The node's name within its workflow; empty outside of one."""
        return self._parts[1]

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process it is its id, and asks that process's own instance, unless it has one of its own."""
        return _at, (type(self), self.id, None if self._instance is current_instance() else self._instance)

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, Handle) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.id}>"


def _at(kind: type[Handle], id: str, instance: Qctl | None) -> Handle:  # noqa: A002
    return kind(id, instance=instance)
