"""JSON without the library's import: the same texts, values and complaints as the library's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from qctl import json_text
from tests.support.command_line import SOURCE

VALUES: list[Any] = [
    *(None, True, 0, -7, 1 << 80, 1.5, 1e300, "", "plain", 'a "quoted" \\ one\n', "ü€😀\ud800", [], {}, (1, 2)),
    {"b": [1, {"c": None}], "a": "é", "1": [[]]},
    {1: "a", None: "b", False: "c", 2.5: "d"},
]
WAYS: list[dict[str, Any]] = [
    {},
    {"ensure_ascii": False, "separators": (",", ":")},
    {"sort_keys": True},
    {"default": str},
    {"indent": 2},
    {"indent": None},
    {"allow_nan": False},
]
TEXTS = [
    *(
        '{"a": [1, 2.5, -3e5, "x\\u00e9", null, true, false]}',
        " \t\r\n[1] \n",
        '"\\ud800"',
        "12",
        "-0.0",
        "NaN",
        "[Infinity]",
    ),
    *("", "   ", "[1", "[1]]", "{'a': 1}", '"\t"', "nul", "01", "[1,]", '{"a" 1}', "\x0b1", "\u00a01", "\ufeff1"),
    *('{"a": 1, "a": 2}', "1e999", "[" * 100_000),
]
BYTES = [
    b'{"a": "\xc3\xa9"}',
    b"\xef\xbb\xbf[1]",
    "[1]".encode("utf-16"),
    "[1]".encode("utf-32-le"),
    b"",
    b'"\xff"',
    b"1",
]


def _outcome(of: Callable[[], Any]) -> str:
    """What a call answers or raises, in words."""
    try:
        return repr(of())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("way", WAYS, ids=repr)
def test_values_are_written_as_the_library_writes_them(way: dict[str, Any]) -> None:
    for value in [*VALUES, float("nan"), {"x": float("inf")}, {1, 2}, {"x": object}, {(1,): 2}, b"bytes"]:
        assert _outcome(lambda: json_text.dumps(value, **way)) == _outcome(lambda: json.dumps(value, **way))  # noqa: B023


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    assert _outcome(lambda: json_text.dumps(value)) == _outcome(lambda: json.dumps(value))


@pytest.mark.parametrize("text", [*TEXTS, *BYTES], ids=lambda text: repr(text[:20]))
def test_texts_are_read_as_the_library_reads_them(text: str | bytes) -> None:
    def refuse(name: str) -> Any:
        raise ValueError(f"no {name}")

    for way in ({}, {"parse_constant": refuse}, {"parse_float": str}, {"object_pairs_hook": list}):
        ours, theirs = (_outcome(lambda: reader(text, **way)) for reader in (json_text.loads, json.loads))  # noqa: B023
        assert ours == theirs


#: Reads one text in a program that has not imported `json`, as no command and no worker has, and tells what it raised.
ALONE = """
import sys
from qctl import json_text
assert "json" not in sys.modules
try:
    json_text.loads(sys.argv[1])
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("text", ["{'a': 1}", '"abc', '{"a" 1}', "nul"])
def test_a_bad_text_is_a_value_error_too_where_the_library_is_not_imported(text: str) -> None:
    words = [sys.executable, "-c", ALONE, text]
    answer = subprocess.run(words, capture_output=True, text=True, cwd=SOURCE, check=True)
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads(text)
    assert answer.stdout == f"JSONDecodeError {raised.value}\n"


def test_a_python_without_the_compiled_halves_reads_and_writes_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "_make_scanner", None)
    monkeypatch.setattr(json_text, "_make_encoder", None)
    assert json_text.JSONDecoder().decode(json_text.JSONEncoder(sort_keys=True).encode({"b": 1, "a": [2]})) == {
        "a": [2],
        "b": 1,
    }
