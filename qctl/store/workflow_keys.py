"""The names of what the store keeps of workflows. `lua/_workflow_records.lua` has what stands in each."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.namespace import Namespace


@dataclass(frozen=True, slots=True)
class WorkflowKeys(Namespace):
    """Names of plans, and of how far they are."""

    def nodes(self, workflow: str) -> str:
        """hash: the plan's terms and, by name, its nodes; with a TTL until the workflow is submitted."""
        return self._key("nodes", workflow)

    def fates(self, workflow: str) -> str:
        """hash: by name how a node ended."""
        return self._key("fates", workflow)

    def flow(self, workflow: str) -> str:
        """hash: how far its groups are."""
        return self._key("flow", workflow)

    def live(self, workflow: str) -> str:
        """zset: names of what was released and is not final, in their order."""
        return self._key("live", workflow)

    def done(self, group: str) -> str:
        """set: positions of a group's members that are final. Groups are named `<workflow>.<name>`."""
        return self._key("done", group)

    def failed(self, group: str) -> str:
        """hash: by position the job that made a member fail; `first` is the first of them."""
        return self._key("failed", group)

    def culprits(self, workflow: str) -> str:
        """list: names of jobs that did not succeed by themselves, the first one first."""
        return self._key("culprits", workflow)

    def steps(self, workflow: str) -> str:
        """list: steps that were too many for a call."""
        return self._key("steps", workflow)

    def secrets(self, workflow: str) -> str:
        """hash: by name the secret values of nodes whose turn has not come; with a TTL as `nodes`."""
        return self._key("secrets", workflow)

    @property
    def unstepped(self) -> str:
        """set: workflows that have steps to do."""
        return self._key("unstepped")

    @property
    def workflows(self) -> str:
        """zset: workflows that run, in the order in which they began."""
        return self._key("workflows")

    @property
    def deadlines(self) -> str:
        """zset: time limits of workflows and of open groups, by the time in ms when they are over."""
        return self._key("deadlines")
