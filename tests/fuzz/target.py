"""What a fuzzed input is: a function, examples to begin with, and pieces to mutate these with."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_LONGEST: Final = 4096  #: characters of a literal that is an example


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One kind of input."""

    name: str
    run: Callable[[bytes], None]  #: raises for a defect alone
    seeds: Callable[[], Iterable[bytes]]  #: examples, most of them from the tests of what is fuzzed
    pieces: tuple[bytes, ...]  #: words of its grammar
    heads: tuple[bytes, ...] = (b"",)  #: what large inputs begin with


def as_text(data: bytes) -> str:
    """Bytes as they come from a command line or a crontab: what is no UTF-8 stands as surrogates."""
    return data.decode("utf-8", "surrogateescape")


def literals(*paths: str) -> Iterator[bytes]:
    """Every text that is written in these files of tests, or in folders of such."""
    for name in paths:
        path = ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield from _literals_of(file)


def _literals_of(file: Path) -> Iterator[bytes]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < _LONGEST:
            yield node.value.encode("utf-8", "surrogatepass")


def fenced(text: str, language: str) -> Iterator[bytes]:
    """The blocks of a language in a page of Markdown."""
    for block in re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield block.encode()


def one_line(error: object) -> None:
    """An error says something, on one line that drives no terminal."""
    said = str(error)
    assert said, "an error without words"
    assert said.isprintable(), f"an error that is no line: {said!r}"
