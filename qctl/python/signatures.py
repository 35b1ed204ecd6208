"""Signatures: calls written down, to be submitted later, and chains of them.

    fetch.s(url) | parse.s()

A signature is not a job: it may be changed (`set`, `link`), copied, sent as JSON and submitted any number of times.
All of them make a `model.workflow.tree`, which is what is submitted. Names and meanings are those of Celery's canvas.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any, ClassVar, Self, TypeVar

from qctl.config.declared import declared_here
from qctl.errors import NotFound
from qctl.model.workflow import tree as trees
from qctl.model.workflow.wording import to_text
from qctl.python.call_options import INHERITED, OF_A_STEP, STARTING, check_options, request_options
from qctl.python.calling import Result, submit
from qctl.python.eager import EagerResult
from qctl.python.plain import plain

Linked = TypeVar("Linked", trees.Step, trees.Chain, trees.Group)


class Composition(ABC):
    """A signature, chain or group: what can be submitted, linked, and joined with `|`."""

    kind: ClassVar[str] = ""  #: in its dict, `subtask_type`
    own_options: ClassVar[frozenset[str]] = frozenset()  #: beside those of a call

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        self.links: list[Composition] = []
        self.error_links: list[Composition] = []

    @abstractmethod
    def tree(self, zone: tzinfo = UTC, inherited: Mapping[str, Any] | None = None) -> trees.Tree:
        """The values that are submitted. `inherited` are options for the steps that set none of their own."""

    @abstractmethod
    def given(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Self:
        """A copy in which arguments of the call go, before its own, to the first task of a chain, to all of a group."""

    @abstractmethod
    def clone(self) -> Self:
        """A copy that shares nothing with this one."""

    @abstractmethod
    def _parts(self) -> dict[str, Any]:
        """What makes it up, for its dict."""

    def set(self, **options: Any) -> Self:
        """Set options of the call, as in `apply_async`; answers this same signature. Raises TypeError."""
        from_call = {name: value for name, value in options.items() if name not in self.own_options}
        check_options(from_call, where="set()")
        self.options.update(options)
        return self

    def link(self, callback: Composition) -> Composition:
        """Have `callback` start once this has succeeded, with its value first. Answers the callback, as Celery does."""
        return _added(self.links, callback)

    def link_error(self, errback: Composition) -> Composition:
        """Have `errback` start once when this has finally not succeeded, with an error record. Answers the errback."""
        return _added(self.error_links, errback)

    def on_error(self, errback: Composition) -> Self:
        """As `link_error`, and answers this signature, so that calls can be strung together."""
        self.link_error(errback)
        return self

    def delay(self, *args: Any, **kwargs: Any) -> Result | None:
        """`apply_async` with these arguments."""
        return self.apply_async(args, kwargs)

    def apply_async(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        link: Composition | Iterable[Composition] | None = None,
        link_error: Composition | Iterable[Composition] | None = None,
        **options: Any,
    ) -> Result | None:
        """Submit it and answer its handle. None if there is nothing to do: an empty chain.

        Options: queue, priority, countdown, eta, expires, retries, task_id, key, if_exists, host, env, after, tags,
        labels; `instance`, a Qctl, is where it goes if not to the process's own. Raises TypeError for another one,
        UsageError for what JSON cannot carry, NotFound, ParameterError, Refused, RedisUnreachable, OutcomeUnknown.
        """
        check_options(options)
        instance = options.pop("instance", None)
        asked = self.given(tuple(args or ()), dict(kwargs or {}))
        for callback in _several(link):
            asked.link(callback)
        for errback in _several(link_error):
            asked.link_error(errback)
        own = {name: value for name, value in asked.options.items() if name in self.own_options}
        options, asked.options = {**asked.options, **options}, own
        return submit(asked, {name: value for name, value in options.items() if name not in own}, instance)

    def __or__(self, other: Composition) -> Chain:
        if not isinstance(other, Composition):
            return NotImplemented
        return Chain([self, other])

    def to_dict(self) -> dict[str, Any]:
        """As JSON can carry it; `signature()` makes the same of it again."""
        said = {"subtask_type": self.kind, **self._parts(), "options": plain(self.options, "an option")}
        for name, callbacks in (("link", self.links), ("link_error", self.error_links)):
            if callbacks:
                said[name] = [callback.to_dict() for callback in callbacks]
        return said

    def __qctl_json__(self) -> dict[str, Any]:
        return self.to_dict()

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if isinstance(other, Composition) else NotImplemented

    def __repr__(self) -> str:
        """The expression that composes the same, as far as it has words for it."""
        return to_text(self.tree())

    __hash__ = None  # type: ignore[assignment]  # it may change

    def _dressed(self, copy: Self) -> Self:
        """A copy with this one's options and callbacks."""
        copy.options = dict(self.options)
        copy.links = [callback.clone() for callback in self.links]
        copy.error_links = [errback.clone() for errback in self.error_links]
        return copy

    def _linked(self, made: Linked, zone: tzinfo) -> Linked:
        """The values of this composition, with those of its callbacks."""
        return replace(
            made,
            link=tuple(callback.tree(zone) for callback in self.links),
            link_error=tuple(errback.tree(zone) for errback in self.error_links),
        )


