"""A call as it travels: what was said reads back, and what is no call is refused before anybody relies on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.classes import replace
from qctl.model.call import AroundWords, Call, Kind


def test_a_call_reads_back_as_it_was_written() -> None:
    call = Call(
        task="greet",
        kind=Kind.EXEC,
        params={"name": "Zoë", "days": [1, 2]},
        args=("-v", ""),
        by="ops@db1",
        retries=0,
        tries=3,
        tags=("daily",),
        labels={"env": "prod"},
        line=7,
    )
    assert Call.decode(call.encode()) == call


def test_a_field_of_a_newer_qctl_is_passed_over() -> None:
    assert Call.decode(b'{"task": "greet", "colour": "red", "key": null}') == Call(task="greet")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"kind": "run"}',
        b'{"task": "a", "kind": "play"}',
        b'{"task": "a", "params": [1]}',
        b'{"task": "a", "params": null}',
        b'{"task": "a", "args": "rm"}',
        b'{"task": "a", "args": [1]}',
        b'{"task": "a", "labels": 5}',
        b'{"task": "a", "retries": "3"}',
        b'{"task": "a", "cwd": ["/"]}',
    ],
)
def test_a_body_that_somebody_wrote_by_hand_is_no_call(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a call|Expecting|not a valid Kind"):
        Call.decode(body)


WORDS = st.lists(st.text(), min_size=1, max_size=4).map(tuple)
CALLS = st.builds(
    Call,
    task=st.text(),
    kind=st.sampled_from(tuple(Kind)),
    params=st.dictionaries(st.sampled_from(["a", "args"]), st.text(), max_size=2),
    args=WORDS,
    env=st.dictionaries(st.sampled_from(["A", "args"]), st.text(), max_size=2),
    cwd=st.none() | st.text(),
)


@given(CALLS, WORDS)
def test_jobs_that_differ_in_words_alone_are_known_by_what_stands_around_these(
    call: Call, words: tuple[str, ...]
) -> None:
    body, other = call.encode(), replace(call, args=words).encode()
    around = AroundWords.of(body, call)

    assert (around is None) == bool(call.params)
    if around is not None:
        assert AroundWords.beginning(body) == AroundWords.beginning(other)
        assert around.words(other) == words


@pytest.mark.parametrize(
    "between",
    [
        b'["a"],"env":{"LD_PRELOAD":"x"}',
        b'["a"],"args":["b"]',
        b'"a"',
        b"[1]",
        b"[[]]",
        b'["a"',
        b'["a"]]',
        b'{"0":"a"}',
        b"null",
        b"",
        b'["\xff"]',
        b"[" * 100_000,
    ],
)
def test_a_body_that_says_more_than_words_between_them_is_read_whole(between: bytes) -> None:
    call = Call(task="greet", args=("a",), by="ops@db1")
    body = call.encode()
    around = AroundWords.of(body, call)

    assert around is not None
    assert around.words(body.replace(b'["a"]', between)) is None


@pytest.mark.parametrize("body", [b"", b"{}", b'{"task":"greet"}', b'{"task":"greet","args":["a"],"by":"ops"}'])
def test_a_body_with_something_else_around_its_words_is_read_whole(body: bytes) -> None:
    call = Call(task="greet", args=("a",), by="ops@db1")
    around = AroundWords.of(call.encode(), call)

    assert around is not None
    assert around.words(body) is None
