"""A task that lets other work stand in its place: that work becomes a workflow here, where the configuration is."""

from __future__ import annotations

from qctl.config.options import Options, Request
from qctl.config.pipelines import prepare_workflow
from qctl.config.preparing import Preparing
from qctl.current import Replace
from qctl.engine.processes.python_task import Called
from qctl.errors import QctlError, UsageError
from qctl.model.call import PIPELINE
from qctl.model.workflow.plan import MOST_NODES_AT_ONCE
from qctl.model.workflow.tree import Chain, Group, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.config import Config


def resolved(called: Called, config: Config) -> Called:
    """The same end of a call; of one that asks for a replacement the workflow, or the error that there is in it."""
    if not isinstance(called.error, Replace):
        return called
    tree = called.error.work
    try:
        if not isinstance(tree, Step | Chain | Group):
            raise UsageError(f"a task is replaced by a signature, a chain or a group, not by a {type(tree).__name__}")
        if isinstance(tree, Chain) and not tree.elements:
            raise UsageError("a task cannot be replaced by an empty chain")
        workflow = prepare_workflow(Request(task=PIPELINE, tree=tree, options=Options()), Preparing(config))
        if len(workflow.plan.nodes) > MOST_NODES_AT_ONCE:
            raise UsageError(f"a task is replaced by at most {MOST_NODES_AT_ONCE} steps and groups")
        return Called(instead=workflow)
    except QctlError as error:
        return Called(error=error.with_traceback(called.error.__traceback__))
