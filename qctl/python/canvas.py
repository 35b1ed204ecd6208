"""Groups and chords, tasks called over and over, and signatures read back from JSON.

    group(resize.s(path) for path in paths) | montage.s()
    chord([fetch.s(a), fetch.s(b)], merge.s())

A group of an iterator is read once, while it is submitted, and its members are sent as they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import tzinfo
from itertools import islice
from typing import Any, Self

from qctl.model.workflow import tree as trees
from qctl.python.call_options import INHERITED, STARTING
from qctl.python.compositions import Chain, Composition, Unread, Writer, composed, read_all
from qctl.python.signatures import Signature


class _Source(Iterator[Composition]):
    """The iterator that a group was made of. Copies of the group share it: `taken` tells each what others took."""

    def __init__(self, members: Iterable[Composition]) -> None:
        self._members = map(_checked, members)
        self.taken = 0

    def __next__(self) -> Composition:
        member = next(self._members)
        self.taken += 1
        return member


class Group(Unread):
    """Side by side. Its value is the list of its members' values in declared order, of one member and of none too."""

    kind = "group"
    own_options = frozenset({"policy", "fail_fast", "max_parallel", "max_fail", "tolerant"})

    def __init__(self, members: Iterable[Composition] = (), **options: Any) -> None:
        super().__init__()
        self.tasks: list[Composition] = []
        self._source = _Source(members)
        self._unread: Iterator[Composition] = self._source
        self._seen = 0  #: how many members of the source have come here
        self._passed: Mapping[str, Any] = {}  #: options that its members got when it was made a tree
        self.is_open = True
        if isinstance(members, Sequence):
            self.read()
        self.set(**options)

    def read(self, most: int | None = None) -> int:
        """Take up to so many more members from the iterator that it was made of, all by default. Answers how many.

        Raises ValueError if some of them went into another submit, or into a copy of this group.
        """
        if not self.is_open:
            return 0
        self._must_be_whole()
        before = len(self.tasks)
        try:
            self.tasks += islice(self._unread, most)
        finally:
            self._seen = self._source.taken
        self.is_open = most is not None and len(self.tasks) - before == most
        return len(self.tasks) - before

    def _must_be_whole(self) -> None:
        if self._seen != self._source.taken:
            raise ValueError("the iterator of this group was read where it was used before: make the group anew")

    def batches(self, zone: tzinfo, most: int) -> Iterator[list[trees.Tree]]:
        """The members that are still to be read, so many at a time; none of them is kept."""
        self._must_be_whole()
        while batch := list(islice(self._unread, most)):
            for member in batch:
                read_all(member)
            yield [member._tree(zone, self._passed) for member in batch]

    def set(self, **options: Any) -> Self:
        """As for every composition; also `policy` (all, any, settled), `fail_fast`, `max_parallel`, `max_fail`, and
        `tolerant` (its failure does not stop the chain). Options of the call are of each member.
        """
        if "policy" in options:
            options["policy"] = trees.Policy(options["policy"]).value
        return super().set(**options)

    def link(self, callback: Composition) -> Composition:
        """Have `callback` start once, when the whole group is final and has succeeded, with the list."""
        return super().link(callback)

    def link_error(self, errback: Composition, *, each: bool = False) -> Composition:
        """Have `errback` start once when the whole group is final and has failed, told of every member that has.

        With `each` it starts for every member that fails, at once.
        """
        if not each:
            return super().link_error(errback)
        self.tasks = [member.on_error(errback) for member in self.tasks]
        self._unread = (member.on_error(errback) for member in self._unread)
        return errback

    def on_error(self, errback: Composition, *, each: bool = False) -> Self:
        """As `link_error`, and answers this group."""
        self.link_error(errback, each=each)
        return self

    def skew(self, start: float = 1.0, stop: float | None = None, step: float = 1.0) -> Self:
        """Let the members start one after the other, after `start`, `start + step`, … seconds, at most `stop`."""
        self.read()
        for place, member in enumerate(self.tasks):
            seconds = start + place * step
            member.set(countdown=seconds if stop is None else min(seconds, stop))
        return self

    def clone(self) -> Self:
        copied = self._dressed(copy(self))
        copied.tasks = [member.clone() for member in self.tasks]
        return copied

    def given(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Self:
        copied = self._dressed(copy(self))
        copied.tasks = [member.given(args, kwargs) for member in self.tasks]
        if self.is_open:
            copied._unread = (member.given(args, kwargs) for member in self._unread)
        return copied

    def apply_async(self, *args: Any, link: Any = None, **options: Any) -> Any:
        """Submit it and answer its handle. Raises TypeError for a `link`, as Celery does; else as any composition."""
        if link:
            raise TypeError("a group takes no link at the call: use a chord, or group.link(callback)")
        return super().apply_async(*args, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Submit it, as Celery's groups do when they are called."""
        return self.apply_async(args, kwargs)

    def __len__(self) -> int:
        self.read()
        return len(self.tasks)

    def group(self) -> Self:
        """This group: what `chunks` makes is one already."""
        return self

    def _tree(self, zone: tzinfo, inherited: Mapping[str, Any] | None = None) -> trees.Group:
        options = {**(inherited or {}), **self.options}
        passed = {name: value for name, value in options.items() if name in INHERITED | STARTING}
        own = {name: value for name, value in self.options.items() if name in self.own_options}
        if "policy" in own:
            own["policy"] = trees.Policy(own["policy"])
        self._passed = passed
        members = tuple(member._tree(zone, passed) for member in self.tasks)
        return self._linked(trees.Group(members=members, open=self.is_open, **own), zone)

    def inner(self) -> Sequence[Composition]:
        return self.tasks

    def _parts(self, write: Writer) -> dict[str, Any]:
        self.read()
        return {"tasks": [member._written(write) for member in self.tasks]}


class Header:
    """`chord(header)`, still without its body: `chord(header)(body)` submits the chord."""

    def __init__(self, members: Group) -> None:
        self.tasks = members

    def __call__(self, body: Any, **options: Any) -> Any:
        """Submit the chord with this body."""
        return (self | body).apply_async(**options)

    def __or__(self, body: Any) -> Chain:
        return self.tasks | _body(body)


def chain(*elements: Any, **options: Any) -> Chain:
    """One after the other: `chain(a.s(), b.s())`, or of one iterable. Raises TypeError for what is no signature."""
    return Chain(_of_one_iterable(elements), **options)


def group(*members: Any, **options: Any) -> Group:
    """Side by side: `group(a.s(), b.s())`, or of one iterable, which is read once, while the group is submitted."""
    return Group(_of_one_iterable(members), **options)


def chord(header: Any, body: Any = None, **options: Any) -> Any:
    """The body takes the list of what the header's members came to: `chord([a.s(), b.s()], c.s())`.

    Without a body it waits for one: `chord([a.s(), b.s()])(c.s())` submits.
    """
    members = header if isinstance(header, Group) else Group(_of_one_iterable((header,)))
    return Header(members) if body is None else (Header(members) | body).set(**options)


def signature(
    what: Any, args: Iterable[Any] | None = None, kwargs: Mapping[str, Any] | None = None, **options: Any
) -> Any:
    """A signature of a task, given by its name or by itself, or of what `to_dict` wrote.

    Raises ValueError for a dict of another form.
    """
    if isinstance(what, Mapping):
        return _from_dict(what)
    if isinstance(what, Composition):
        return what.clone()
    name = what if isinstance(what, str) else str(what.name)
    return Signature(name, args, kwargs, **{**options.pop("options", {}), **options})


def _of_one_iterable(said: tuple[Any, ...]) -> Iterable[Composition]:
    alone = len(said) == 1 and isinstance(said[0], Iterable) and not isinstance(said[0], Composition)
    return said[0] if alone else said


def _checked(member: Any) -> Composition:
    if not isinstance(member, Composition):
        raise TypeError(f"a group is made of signatures, such as task.s(), not of {member!r:.80}")
    return member.clone()


def _body(said: Any) -> Composition:
    if not isinstance(made := composed(said), Composition):
        raise TypeError(f"the body of a chord is a signature, such as task.s(), not {said!r:.80}")
    return made


def _from_dict(said: Mapping[str, Any]) -> Composition:
    try:
        made = _bare(said)
        for callback in said.get("link", ()):
            made.link(_from_dict(callback))
        for errback in said.get("link_error", ()):
            made.link_error(_from_dict(errback))
        return made.set(**said.get("options", {}))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a signature: {error!r}") from error


def _bare(said: Mapping[str, Any]) -> Composition:
    if said.get("subtask_type") == Chain.kind:
        return Chain(map(_from_dict, said["tasks"]))
    if said.get("subtask_type") == Group.kind:
        return Group([_from_dict(member) for member in said["tasks"]])
    facts = {name: said[name] for name in ("spread", "items") if name in said}
    return Signature(said["task"], said["args"], said["kwargs"], immutable=bool(said.get("immutable")), **facts)
