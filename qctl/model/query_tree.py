"""What a query says, as a tree: which `query` reads from words, and writes as words again."""

from __future__ import annotations

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Word:
    """Text that stands somewhere in the task's name, the parameters, the words after `--` or the labels."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """`name:value`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Measure:
    """`name>value`, a duration compared; the sign is one of `<`, `>`, `<=` and `>=`."""

    name: str
    sign: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """What the inner one does not mean."""

    inner: Query


@dataclass(frozen=True, slots=True)
class Every:
    """What all parts mean; without parts, every job."""

    parts: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """What one of the parts means, of which there are two at least."""

    parts: tuple[Query, ...]


Query = Word | Field | Measure | Not | Every | Either


def every(parts: Iterable[Query]) -> Query:
    """All of these: one part alone stands for itself, and an Every inside gives its own parts."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Every) else (part,))]
    return flat[0] if len(flat) == 1 else Every(tuple(flat))


def either(parts: Iterable[Query]) -> Query:
    """One of these, which are one at least."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Either) else (part,))]
    return flat[0] if len(flat) == 1 else Either(tuple(flat))
