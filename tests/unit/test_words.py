"""How values reach commands: words and variables, never shell text (attack 23)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.model.call import Kind
from qctl.model.task import Task
from qctl.model.words import environment_of, fill_words, is_loader_name, placeholders, text_of


def filled(*words: str, **values: object) -> tuple[str, ...]:
    return fill_words(Task(name="t", kind=Kind.EXEC, exec=words), values)


def test_a_value_is_placed_inside_its_word_and_never_split() -> None:
    assert filled("cp", "{source}/", "--to={target}", source="a b; rm -rf /", target="$(id)") == (
        "cp",
        "a b; rm -rf //",
        "--to=$(id)",
    )


@given(st.text(), st.text())
def test_no_value_changes_the_number_of_words_or_is_read_again(a: str, b: str) -> None:
    assert filled("x", "<{a}{b}>", "{b}", a=a, b=b) == ("x", f"<{a}{b}>", b)


def test_a_list_alone_as_a_word_becomes_several() -> None:
    assert filled("tar", "{paths}", "end", paths=["a", "b c", 3]) == ("tar", "a", "b c", "3", "end")
    assert filled("tar", "{paths}", paths=[]) == ("tar",)


def test_a_list_inside_a_word_is_json() -> None:
    assert filled("x", "--p={paths}", paths=["a", "b"]) == ("x", '--p=["a","b"]')


def test_a_value_that_is_missing_makes_its_own_word_vanish() -> None:
    assert filled("x", "{a}", "y") == ("x", "y")


def test_double_braces_are_text_and_other_braces_too() -> None:
    assert filled("awk", "{print $1}", "{{a}}", "{}", "x{", a="no") == ("awk", "{print $1}", "{a}", "{}", "x{")
    assert placeholders("{a}{{b}}{c_1}{ d }{2}") == ("a", "c_1")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (2.5, "2.5"),
        (["é", 1], '["é",1]'),
        ({"a": None}, '{"a":null}'),
    ],
)
def test_values_reach_a_command_as_texts(value: object, text: str) -> None:
    assert text_of(value) == text
    assert environment_of({"p": value}) == {"p": text}


def test_a_null_is_no_variable() -> None:
    assert environment_of({"a": None, "b": ""}) == {"b": ""}


@pytest.mark.parametrize(
    "name", ["PATH", "IFS", "LD_PRELOAD", "PYTHONPATH", "BASH_ENV", "HOME", "QCTL_JOB_ID", "LC_ALL"]
)
def test_names_that_change_what_runs_are_known(name: str) -> None:
    """Attack 26."""
    assert is_loader_name(name)


@pytest.mark.parametrize("name", ["path", "name", "PATHS", "python", "HOST", "DB_URL"])
def test_ordinary_names_are_free(name: str) -> None:
    assert not is_loader_name(name)
