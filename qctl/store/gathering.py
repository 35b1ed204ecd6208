"""What a step of a workflow receives, gathered from where it is kept: the jobs that left it.

Everything here asks for commands, is sent their answers, and returns what it has found, so that a worker need not wait
inside. Whatever is at one depth of nested groups is asked for together; values come 4 MB at a time.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import NamedTuple

from qctl.model.workflow.inputs import MOST_BYTES, InputGone, InputTooLarge, Items, Record
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.tree import Policy
from qctl.store.command import Command, script, script_call
from qctl.store.error_records import AT_ONCE, as_is, endings_of, error_record, member_error
from qctl.store.record import read_value
from qctl.store.replies import text
from qctl.store.workflow_words import read_node, read_plan, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Final

    from qctl.model.attempt import Value
    from qctl.model.workflow.inputs import Input
    from qctl.store.asking import Asking
    from qctl.store.command import Word
    from qctl.store.keys import Keys

_BYTES: Final = 4 * 1024 * 1024
_VALUES: Final = 200  #: in one call, however small
_ELSEWHERE: Final = b"@"

Place = tuple[str, str]  #: a workflow, and a source in it


class _Declared(NamedTuple):
    """A group as it was declared."""

    workflow_id: str
    name: str
    size: int
    settled: bool


class _Group(NamedTuple):
    """A group whose value is asked for: what its members came to, by position."""

    settled: bool
    members: list[Place]
    culprits: list[str]  #: of a settled one, by position, who made a member fail, or ""


class Gathering:
    """One gathering, for one step: its size counts together."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._size = 0

    def input(self, workflow_id: str, source: str) -> Asking[Input]:
        """What a source stands for. Raises InputTooLarge and InputGone."""
        if source in ("f", "n") or source.startswith("e:"):
            return (yield from error_record(self._keys, workflow_id, source)) if source != "n" else None
        (found,) = yield from self._inputs([(workflow_id, source)])
        return found

    def _inputs(self, places: Sequence[Place]) -> Asking[list[Input]]:
        """Of several places at once."""
        found: dict[int, Input] = {}
        jobs: dict[int, str] = {}
        further: list[tuple[int, _Group | Place]] = []
        for at, what in enumerate((yield from self._what_is_there(places))):
            if what is None:
                found[at] = None
            elif isinstance(what, str):
                jobs[at] = what
            else:
                further.append((at, what))
        yield from self._values(jobs, found, further)
        groups = [what.members if isinstance(what, _Group) else [what] for _, what in further]
        rest = iter((yield from self._inputs(list(chain(*groups)))) if further else ())
        for (at, what), members in zip(further, groups, strict=True):
            inputs = [next(rest) for _ in members]
            found[at] = (yield from self._listed(what, inputs)) if isinstance(what, _Group) else inputs[0]
        return [found[at] for at in range(len(places))]

    def _what_is_there(self, places: Sequence[Place]) -> Asking[list[str | _Group | Place | None]]:
        """For each place nothing, the id of a job that left its value, a group, or another place."""
        nodes = yield from self._nodes(places)
        answers: list[str | _Group | Place | None] = []
        groups: list[tuple[int, _Declared]] = []
        for workflow_id, source in places:
            if source in ("n", "-", ""):
                answers.append(None)
                continue
            name = source[2:]
            line, fate = nodes[workflow_id, name]
            outcome, _, rest = fate.partition(" ")
            if outcome == "unneeded" or (outcome == "succeeded" and rest):
                answers.append((workflow_id, rest))
            elif outcome != "succeeded":
                answers.append(None)
            elif (node := read_node(name, line)) is None:
                raise InputGone(what=node_id(workflow_id, name))
            elif node.group is None:
                answers.append(node_id(workflow_id, name))
            else:
                settled = node.group.policy is Policy.SETTLED
                groups.append((len(answers), _Declared(workflow_id, name, size_of(line), settled)))
                answers.append(None)
        members = yield from self._members([group for _, group in groups])
        for (at, _), group in zip(groups, members, strict=True):
            answers[at] = group
        return answers

    def _nodes(self, places: Sequence[Place]) -> Asking[dict[Place, tuple[bytes, str]]]:
        """By workflow and name, nodes as they are kept, and how they ended."""
        wanted = [(workflow_id, source[2:]) for workflow_id, source in places if source[:2] == "v:"]
        lines = yield from self._fields(self._keys.nodes, wanted)
        fates = yield from self._fields(self._keys.fates, wanted)
        found: dict[Place, tuple[bytes, str]] = {}
        for place, line, fate in zip(wanted, lines, fates, strict=True):
            if line is None:
                raise InputGone(what=node_id(*place))
            found[place] = line, text(fate or b"")
        return found

    def _members(self, groups: Sequence[_Declared]) -> Asking[list[_Group]]:
        """Where the values of the members of groups are, in declared order."""
        sizes = yield from self._fields(self._keys.flow, [(group.workflow_id, f"n {group.name}") for group in groups])
        counts = [int(grown or group.size) for group, grown in zip(groups, sizes, strict=True)]
        places = [
            (group.workflow_id, f"{group.name} {position}")
            for group, count in zip(groups, counts, strict=True)
            for position in range(count)
        ]
        heads = yield from self._fields(self._keys.nodes, places)
        tails = yield from self._fields(self._keys.nodes, [(workflow_id, f"t {name}") for workflow_id, name in places])
        rows = zip(places, heads, tails, strict=True)
        ends = iter([(workflow_id, f"v:{text(tail or head or b'')}") for (workflow_id, _), head, tail in rows])
        found = []
        for group, count in zip(groups, counts, strict=True):
            culprits = (yield from self._culprits(group, count)) if group.settled else []
            found.append(_Group(group.settled, list(islice(ends, count)), culprits))
        return found

    def _culprits(self, group: _Declared, count: int) -> Asking[list[str]]:
        """By position the ids of the jobs that made members of a group fail, or ""."""
        wanted = [(node_id(group.workflow_id, group.name), str(position)) for position in range(count)]
        names = yield from self._fields(self._keys.failed, wanted)
        return [node_id(group.workflow_id, text(name)) if name else "" for name in names]

    def _listed(self, group: _Group, inputs: list[Input]) -> Asking[Input]:
        if not group.settled:
            return Items(tuple(inputs))
        endings = yield from endings_of(self._keys, [one for one in group.culprits if one])
        return Items(
            tuple(
                Record({"ok": False, "value": None, "error": member_error(culprit, endings.get(culprit))})
                if culprit
                else Record({"ok": True, "value": value, "error": None})
                for value, culprit in zip(inputs, group.culprits, strict=True)
            )
        )

    def _values(
        self, jobs: Mapping[int, str], found: dict[int, Input], further: list[tuple[int, _Group | Place]]
    ) -> Asking[None]:
        """Read what jobs left; of one that has replaced itself it is said where that is."""
        places, ids = list(jobs), list(jobs.values())
        while ids:
            words: list[Word] = [_BYTES, min(_VALUES, len(ids)), *ids[:_VALUES]]
            (values,) = yield [script_call(script("values"), (self._keys.door,), words, list)]
            for at, job_id, value in zip(places, ids, values, strict=False):
                if value is None:
                    raise InputGone(what=job_id)
                if value[:1] == _ELSEWHERE:
                    workflow_id = text(value[1:])
                    further.append((at, (workflow_id, (yield from source_of(self._keys, workflow_id)))))
                else:
                    found[at] = self._counted(value)
            places, ids = places[len(values) :], ids[len(values) :]

    def _counted(self, value: bytes) -> Value | None:
        self._size += len(value)
        if self._size > MOST_BYTES:
            raise InputTooLarge(size=f"at least {self._size}")
        return read_value(value) if value else None

    def _fields(self, key: Callable[[str], str], wanted: Sequence[tuple[str, str]]) -> Asking[list[bytes | None]]:
        """Fields of hashes, each told as what names the hash, and the field's name."""
        commands: list[Command[Any]] = []
        start = 0
        while start < len(wanted):
            stop = start + 1
            while stop < len(wanted) and stop - start < AT_ONCE and wanted[stop][0] == wanted[start][0]:
                stop += 1
            commands.append(Command(("HMGET", key(wanted[start][0]), *(f for _, f in wanted[start:stop])), as_is))
            start = stop
        answers: Sequence[list[bytes | None]] = (yield commands) if commands else ()
        return list(chain(*answers))


def source_of(keys: Keys, workflow_id: str) -> Asking[str]:
    """Where a whole workflow's value is. Raises InputGone."""
    (terms,) = yield [Command(("HGET", keys.nodes(workflow_id), "plan"), as_is)]
    plan = read_plan(terms) if terms else None
    if plan is None:
        raise InputGone(what=workflow_id)
    return f"v:{plan.last}" if plan.last else "-"


def values_left(keys: Keys, ids: Sequence[str]) -> Asking[list[Input]]:
    """The values that ended jobs left, in the order of their ids. Raises InputTooLarge and InputGone."""
    gathering = Gathering(keys)
    found: dict[int, Input] = {}
    further: list[tuple[int, _Group | Place]] = []
    yield from gathering._values(dict(enumerate(ids)), found, further)
    for at, place in further:
        assert not isinstance(place, _Group)
        (found[at],) = yield from gathering._inputs([place])
    return [found[at] for at in range(len(ids))]
