"""Reading `[workflows.NAME]`: its keys, and its pipeline read into a composition."""

from __future__ import annotations

from qctl.classes import replace
from qctl.config.checks import check_schedules
from qctl.config.keys import WORKFLOW
from qctl.config.parameters import read_params
from qctl.config.schedules import read_schedules
from qctl.config.tasks import definition_hash
from qctl.model.call import Kind
from qctl.model.task import Task
from qctl.model.workflow.expression import BadPipeline, parse
from qctl.model.workflow.tree import Chain, Each, Group, Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path as Folder
    from typing import Any, Final

    from qctl.config.reading import Path, Reading
    from qctl.model.workflow.tree import Tree

_ABOUT_PEOPLE: Final = ("doc",)
_ENDS: Final = ("on_error", "on_success")


def read_workflow(
    reading: Reading, name: str, raw: Any, keep: Mapping[str, Any], folder: Folder, line: int
) -> Task | None:
    """One workflow, or None with its problems noted. What its steps need is looked at when all tasks are known."""
    path, what = ("workflows", name), f"workflow `{name}`"
    before = len(reading.problems)
    values = reading.table(raw, WORKFLOW, path, what)
    if isinstance(raw, dict) and "pipeline" not in raw:
        reading.add("Q016", f"{what} has no `pipeline`", path)
    params = read_params(reading, values["params"], (*path, "params"), what, folder) if "params" in values else {}
    schedules = read_schedules(reading, values["schedule"], (*path, "schedule"), what) if "schedule" in values else ()
    composition = _composition(reading, values, path, what)
    if composition is None or len(reading.problems) > before:
        return None
    task = Task(
        name=name,
        kind=Kind.WORKFLOW,
        composition=composition,
        on_error=values.get("on_error"),
        on_success=values.get("on_success"),
        params=tuple(params.values()),
        timeout=values.get("timeout"),
        doc=values.get("doc", ""),
        notify=values.get("notify", ()),
        schedules=schedules,
        file=reading.file,
        line=line,
        hash=definition_hash(name, Kind.WORKFLOW, _written(values, params, schedules)),
        **{f"keep_{key}": value for key, value in keep.items()},
    )
    check_schedules(reading, task, path)
    return task if len(reading.problems) == before else None


def _written(values: Mapping[str, Any], params: Mapping[str, Any], schedules: tuple[Any, ...]) -> dict[str, Any]:
    """What was written that changes what runs."""
    ends = {key: [on_end.task, on_end.each] for key in _ENDS if (on_end := values.get(key)) is not None}
    said = {key: value for key, value in values.items() if key not in _ABOUT_PEOPLE}
    return {**said, **ends, "params": params, "schedule": schedules}


def pipeline_place(text: str, begin: int, end: int) -> dict[str, str]:
    """Where in the text of a pipeline a problem is, as a Problem says it: what is meant, and all that is before it."""
    begin = max(0, min(begin, len(text) - 1))
    return {"before": text[:begin], "needle": text[begin : max(end, begin + 1)].partition("\n")[0]}


def _composition(reading: Reading, values: Mapping[str, Any], path: Path, what: str) -> Tree | None:
    text = values.get("pipeline")
    if text is None:
        return None
    try:
        tree = parse(text)
    except BadPipeline as error:
        place = pipeline_place(text, error.begin, error.end)
        message = f"cannot read the pipeline of {what}: {error.why}"
        reading.add("Q048", message, (*path, "pipeline"), value=True, note=error.hint, **place)
        return None
    return with_terms(tree, Policy(values.get("policy", "all")), fail_fast=values.get("fail_fast", False))


def with_terms(tree: Tree, policy: Policy, *, fail_fast: bool) -> Tree:
    """The same with these terms for the groups of an expression, not for those within them."""
    if isinstance(tree, Chain):
        elements = tuple(with_terms(element, policy, fail_fast=fail_fast) for element in tree.elements)
        return replace(tree, elements=elements)
    if isinstance(tree, Group):
        return replace(tree, policy=policy, fail_fast=fail_fast)
    becomes_group = any(isinstance(value, Each) for value in (*tree.params.values(), *tree.words))
    if becomes_group and (fail_fast or policy is not Policy.ALL):
        return Group(members=(tree,), policy=policy, fail_fast=fail_fast)  # which it is flattened into
    return tree
