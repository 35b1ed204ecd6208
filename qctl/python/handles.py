"""What every handle is: an id, the instance that is asked about it, and the plan that it is a part of."""

from __future__ import annotations

from functools import cached_property

from qctl.client import Client
from qctl.errors import NotPermitted
from qctl.model.workflow.plan import parts_of
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
    def _client(self) -> Client:
        if self._instance.inner is not None:
            raise InsideAJob()
        return self._instance.client

    @property
    def _shape(self) -> Shape | None:
        parts = parts_of(self.id)
        if self._known is None and parts is not None:
            state = self._client.reading.workflow(parts[0])
            self._known = None if state is None else shape_from(parts[0], state.nodes.values(), state.plan.last)
        return self._known

    @cached_property
    def _of_workflow(self) -> str:
        """The id of the workflow that this is a part of; empty if it is none's."""
        parts = parts_of(self.id)
        return parts[0] if parts else ""

    @cached_property
    def _name(self) -> str:
        """The node's name within its workflow; empty outside of one."""
        parts = parts_of(self.id)
        return parts[1] if parts else ""

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, Handle) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.id}>"
