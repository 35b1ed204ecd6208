"""JSON from strangers: attack 30."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.model.strict_json import DEEPEST, is_readable, parse, too_deep

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(ANY_JSON)
def test_what_every_program_reads_alike_is_read(value: object) -> None:
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NaN", "NaN is no JSON number"),
        ('{"a": [-Infinity]}', "-Infinity is no JSON number"),
        ("[1e999]", "1e999 is beyond what a number can hold"),
        ('{"a": {"b": 1, "b": 2}}', "`b` stands twice in an object"),
        ("[" * 100_000, f"nested more than {DEEPEST} deep"),
        ('{"a":' * 100_000, f"nested more than {DEEPEST} deep"),
        ("1" * 5000, "Exceeds the limit"),
        ("{", "Expecting"),
    ],
)
def test_what_programs_read_differently_or_not_at_all_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


@pytest.mark.parametrize("text", ["NaN", "-1e999", "[" * 100_000, "{"])
def test_what_is_only_kept_has_to_be_readable_too(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON number|can hold|nested|Expecting"):
        is_readable(text)


def test_brackets_in_texts_are_no_nesting() -> None:
    text = json.dumps(["[{" * 500 + '\\"[[', {"[": "]"}])

    assert not too_deep(text)
    assert too_deep(text[:-1] + "," + "[" * DEEPEST + "]" * DEEPEST + "]")


def test_a_long_list_of_lists_is_not_deep() -> None:
    assert not too_deep("[" + "[],[[]]," * 300_000 + "[]]")
