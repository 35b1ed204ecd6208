"""What can be composed: the ground of signatures, chains and groups, and `|`, which makes chains of them.

A composition is no job: it may be changed (`set`, `link`), copied, sent as JSON and submitted any number of times. All
of them make a `model.workflow.tree`, which is what is submitted. Names and meanings are those of Celery's canvas.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import UTC, tzinfo
from typing import Any, ClassVar, Self, TypeVar

from qctl.classes import replace
from qctl.model.workflow import tree as trees
from qctl.model.workflow.plan import MOST_NODES_AT_ONCE
from qctl.model.workflow.wording import to_text
from qctl.python.call_options import INHERITED, STARTING, check_options
from qctl.python.calling import submit
from qctl.python.declaring import TaskFunction
from qctl.python.eager import applied
from qctl.python.instance import Qctl, current_instance
from qctl.python.plain import comparable, plain

Writer = Callable[[Any, str], Any]  #: how values are written, each told with what it is
Linked = TypeVar("Linked", trees.Step, trees.Chain, trees.Group)


class Composition(ABC):
    """A signature, chain or group: what can be submitted, linked, and joined with `|`."""

    kind: ClassVar[str] = ""  #: in its dict, `subtask_type`
    own_options: ClassVar[frozenset[str]] = frozenset()  #: beside those of a call

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        self.links: list[Composition] = []
        self.error_links: list[Composition] = []

    def tree(self, zone: tzinfo = UTC) -> Any:
        """What is submitted, a `model.workflow.tree`; dates without a zone are in `zone`. Iterators are read for it."""
        read_all(self)
        return self._tree(zone)

    @abstractmethod
    def _tree(self, zone: tzinfo, inherited: Mapping[str, Any] | None = None) -> trees.Tree:
        """The same of what was read of iterators so far. `inherited` are options for steps that set none."""

    @abstractmethod
    def given(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Self:
        """This for one call: arguments go, before its own, to the first task of a chain, to every one of a group."""

    @abstractmethod
    def clone(self) -> Self:
        """A copy that shares nothing with this one."""

    @abstractmethod
    def inner(self) -> Sequence[Composition]:
        """What it is composed of, beside its callbacks."""

    @abstractmethod
    def _parts(self, write: Writer) -> dict[str, Any]:
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

    def delay(self, *args: Any, **kwargs: Any) -> Any:
        """`apply_async` with these arguments."""
        return self.apply_async(args, kwargs)

    def apply_async(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        link: Any = None,
        link_error: Any = None,
        **options: Any,
    ) -> Any:
        """Submit it and answer its handle. None if there is nothing to do: an empty chain.

        `link` and `link_error` are one signature or task, or several.
        Options: queue, priority, countdown, eta, expires, retries, task_id, key, if_exists, host, env, after, tags,
        labels; `instance`, a Qctl, is where it goes if not to the process's own. Raises TypeError for another one,
        UsageError for what JSON cannot carry, NotFound, ParameterError, Refused, RedisUnreachable, OutcomeUnknown.
        """
        check_options(options)
        instance = options.pop("instance", None)
        asked = self.given(args or (), kwargs or {}) if args or kwargs else self._dressed(copy(self))
        for callback in _several(link):
            asked.link(callback)
        for errback in _several(link_error):
            asked.link_error(errback)
        own = {name: value for name, value in asked.options.items() if name in self.own_options}
        options, asked.options = {**asked.options, **options}, own
        whole = {name: value for name, value in options.items() if name not in own}
        return _submit(asked, whole, instance or current_instance())

    def apply(self, args: Sequence[Any] | None = None, kwargs: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Run it here and now, in this process, as workers would, and answer its handle. Raises as `apply_async`."""
        return applied(self, args, kwargs, options)

    def __or__(self, other: Composition) -> Chain:
        if not isinstance(other, Composition):
            return NotImplemented
        return Chain([self, other])

    def to_dict(self) -> dict[str, Any]:
        """As JSON can carry it; `signature()` makes the same of it again."""
        return self._written(plain)

    def _written(self, write: Writer) -> dict[str, Any]:
        options = {name: write(value, f"the option {name}") for name, value in self.options.items()}
        said = {"subtask_type": self.kind, **self._parts(write), "options": options}
        for name, callbacks in (("link", self.links), ("link_error", self.error_links)):
            if callbacks:
                said[name] = [callback._written(write) for callback in callbacks]
        return said

    def __qctl_json__(self) -> dict[str, Any]:
        return self.to_dict()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Composition):
            return NotImplemented
        return self is other or self._written(comparable) == other._written(comparable)

    def __repr__(self) -> str:
        """The expression that composes the same, as far as it has words for it."""
        return to_text(self._tree(UTC))

    __hash__ = None  # type: ignore[assignment]  # it may change

    def _dressed(self, copied: Self) -> Self:
        """A copy with options and callbacks of its own, equal to this one's."""
        copied.options = dict(self.options)
        copied.links = [callback.clone() for callback in self.links]
        copied.error_links = [errback.clone() for errback in self.error_links]
        return copied

    def _linked(self, made: Linked, zone: tzinfo) -> Linked:
        """The values of this composition, with those of its callbacks."""
        if not (self.links or self.error_links):
            return made
        return replace(
            made,
            link=tuple(callback._tree(zone) for callback in self.links),
            link_error=tuple(errback._tree(zone) for errback in self.error_links),
        )


