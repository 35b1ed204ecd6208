"""The Redis commands that qctl's code names, found in its source: in Lua, and as the first words of commands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import qctl

_ROOT = Path(qctl.__file__).parent
_LUA = re.compile(r"\bp?call\('([A-Z]+)'|\bin_batches\('([A-Z]+)'")


def named_commands(known: frozenset[str]) -> set[str]:
    """In lower case; `known` are the commands that a server has, by which a word is told from a heading."""
    return {word.lower() for word in _words()} & known


def _words() -> Iterator[str]:
    for script in (_ROOT / "store" / "lua").glob("*.lua"):
        yield from (word for found in _LUA.findall(script.read_text()) for word in found if word)
    for layer in ("store", "client", "engine"):
        for file in (_ROOT / layer).rglob("*.py"):
            yield from _first_words(ast.parse(file.read_text()))


def _first_words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Constant):
            word = node.elts[0].value
            if isinstance(word, str) and word.isupper():
                yield word
