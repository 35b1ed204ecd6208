"""One protection: what it keeps away, and how it is taken out."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.mutations.altering import Part


@dataclass(frozen=True, slots=True)
class Protection:
    """A row of the table."""

    against: str  #: what happens without it, with the numbers of faults, attacks, cases and rules
    parts: tuple[Part, ...]
