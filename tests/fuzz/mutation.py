"""Examples for hypothesis: those of a target, changed in words of its grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from hypothesis import strategies as st

from tests.fuzz.bounds import LARGE
from tests.fuzz.target import Target

_WORDS: Final = re.compile(rb"\w+|\s+|.", re.DOTALL)


@lru_cache
def seeds_of(target: Target) -> tuple[bytes, ...]:
    """The examples of a target, each once."""
    return tuple(dict.fromkeys(target.seeds()))


def mutated(target: Target) -> st.SearchStrategy[bytes]:
    """An example with a few of its words left out, doubled, exchanged, or with others between; or pieces alone."""
    seeds = st.sampled_from(seeds_of(target))
    pieces = st.sampled_from(target.pieces)
    edits = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 1 << 16), st.integers(0, 5), pieces), max_size=6)
    changed = st.builds(_edited, seeds, seeds, edits)
    return changed | st.lists(pieces | st.binary(max_size=3), max_size=12).map(b"".join)


def _edited(data: bytes, other: bytes, edits: list[tuple[int, int, int, bytes]]) -> bytes:
    words = _WORDS.findall(data)
    for first, second, way, piece in edits:
        at = first % (len(words) + 1)
        end = min(len(words), at + second % 4)
        match way:
            case 0:
                words[at:at] = [piece]
            case 1:
                words[at:end] = [piece]
            case 2:
                del words[at:end]
            case 3:
                words[at:at] = words[at:end] * (1 + second % 3)
            case 4:
                words[at:] = _WORDS.findall(other)[second % 7 :]
            case _:
                words[at:end] = reversed(words[at:end])
    return b"".join(words)


def large(target: Target) -> Iterator[bytes]:
    """Inputs of 64 KB in which one piece comes again and again: what costs more than its length shows in them."""
    for head in target.heads:
        for piece in target.pieces:
            yield head + piece * ((LARGE - len(head)) // len(piece)) + b"!"
