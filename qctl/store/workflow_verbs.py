"""What may be done with workflows, beside what may be done with any job: see `_workflows.lua`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qctl.model.submission import Submission
from qctl.model.workflow.plan import MOST_NODES_AT_ONCE, Node, WorkflowSubmission
from qctl.store.command import Command, script, script_call
from qctl.store.keys import Keys
from qctl.store.workflow_words import node_words, uploaded_apart


@dataclass(frozen=True)
class WorkflowVerbs:
    """What may be done with workflows alone."""

    keys: Keys

    def upload(self, workflow_id: str, nodes: Sequence[Node]) -> Command[int]:
        """Keep nodes of a workflow that is about to be submitted, at most MOST_NODES_AT_ONCE of them.

        They go after an hour without the submit. Answers how many were kept: none if the id is a job's already.
        """
        words = [workflow_id, *node_words(nodes)]
        return script_call(script("upload"), (self.keys.door,), words, int)

    def uploads(self, submissions: Iterable[Submission]) -> list[Command[int]]:
        """All that has to be uploaded before these are submitted: nothing, but of workflows with very many nodes."""
        commands: list[Command[int]] = []
        for one in submissions:
            nodes = uploaded_apart(one.plan)[0] if isinstance(one, WorkflowSubmission) else ()
            starts = range(0, len(nodes), MOST_NODES_AT_ONCE)
            commands += [self.upload(one.id, nodes[start : start + MOST_NODES_AT_ONCE]) for start in starts]
        return commands
