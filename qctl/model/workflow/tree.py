"""What somebody composed: steps, chains and groups of them, as a tree of frozen values.

A chord is a chain in which a step follows a group. Rule 3 of workflows.md holds of its plan: a group directly inside a
group is flattened into it at its place, a chain directly inside a chain likewise. A group that has terms or links of
its own is not: it stays one member, and contributes a list.
"""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Final

MOST_NESTING: Final = 64  #: of groups and chains in one another


class Policy(StrEnum):
    """When a group is done, and what its value is."""

    ALL = "all"  #: every member succeeded: the list of their values, in declared order
    ANY = "any"  #: the first success: that value; the rest go on
    SETTLED = "settled"  #: every member is final: a list of `{"ok", "value", "error"}`


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written as JSON, `KEY:=JSON`."""

    value: Any


@dataclass(frozen=True, slots=True)
class FromFile:
    """The text of a file, `KEY=@FILE`, as the caller has read it; `-` is his stdin."""

    path: str
    text: str | None = field(default=None, repr=False)  #: None: not read yet


@dataclass(frozen=True, slots=True)
class Each:
    """`each(…)`: the step is a group, with a member for each of these texts or JSON values."""

    path: str | None = None  #: of a file, a line for each member; `-` is the caller's stdin
    param: str | None = None  #: of a list among the workflow's parameters, `each({hosts})`
    values: tuple[Any, ...] | None = None  #: None: not read yet


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter of the workflow, put in the place of `{name}`: read by the type of the parameter that receives it."""

    value: Any = field(repr=False)
    secret: bool = False


#: A parameter's value as an expression gives it: a text is read by the declared type.
Value = str | Literal | FromFile | Each | Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One job to be: a task with what is known of its parameters, and its options.

    The received value goes before `args`; together they fill, in order, the parameters that `params` does not name.
    """

    task: str
    params: Mapping[str, Any] = field(default_factory=dict)  #: JSON values by name; where `typed` is false, Values
    args: tuple[Any, ...] = ()  #: JSON values by place; of a shell task words, "$1" and so on
    typed: bool = True  #: false: the values of `params` are words, to be read by their declared types
    words: tuple[
        Value, ...
    ] = ()  #: positional values of an expression, `dump(main)`: fill the free parameters in order
    takes_input: bool = True  #: false: `.name`, Celery's immutable signature: the value before it is not passed
    tolerant: bool = False  #: `name?`: who comes after it goes on with null when it did not succeed
    handler: bool = False  #: `name!`: runs only if the step before it did not succeed, with its error record
    options: Mapping[str, Any] = field(default_factory=dict)  #: by field of `config.requests.Options`
    spread: str | None = None  #: `map` or `starmap`: `items` are worked off one after the other in one job
    items: tuple[Any, ...] = ()
    link: tuple[Tree, ...] = ()  #: start beside what follows when it has succeeded, with its value
    link_error: tuple[Tree, ...] = ()  #: start when it has finally not succeeded, with the error record
    column: int | None = None  #: in the expression that it was read from, where it begins, from 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One after the other; the value is the last one's."""

    elements: tuple[Tree, ...]
    link: tuple[Tree, ...] = ()  #: when the whole has succeeded
    link_error: tuple[Tree, ...] = ()  #: at the first step of it that did not succeed, once


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Side by side; always a list in declared order, also of one member and of none."""

    members: tuple[Tree, ...]
    policy: Policy = Policy.ALL
    fail_fast: bool = False  #: cancel the members that are not final at the first failure
    tolerant: bool = False
    max_parallel: int | None = None  #: members under way at a time
    max_fail: int = 0  #: so many members may fail, with null in their places
    open: bool = False  #: more members are to be added until it is sealed
    link: tuple[Tree, ...] = ()  #: once, when the whole group is final and succeeded
    link_error: tuple[Tree, ...] = ()  #: once, when the whole group is final and did not succeed, with all that failed


Tree = Step | Chain | Group


def tasks_of(tree: Tree) -> Iterator[str]:
    """The names of all steps of a composition, callbacks included."""
    left: list[Tree] = [tree]
    while left:
        one = left.pop()
        left += (*one.link, *one.link_error)
        if isinstance(one, Step):
            yield one.task
        else:
            left += one.elements if isinstance(one, Chain) else one.members
