"""What may be done with workflows, beside what may be done with any job: see `_workflows.lua`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qctl.model.workflow.plan import Node
from qctl.store.command import Command, script, script_call
from qctl.store.keys import Keys
from qctl.store.workflow_words import node_words


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
