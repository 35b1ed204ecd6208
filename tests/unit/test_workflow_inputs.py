"""What a step receives, as Python and as bytes, and how it travels to a slot."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qctl.model.attempt import Value, ValueKind
from qctl.model.workflow.inputs import Input, Items, Record, as_bytes, as_python, decode, encode


def out(data: bytes) -> Value:
    """What a command wrote."""
    return Value(ValueKind.BYTES, data)


def js(value: Any) -> Value:
    """What a Python task returned."""
    return Value(ValueKind.JSON, json.dumps(value).encode())


def test_a_command_reads_a_commands_value_byte_for_byte() -> None:
    assert as_bytes(out(b"a\xff\0b\n")) == b"a\xff\0b\n"


def test_a_command_reads_what_python_left_as_json_and_a_newline() -> None:
    assert as_bytes(js({"a": [1, "ü"]})) == json.dumps({"a": [1, "ü"]}).encode() + b"\n"


def test_a_command_reads_nothing_where_there_is_no_value() -> None:
    assert as_bytes(None) == b""


def test_a_command_reads_a_group_as_one_json_list_in_declared_order() -> None:
    group = Items((out(b"x\n"), js(2), None, Items(()), out(b"\xff")))

    assert json.loads(as_bytes(group)) == ["x", 2, None, [], {"base64": "/w=="}]
    assert as_bytes(group).endswith(b"]\n")


def test_python_receives_text_without_its_last_newline_and_bytes_if_it_is_no_utf_8() -> None:
    assert as_python(out(b"one\ntwo\n\n")) == "one\ntwo\n"
    assert as_python(out(b"\xff\n")) == b"\xff\n"
    assert as_python(out(b"")) == ""


def test_python_receives_null_as_none_and_groups_as_lists() -> None:  # C07, C08, C32, C70
    assert as_python(None) is None
    assert as_python(Items((js(1), js(2), Items((js(3), js(4)))))) == [1, 2, [3, 4]]


def test_a_record_is_an_object_with_values_in_it() -> None:
    settled = Record({"ok": True, "value": out(b"done\n"), "error": None})
    error = Record({"workflow_id": "w", "failed": [{"id": "w.1", "error": {"type": "E", "message": "ü"}}]})

    assert as_python(Items((settled,))) == [{"ok": True, "value": "done", "error": None}]
    assert json.loads(as_bytes(settled)) == {"ok": True, "value": "done", "error": None}
    assert as_python(error)["failed"][0]["error"]["message"] == "ü"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
_VALUES = st.builds(out, st.binary()) | st.builds(js, _JSON)


@given(
    st.recursive(
        st.none() | _VALUES,
        lambda inner: (
            st.builds(Items, st.lists(inner).map(tuple))
            | st.builds(Record, st.dictionaries(st.text(), inner | st.booleans() | st.text()))
        ),
    )
)
def test_what_is_written_for_a_slot_is_read_as_it_was(received: Input) -> None:
    assert decode(encode(received)) == received
    assert encode(received), "nothing written means that nothing is received"
