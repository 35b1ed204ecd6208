"""The places of keys, found in any TOML that the parser takes."""

from __future__ import annotations

from typing import Any

import tomli
from hypothesis import given
from hypothesis import strategies as st

from qctl.config.positions import Span, positions

TEXT = """\
# a = 1
top = 1 # b = 2
"quo ted"."k\\u00e9y" = 'v'

[ tasks . "a.b" ]
run = '''
[not.a.table]
no = "key"
'''
exec = [ "one", # "no"
  'two', ["x", {y = 2}], ]
params.name = { type = "str", "default" = "a, } ]", deep = {er = [1]} }
other="x"
date = 1979-05-27 07:32:00
quotes = \"\"\"a""\"\"\"
after = true

[[list]]
key = 1
[[list]]
key = 2
[list.sub]
key = 3
"""


def test_each_key_and_value_has_its_place() -> None:
    spots = positions(TEXT)

    assert spots[("top",)].key == Span(2, 1, 3)
    assert spots[("top",)].value == Span(2, 7, 1)
    assert spots[("quo ted", "kéy")].value == Span(3, 24, 3)
    assert spots[("tasks", "a.b")].key == Span(5, 11, 5)
    assert spots[("tasks", "a.b", "run")].value == Span(6, 7, 3)
    assert spots[("tasks", "a.b", "exec", 1)].value == Span(11, 3, 5)
    assert spots[("tasks", "a.b", "exec", 2, 1, "y")].value == Span(11, 21, 1)
    assert spots[("tasks", "a.b", "params", "name", "default")].value == Span(12, 43, 8)
    assert spots[("tasks", "a.b", "params", "name", "deep", "er", 0)].key.line == 12
    assert spots[("tasks", "a.b", "date")].value == Span(14, 8, 19)
    assert spots[("tasks", "a.b", "after")].key == Span(16, 1, 5)
    assert spots[("list", 1, "key")].key == Span(21, 1, 3)
    assert spots[("list", 1, "sub", "key")].key == Span(23, 1, 3)
    assert ("no",) not in spots
    assert ("not", "a", "table") not in spots


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every way into a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} | {way for key, each in inner for way in paths(each, (*path, key))}


def test_every_way_into_the_document_has_a_place() -> None:
    assert paths(tomli.loads(TEXT)) - {()} - set(positions(TEXT)) == {("tasks",)}


_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)
_values = st.recursive(
    st.booleans() | st.integers(-99, 99) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=10,
)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", # ]\n".join(written(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)} = {written(each)}" for key, each in value.items()) + "}"
    return str(value)


@given(st.dictionaries(_texts, _values, max_size=4))
def test_no_document_confuses_the_scanner(document: dict[str, Any]) -> None:
    text = "".join(f"{written(key)} = {written(value)}\n" for key, value in document.items())
    lines = text.split("\n")

    spots = positions(text)

    assert paths(tomli.loads(text)) - {()} == set(spots)
    for path, spot in spots.items():
        if isinstance(path[-1], str):
            begins = lines[spot.key.line - 1][spot.key.column - 1 :]
            assert begins.startswith(written(path[-1]))