class Signature(Composition):
    """One call of a task, given by its name or by itself. By name its code need not be importable here."""

    own_options = frozenset({"tolerant", "handler"})

    def __init__(
        self,
        task: Any,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        immutable: bool = False,
        spread: str | None = None,
        items: Iterable[Any] = (),
        **options: Any,
    ) -> None:
        super().__init__()
        self.task: str = task if isinstance(task, str) else task.name
        self.args: tuple[Any, ...] = tuple(args)
        self.kwargs: dict[str, Any] = dict(kwargs or {})
        self.immutable = immutable
        self.spread, self.items = spread, tuple(items)
        self.set(**options)

    def set(self, *, immutable: bool | None = None, **options: Any) -> Self:
        """As for every composition; also `immutable`, `tolerant` (its failure does not stop the chain: `name?`) and
        `handler` (it runs only if the step before it failed: `name!`).
        """
        if immutable is not None:
            self.immutable = immutable
        return super().set(**options)

    def set_immutable(self, immutable: bool) -> None:
        """Whether it takes no value of the step before it."""
        self.immutable = immutable

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the task here and now, as `function(…)` would. Raises NotFound if its code is not imported here."""
        called = self.given(args, kwargs)
        function = declared_here.get(self.task)
        if function is None:
            raise NotFound(f"no code imported here declares task {self.task}", help="import the module that does")
        if self.spread == "starmap":
            return [function(*item, **called.kwargs) for item in self.items]
        if self.spread == "map":
            return [function(item, **called.kwargs) for item in self.items]
        return function(*called.args, **called.kwargs)

    def apply(self, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> EagerResult:
        """Call the task here and now, and hold what it came to as a handle would."""
        return EagerResult.of(lambda: self(*args, **(kwargs or {})), self.task)

    def clone(self, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None, **options: Any) -> Self:
        """A copy, with these arguments before its own."""
        copy = type(self)(
            self.task,
            (*args, *self.args),
            {**self.kwargs, **(kwargs or {})},
            immutable=self.immutable,
            spread=self.spread,
            items=self.items,
        )
        return self._dressed(copy).set(**options)

    def given(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Self:
        return self.clone() if self.immutable else self.clone(args, kwargs)

    def tree(self, zone: tzinfo = UTC, inherited: Mapping[str, Any] | None = None) -> trees.Step:
        options = {**(inherited or {}), **self.options}
        check_options(options, OF_A_STEP | self.own_options, f"{self.task} in a workflow")
        call = {name: value for name, value in options.items() if name in OF_A_STEP}
        step = trees.Step(
            task=self.task,
            params=plain(self.kwargs, f"an argument of {self.task}"),
            args=tuple(plain(value, f"argument {place} of {self.task}") for place, value in enumerate(self.args, 1)),
            takes_input=not self.immutable,
            tolerant=bool(options.get("tolerant")),
            handler=bool(options.get("handler")),
            options=request_options(call, zone),
            spread=self.spread,
            items=tuple(plain(list(self.items), f"the items of {self.task}")),
        )
        return self._linked(step, zone)

    def _parts(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "task": self.task,
            "args": plain(list(self.args), f"an argument of {self.task}"),
            "kwargs": plain(self.kwargs, f"an argument of {self.task}"),
            "immutable": self.immutable,
        }
        if self.spread:
            said |= {"spread": self.spread, "items": plain(list(self.items), f"the items of {self.task}")}
        return said


class Chain(Composition):
    """One after the other: each takes the value of the one before it, first. A chord is a chain with a group in it."""

    kind = "chain"

    def __init__(self, elements: Iterable[Composition], **options: Any) -> None:
        super().__init__()
        self.tasks: list[Composition] = []
        for element in elements:
            if not isinstance(element, Composition):
                raise TypeError(f"a chain is made of signatures, not of {element!r:.80}")
            if isinstance(element, Chain) and not (element.links or element.error_links or element.options):
                self.tasks += [one.clone() for one in element.tasks]
            else:
                self.tasks.append(element.clone())
        self.set(**options)

    def clone(self) -> Self:
        return self._dressed(type(self)(self.tasks))

    def given(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Self:
        copy = self.clone()
        copy.tasks[:1] = [first.given(args, kwargs) for first in copy.tasks[:1]]
        return copy

    def __call__(self, *args: Any, **kwargs: Any) -> Result | None:
        """Submit it, as Celery's chains do when they are called."""
        return self.apply_async(args, kwargs)

    def tree(self, zone: tzinfo = UTC, inherited: Mapping[str, Any] | None = None) -> trees.Chain:
        options = {**(inherited or {}), **self.options}
        rest = {name: value for name, value in options.items() if name in INHERITED}
        first = {**rest, **{name: value for name, value in options.items() if name in STARTING}}
        elements = tuple(one.tree(zone, rest if place else first) for place, one in enumerate(self.tasks))
        return self._linked(trees.Chain(elements=elements), zone)

    def _parts(self) -> dict[str, Any]:
        return {"tasks": [one.to_dict() for one in self.tasks]}


def _several(said: Composition | Iterable[Composition] | None) -> list[Composition]:
    if said is None:
        return []
    return [said] if isinstance(said, Composition) else list(said)


def _added(callbacks: list[Composition], callback: Composition) -> Composition:
    if not isinstance(callback, Composition):
        raise TypeError(f"a callback is a signature, such as task.s(), not {callback!r:.80}")
    if callback not in callbacks:
        callbacks.append(callback)
    return callback
