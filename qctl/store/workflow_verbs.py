"""What may be done with workflows, beside what may be done with any job: see `_workflow_records.lua`."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.workflow.plan import MOST_NODES_AT_ONCE, WorkflowSubmission
from qctl.store.command import script, script_call
from qctl.store.replies import text
from qctl.store.values import Answer
from qctl.store.words import submission_words
from qctl.store.workflow_values import Extended
from qctl.store.workflow_words import added_words, node_words, uploaded_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qctl.model.submission import Submission
    from qctl.model.workflow.plan import Node
    from qctl.store.command import Command, Word
    from qctl.store.keys import Keys
    from qctl.store.values import Settlement


@dataclass(frozen=True)
class WorkflowVerbs:
    """What may be done with workflows alone."""

    keys: Keys

    def upload(self, workflow_id: str, nodes: Sequence[Node]) -> Command[int]:
        """Keep nodes of a workflow that is about to be submitted, at most MOST_NODES_AT_ONCE of them.

        They go after an hour without the submit. Answers how many were kept: none if the id is a job's already.
        """
        return script_call(script("upload"), (self.keys.door,), [workflow_id, *node_words(nodes)], int)

    def extend(
        self,
        workflow_id: str,
        group: str,
        nodes: Sequence[Node],
        heads: Sequence[str],
        token: str,
        *,
        asker: tuple[str, str, int] | None = None,
    ) -> Command[Extended]:
        """Add members to a group that is not final, behind those that it has, at most MOST_NODES_AT_ONCE nodes.

        Their positions among each other count, not what they begin with. Without a group's name it is the one that the
        asking job is within. `asker` is worker, job and fence of it. The same token again answers ALREADY.
        """
        del heads  # they are the nodes that come after nothing
        words = [workflow_id, group, token, *_asker_words(asker), 0, *added_words(nodes, group)]
        return script_call(script("extend"), (self.keys.door,), words, _extended)

    def seal(self, workflow_id: str, group: str, token: str) -> Command[Extended]:
        """Say that an open group gets no more members."""
        words: list[Word] = [workflow_id, group, token, *_asker_words(None), 1, 0]
        return script_call(script("extend"), (self.keys.door,), words, _extended)

    def feeding(self, workflow_id: str, group: str, within_ms: int) -> Command[Extended]:
        """Say that who adds to an open group is there: if it does not say so again within this time, all is cancelled.

        Without it a group has a day from each call that added to it.
        """
        return script_call(script("feeding"), (self.keys.door,), [workflow_id, group, within_ms], _extended)

    def replace(self, worker: str, settled: Sequence[Settlement]) -> Command[list[Answer]]:
        """Let workflows take the place of running jobs: `Settlement.instead`. A job ends as its workflow does."""
        words: list[Word] = [len(settled)]
        for one in settled:
            assert one.instead is not None
            words += (one.id, one.fence, one.record, one.log, *submission_words(one.instead))
        keys = (self.keys.door, self.keys.running(worker))
        return script_call(script("replace"), keys, words, lambda reply: [Answer(text(each)) for each in reply])

    def uploads(self, submissions: Iterable[Submission]) -> list[Command[int]]:
        """All that has to be uploaded before these are submitted: nothing, but of workflows with very many nodes."""
        commands: list[Command[int]] = []
        for one in submissions:
            if not isinstance(one, WorkflowSubmission):
                continue
            nodes = uploaded_apart(one.plan)[0]
            starts = range(0, len(nodes), MOST_NODES_AT_ONCE)
            commands += [self.upload(one.id, nodes[start : start + MOST_NODES_AT_ONCE]) for start in starts]
        return commands


def _asker_words(asker: tuple[str, str, int] | None) -> tuple[Word, ...]:
    return ("", "", "") if asker is None else asker


def _extended(reply: bytes | str) -> Extended:
    return Extended(text(reply))
