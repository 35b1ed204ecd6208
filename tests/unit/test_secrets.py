"""Secrets: what is hidden, in which forms, and across which borders. Attack 34, L12."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.errors import UsageError
from qctl.model.call import Call, Kind
from qctl.model.params import bind, from_words
from qctl.model.secrets import Veil, Veiled, texts_to_hide
from qctl.model.task import Param, ParamType, Task

SECRET = "p\"ss w/rd\n%ü'"


def passed_through(veil: Veil, pieces: list[bytes]) -> bytes:
    """What comes out of a stream."""
    veiled = Veiled(veil)
    return b"".join([*map(veiled.pass_on, pieces), veiled.rest()])


def a_task(**param: object) -> Task:
    return Task(name="t", kind=Kind.RUN, run="x", params=(Param(name="pin", secret=True, **param),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps({"pin": SECRET}),
        json.dumps({"pin": SECRET}, ensure_ascii=False),
        repr({"pin": SECRET}),
        "https://x/?pin=p%22ss%20w%2Frd%0A%25%C3%BC%27",
        "pin=p%22ss+w%2Frd%0A%25%C3%BC%27",
    ],
)
def test_a_secret_is_hidden_in_every_form_in_which_programs_write_it(written: str) -> None:
    hidden = Veil([SECRET]).over_text(f"before {written} after")

    assert "ss w" not in hidden
    assert "ss%20w" not in hidden
    assert "ss+w" not in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")


@pytest.mark.parametrize(
    "written",
    [
        b"tok/en-12".hex(),
        b"tok/en-12".hex().upper(),
        b"tok/en-12".hex(" "),
        "tok%2fen-12",
        "TOK/EN-12",
        "tok/EN-12".lower(),
    ],
)
def test_a_secret_is_hidden_in_hex_and_in_other_letters(written: str) -> None:
    """Attack 34."""
    assert Veil(["tok/en-12", "Tok/En-12"]).over_text(f"a {written} b") == "a *** b"


def test_a_short_word_is_not_hidden_in_capitals_where_it_may_stand_for_itself() -> None:
    assert Veil(["pass"]).over_text("PASS pass") == "PASS ***"


@given(st.binary(max_size=9), st.text(min_size=8, max_size=30), st.binary(max_size=9), st.booleans())
def test_a_secret_is_hidden_in_base64_wherever_it_begins(before: bytes, secret: str, after: bytes, url: bool) -> None:
    """Attack 34: as `curl -v` shows a password. What remains tells at most a byte at either end."""
    raw = secret.encode()
    written = (urlsafe_b64encode if url else b64encode)(before + raw + after).rstrip(b"=")

    hidden = Veil([secret]).over(written)

    assert b"***" in hidden
    rest = len(before) + len(after) + 2
    assert len(hidden.replace(b"***", b"")) <= -(-rest * 8 // 6) + 2


def test_a_short_secret_is_not_found_where_there_is_none() -> None:
    """Its base64 has so few letters that other words have them too."""
    assert Veil(["pass1"]).over(b64encode(b"pass1")) == b64encode(b"pass1")


@given(st.data())
def test_it_is_hidden_wherever_the_stream_is_cut(data: st.DataObject) -> None:
    """Of any texts, overlapping ones and such as begin with themselves included."""
    alphabet = st.sampled_from("ab")
    veil = Veil(data.draw(st.lists(st.text(alphabet, min_size=4, max_size=7), min_size=1, max_size=3)))
    whole = data.draw(st.text(st.sampled_from("abc"), max_size=60)).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    said = passed_through(veil, pieces)

    assert said == veil.over(whole)
    assert not any(form in said.replace(b"***", b"|") for form in veil.forms)


def test_nothing_is_held_back_longer_than_it_may_become_a_secret() -> None:
    veiled = Veiled(Veil(["hunter22"]))

    assert [veiled.pass_on(piece) for piece in (b"the hun", b"gry ", b"hunter2", b"2!", b"hunt")] == [
        b"the ",
        b"hungry ",
        b"",
        b"***!",
        b"",
    ]
    assert veiled.rest() == b"hunt"


def test_a_long_secret_does_not_make_a_stream_slow() -> None:
    """A key of 60 KB in front of 600 KB that begin like it again and again: linear, or this would take a minute."""
    key = "ab" * 30_000
    veil = Veil([key])

    assert passed_through(veil, [b"ab" * 20_000 + b"-"] * 15) == (b"ab" * 20_000 + b"-") * 15


def test_json_stays_json() -> None:
    veil = Veil(["1234", "hush hush"])

    assert json.loads(veil.over_json(b'{"a":[1234,12345,"so hush hush!"],"hush hush":null}')) == {
        "a": ["***", 12345, "so ***!"],
        "***": None,
    }


def test_json_with_half_of_a_pair_stays_as_it_is() -> None:
    """UTF-8 cannot carry it, JSON can."""
    assert Veil(["hush hush"]).over_json(b'["\\ud800","hush hush"]') == b'["\\ud800","***"]'


def test_what_is_hidden_of_a_value_is_the_whole_its_parts_and_its_longer_lines() -> None:
    task = Task(
        name="t",
        kind=Kind.RUN,
        params=(
            Param(name="key", secret=True),
            Param(name="login", type=ParamType.JSON, secret=True),
            Param(name="open"),
        ),
    )
    params = {"key": "-----BEGIN\nMIIE\nabcdefgh\n", "login": {"user": "ana", "pass": "opensesame"}, "open": "visible"}

    assert set(texts_to_hide(task, params)) == {
        "-----BEGIN\nMIIE\nabcdefgh\n",
        "-----BEGIN\nMIIE\nabcdefgh",
        "-----BEGIN",
        "abcdefgh",
        '{"user":"ana","pass":"opensesame"}',
        "opensesame",
    }


@pytest.mark.parametrize("word", ["pin=hunter22", 'pin:="hunter22"'])
def test_a_secret_is_not_taken_from_a_command_line(word: str) -> None:
    """Attack 33: the refusal does not repeat it."""
    with pytest.raises(UsageError) as refused:
        from_words([word], a_task(), str)

    assert "hunter22" not in str(refused.value)
    assert "pin=@FILE" in (refused.value.advice or "")


def test_a_secret_from_a_file_is_without_its_last_newline() -> None:
    assert from_words(["pin=@f"], a_task(), {"f": "hunter22\n"}.__getitem__) == {"pin": "hunter22"}


@pytest.mark.parametrize("value", ["abc", ""])
def test_what_is_too_short_to_be_hidden_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="less than 4 characters"):
        bind(a_task(), {"pin": value})


def test_no_complaint_about_a_secret_repeats_it() -> None:
    number = a_task(type=ParamType.INT)

    with pytest.raises(UsageError) as unfit:
        bind(number, {"pin": "hunter22"})
    with pytest.raises(UsageError) as unreadable:
        from_words(["pin=@f"], number, lambda _: "hunter22")

    assert "hunter22" not in f"{unfit.value} {unreadable.value}"


def test_a_call_shows_that_there_is_a_secret_and_not_which() -> None:
    call = Call(task="t", params={"a": 1}, secrets=("pin",))

    assert Call.decode(call.encode()) == call
    assert call.shown_params == {"a": 1, "pin": "***"}
