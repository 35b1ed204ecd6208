"""What must hold between a workflow and the tasks that are its steps, known when all files have been read."""

from __future__ import annotations

from qctl.classes import replace
from qctl.config.expanding import by_default, check_inlined, contains_itself, each_of, mapped, member
from qctl.config.jobs import find_task
from qctl.config.locating import locate
from qctl.config.problems import Problem, by_task
from qctl.config.steps import TOO_OPEN, place_values, read_values, step_at_end
from qctl.config.workflows import pipeline_place
from qctl.errors import NotFound, QctlError, UsageError
from qctl.model.call import Kind
from qctl.model.params import ParameterError, bind
from qctl.model.submission import Submission
from qctl.model.suggest import did_you_mean
from qctl.model.words import placeholders
from qctl.model.workflow.flatten import NothingToHandle, flatten
from qctl.model.workflow.tree import FromFile, Group, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Final

    from qctl.config.values import Config
    from qctl.model.task import OnEnd, Task
    from qctl.model.workflow.flatten import Site
    from qctl.model.workflow.tree import Tree

_NO_JOB: Final = Submission(id="", task="", body=b"")


class _Misplaced(UsageError):
    """{message}"""

    def __init__(self, code: str, message: str, needle: str = "") -> None:
        super().__init__(message)
        self.code, self.needle = code, needle  # type: ignore[misc]


def without_broken_workflows(config: Config, texts: Mapping[str, str]) -> Config:
    """The same with workflows that cannot run among the broken: looked at when every task is known."""
    found = locate(check_workflows(config), texts.__getitem__)
    if not found:
        return config
    broken = by_task(found)
    return replace(
        config,
        workflows={name: task for name, task in config.workflows.items() if name not in broken},
        broken={**config.broken, **broken},
        problems=tuple(sorted((*config.problems, *found), key=lambda one: (one.file, one.line, one.column))),
    )


def check_workflows(config: Config) -> tuple[Problem, ...]:
    """Every problem that keeps a declared workflow from running, its steps' and those of workflows that are steps.

    A name that is not declared passes where modules may declare it.
    """
    found: dict[str, list[Problem]] = {}
    rest = dict(config.workflows)
    while True:
        usable = replace(config, workflows=rest, broken={**config.broken, **{n: tuple(p) for n, p in found.items()}})
        broken = {name: problems for name, task in rest.items() if (problems := _of_circles(task, usable))}
        broken = broken or {
            name: problems for name, task in rest.items() if (problems := _Checking(task, usable).run())
        }
        if not broken:
            return tuple(problem for problems in found.values() for problem in problems)
        found |= broken
        rest = {name: task for name, task in rest.items() if name not in broken}


class _Notes:
    """The problems of one workflow, each with its place in the file."""

    def __init__(self, task: Task, documents: Mapping[str, Mapping[str, Any]]) -> None:
        self._task = task
        self._text = str(documents[task.file]["workflows"][task.name]["pipeline"])
        self.problems: list[Problem] = []

    def of_step(self, code: str, step: Step, message: str, note: str = "", needle: str = "") -> None:
        """Note a problem of a step: where its name stands in the pipeline, or something after that."""
        begin = step.column or 0
        end = begin + len(step.task) + (not step.takes_input)
        if needle and (found := self._text.find(needle, begin)) >= 0:
            begin, end = found, found + len(needle)
        if not any(problem.message == message for problem in self.problems):
            self.add(code, message, "pipeline", note=note, **pipeline_place(self._text, begin, end))

    def add(self, code: str, message: str, key: str, note: str = "", needle: str = "", before: str = "") -> None:
        self.problems.append(
            Problem(
                code=code,
                message=message,
                file=self._task.file,
                path=(*self._task.path, key),
                at_value=True,
                task=self._task.name,
                note=note,
                needle=needle,
                before=before,
            )
        )


