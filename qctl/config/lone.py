"""A composition of one step that nothing comes before or after: a job, and no workflow."""

from __future__ import annotations

import os

from qctl.classes import replace
from qctl.config.expanding import each_of
from qctl.config.jobs import find_task, submission_of
from qctl.config.pipelines import prepare_workflow
from qctl.config.steps import place_values, read_values
from qctl.model.call import Values
from qctl.model.workflow.tree import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.config.options import Request
    from qctl.config.preparing import Preparing
    from qctl.model.submission import Submission
    from qctl.model.workflow.tree import Tree


def is_lone(tree: Tree | None) -> bool:
    """Whether a composition is such a step."""
    if not isinstance(tree, Step) or tree.link or tree.link_error or tree.tolerant or tree.handler:
        return False
    return each_of(tree) is None


def prepare_lone(request: Request, how: Preparing) -> Submission:
    """Make a submission of a request whose tree is such a step; options of the call win over the step's own.

    Raises what `prepare` raises.
    """
    step = request.tree
    assert isinstance(step, Step)
    task = find_task(step.task, how.config, strict=how.strict)
    values = place_values(step, task, receives=False)
    own = {name: value for name, value in step.options.items() if getattr(request.options, name) in (None, (), {})}
    bare = replace(
        request,
        task=step.task,
        params=read_values(step, task, values.params, request.cwd or os.getcwd()),
        args=values.args,
        options=replace(request.options, **own),
        tree=None,
    )
    if step.task in how.config.workflows:
        return prepare_workflow(bare, how)
    return submission_of(
        bare,
        task,
        how.config,
        draw=how.draw,
        secret=how.secret,
        by_place=values.by_place,
        moulds=how.moulds,
        values=Values(positional=values.positional, spread=step.spread, items=step.items),
    )