class Chain(Composition):
    """One after the other: each takes the value of the one before it, first. A chord is a chain with a group in it."""

    kind = "chain"

    def __init__(self, elements: Iterable[Composition], **options: Any) -> None:
        super().__init__()
        self._elements: list[Composition] = []  #: shared with other chains until somebody asks for `tasks`
        self._handed_out = False
        for element in elements:
            if not isinstance(element, Composition):
                raise TypeError(f"a chain is made of signatures, not of {element!r:.80}")
            if isinstance(element, Chain) and not (element.links or element.error_links or element.options):
                self._elements += element._to_share()
            else:
                self._elements.append(element.clone())
        self.set(**options)

    @property
    def tasks(self) -> list[Composition]:
        """What it is made of, to be looked at and changed: nobody else has these."""
        if not self._handed_out:
            self._elements, self._handed_out = [one.clone() for one in self._elements], True
        return self._elements

    def _to_share(self) -> list[Composition]:
        """Its elements for another chain: copies, if whoever was handed them may still change them.

        Copying them at each `|` would make a long chain take quadratic time.
        """
        return [one.clone() for one in self._elements] if self._handed_out else self._elements

    def _with(self, elements: list[Composition]) -> Self:
        copied = self._dressed(copy(self))
        copied._elements, copied._handed_out = elements, False
        return copied

    def clone(self) -> Self:
        return self._with([*self._to_share()])

    def given(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Self:
        elements = self._to_share()
        return self._with([*(first.given(args, kwargs) for first in elements[:1]), *elements[1:]])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Submit it, as Celery's chains do when they are called."""
        return self.apply_async(args, kwargs)

    def _tree(self, zone: tzinfo, inherited: Mapping[str, Any] | None = None) -> trees.Chain:
        options = {**(inherited or {}), **self.options}
        rest = {name: value for name, value in options.items() if name in INHERITED}
        first = {**rest, **{name: value for name, value in options.items() if name in STARTING}}
        elements = tuple(one._tree(zone, rest if place else first) for place, one in enumerate(self._elements))
        return self._linked(trees.Chain(elements=elements), zone)

    def inner(self) -> Sequence[Composition]:
        return self._elements

    def _parts(self, write: Writer) -> dict[str, Any]:
        return {"tasks": [one._written(write) for one in self._elements]}


class Unread(Composition):
    """A composition that may be made of an iterator, which is read while it is submitted."""

    is_open: bool  #: there may be more to read

    @abstractmethod
    def read(self, most: int | None = None) -> int:
        """Take up to so many more members from the iterator, all by default. Answers how many."""

    @abstractmethod
    def batches(self, zone: tzinfo, most: int) -> Iterator[list[trees.Tree]]:
        """The members that are still to be read, so many at a time; none of them is kept."""


def read_all(composed: Composition, but: Composition | None = None) -> None:
    """Take all members from the iterators of a composition, `but` those of one group."""
    if isinstance(composed, Unread) and composed is not but:
        composed.read()
    for part in (*composed.inner(), *composed.links, *composed.error_links):
        read_all(part, but)


def _submit(asked: Composition, options: Mapping[str, Any], instance: Qctl) -> Any:
    zone = instance.zone
    fed = None if instance.sends_whole else _long_group(asked)
    read_all(asked, but=fed)
    batches = None if fed is None else fed.batches(zone, MOST_NODES_AT_ONCE)
    return submit(asked._tree(zone), options, instance, batches)


def _long_group(composed: Composition) -> Unread | None:
    """The first group, if it is made of an iterator with more members than are sent at once; those are taken then."""
    first = _first_group(composed)
    if first is None or not first.is_open:
        return None
    first.read(MOST_NODES_AT_ONCE)
    return first if first.is_open else None


def _first_group(composed: Composition) -> Unread | None:
    if isinstance(composed, Unread):
        return composed
    return next((found for part in composed.inner() if (found := _first_group(part)) is not None), None)


def composed(said: Any) -> Any:
    """What is called later, a callback or the body of a chord: a task stands for its signature without arguments."""
    return said.s() if isinstance(said, TaskFunction) else said


def _several(said: Any) -> list[Any]:
    if said is None:
        return []
    return [composed(one) for one in (said if _are_several(said) else [said])]


def _are_several(said: Any) -> bool:
    return isinstance(said, Iterable) and not isinstance(said, Composition)


def _added(callbacks: list[Composition], callback: Composition) -> Composition:
    if not isinstance(callback, Composition):
        raise TypeError(f"a callback is a signature, such as task.s(), not {callback!r:.80}")
    if callback not in callbacks:
        callbacks.append(callback)
    return callback