class _Checking:
    """Looks at one workflow, and notes what it finds."""

    def __init__(self, task: Task, config: Config) -> None:
        self._task = task
        self._config = config
        self._notes = _Notes(task, config.documents)

    def run(self) -> list[Problem]:
        tree = self._task.composition
        assert tree is not None
        self._look(tree)
        for key, on_end in (("on_error", self._task.on_error), ("on_success", self._task.on_success)):
            if on_end is not None:
                self._look_at_end(key, on_end)
        return self._notes.problems

    def _look(self, tree: Tree) -> None:
        try:
            flatten(mapped(tree, self._written_out), self._job)
        except NothingToHandle as error:
            self._notes.of_step("Q049", error.step, str(error))
        except UsageError as error:
            self._notes.add("Q049", f"{error}, in the pipeline of {self._task.noun}", "pipeline")

    def _written_out(self, step: Step) -> Tree:
        """A step that goes through something, as the group that it becomes: a member for each value that is known."""
        try:
            each = each_of(step)
            if each is None:
                return step
            if each.path is not None:
                raise UsageError("each(@…) reads a file of the caller's: a workflow of tasks.toml has each({list})")
            if each.param is not None:
                self._must_be_list(step, each.param)
            values = each.values if each.values is not None else (f"{{{each.param}}}",)
        except UsageError as error:
            self._notes.of_step("Q049", step, str(error))
            return replace(step, task="")
        return Group(members=tuple(member(step, value) for value in values))

    def _must_be_list(self, step: Step, name: str) -> None:
        param = self._task.param(name)
        if param is not None and param.type not in ("list", "json"):
            raise UsageError(
                f"each({{{name}}}) of `{step.task}` goes through a list, and `{name}` is of type {param.type}"
            )

    def _job(self, step: Step, site: Site) -> Submission:
        """Look at a step at its place, as if its job were made."""
        if not step.task:
            return _NO_JOB  # it was told already
        try:
            task = find_task(step.task, self._config, strict=not self._config.modules)
            if task is not None:
                self._try(step, task, receives=site.receives)
        except NotFound:
            known = [*self._config.tasks, *self._config.workflows]
            message = f"{self._task.noun} has a step `{step.task}`, which is not declared"
            self._notes.of_step("Q035", step, message, did_you_mean(step.task, known).removeprefix(", "))
        except _Misplaced as error:
            self._notes.of_step(error.code, step, str(error), needle=error.needle)
        except QctlError as error:
            self._notes.of_step("Q049", step, f"a step of {self._task.noun} cannot run: {error}")
        return _NO_JOB

    def _try(self, step: Step, task: Task, *, receives: bool) -> None:
        """Place, read and bind the values that are known; of those that hold a `{name}`, only that they are there."""
        if task.kind is Kind.WORKFLOW:
            check_inlined(step, task)
            if receives:
                self._must_take(task)
        placed = place_values(step, task, receives=receives)
        known = {name: value for name, value in placed.params.items() if not self._is_open(task, name, value)}
        values = read_values(step, task, known, self._task.file.rpartition("/")[0])
        unknown = frozenset(placed.params).difference(known)
        for name in unknown:
            if task.param(name) is None:
                bind(task, {name: None})  # raises what it has to say of such a name
        bind(task, values, filled=placed.by_place | unknown)
        by_default(replace(step, params={name: placed.params[name] for name in unknown}), task, self._task)

    def _must_take(self, task: Task) -> None:
        """See that the first steps of a workflow that is a step have a place for what they receive then."""

        def look(step: Step, site: Site) -> Submission:
            first = find_task(step.task, self._config, strict=False) if site.parent is None else None
            if first is not None and site.receives:
                if first.kind is Kind.WORKFLOW:
                    self._must_take(first)
                place_values(step, first, receives=True)
            return _NO_JOB

        assert task.composition is not None
        flatten(mapped(task.composition, _one_member), look, fed=True)

    def _is_open(self, task: Task, name: str, value: Any) -> bool:
        """Whether a value is known only when the workflow is started. Raises UsageError for one that cannot be."""
        if isinstance(value, FromFile):
            said = f"`{name}=@{value.path}` of `{task.name}` reads a file of the caller's, and a workflow may have none"
            raise _Misplaced("Q049", said, f"@{value.path}")
        param = task.param(name)
        names = placeholders(value) if isinstance(value, str) else ()
        if param is not None and param.secret and not names:
            said = (
                f"the secret `{name}` of `{task.name}` would stand in the file: give it as a parameter of the workflow"
            )
            raise _Misplaced("Q034", said)
        for each in names:
            own = self._task.param(each)
            if own is None:
                known = [one.name for one in self._task.params]
                said = f"`{{{each}}}` is no parameter of {self._task.noun}{did_you_mean(each, known)}"
                raise _Misplaced("Q019", said, f"{{{each}}}")
            if own.secret and param is not None and not param.secret:
                raise ParameterError(task=task.name, parameter=name, reason=TOO_OPEN)
        return bool(names)

    def _look_at_end(self, key: str, on_end: OnEnd) -> None:
        try:
            task = find_task(on_end.task, self._config, strict=not self._config.modules)
            if task is not None and task.kind is Kind.WORKFLOW:
                raise UsageError(f"`{on_end.task}` is a workflow, and what runs then is a task")
            if task is not None:
                step = step_at_end(on_end, self._config)
                bind(task, {}, filled=place_values(step, task, receives=step.takes_input).by_place)
        except NotFound:
            meant = did_you_mean(on_end.task, self._config.tasks).removeprefix(", ")
            message = f"`{key}` of {self._task.noun} names `{on_end.task}`, which is not declared"
            self._notes.add("Q035", message, key, note=meant)
        except QctlError as error:
            self._notes.add("Q049", f"`{key}` of {self._task.noun} cannot run: {error}", key)


def _one_member(step: Step) -> Tree:
    """A step that goes through something as a group of one."""
    return step if each_of(step) is None else Group(members=(member(step, ""),))


def _of_circles(task: Task, config: Config) -> list[Problem]:
    notes = _Notes(task, config.documents)
    if (names := _way_back(task, config)) is not None:
        notes.add("Q050", contains_itself(names), "pipeline")
    return notes.problems


def _way_back(task: Task, config: Config) -> tuple[str, ...] | None:
    """The names from a workflow by way of its steps back to itself; None if there is no such way."""
    ways: list[tuple[str, ...]] = [(task.name,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in _names(config.workflows[way[-1]].composition):
            if name == task.name:
                return (*way, name)
            if name in config.workflows and name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return None


def _names(tree: Tree | None) -> Iterator[str]:
    """The tasks of all steps."""
    if isinstance(tree, Step):
        yield tree.task
    elif tree is not None:
        for inner in tree.members if isinstance(tree, Group) else tree.elements:
            yield from _names(inner)
