"""The words of `chain`, `group` and `chord`, and what is read of stdin for them, before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from qctl.cli import composing
from qctl.cli.composing import Files, NoGroup, chain, group, group_of, step, with_policy
from qctl.cli.each import BadLine
from qctl.cli.feeding import Arriving
from qctl.cli.screens.workflows import MOST_LINES
from qctl.cli.submit_options import Terms
from qctl.errors import UsageError
from qctl.model.workflow.expression import BadPipeline, parse
from qctl.model.workflow.tree import Chain, Each, FromFile, Group, Literal, Policy, Step


def quiet(_line: str) -> None:
    """Nobody is told."""


def as_step(text: str) -> Step:
    found = step(text)
    assert isinstance(found, Step)
    return found


def test_a_step_is_words_as_after_run_with_the_marks_of_an_expression() -> None:
    found = as_step("upload*3@batch? bucket='a b' keep:=3 key=@/k main")
    assert (found.task, found.tolerant, dict(found.options)) == ("upload", True, {"retries": 3, "queue": "batch"})
    assert found.params == {"bucket": "a b", "keep": Literal(3), "key": FromFile("/k")}
    assert found.words == ("main",)


def test_a_step_may_be_an_expression() -> None:
    assert step("[gzip, checksum]") == parse("[gzip, checksum]")
    assert step("dump(db=main) | gzip") == parse("dump(db=main) | gzip")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a step is an empty text"),
        ("dump 'db=main", "ends within quotes"),
        ("dump db=a db=b", "`db` is given twice"),
        ("dump n:={", "no JSON"),
        ("dump k-x=1", "is no parameter"),
    ],
)
def test_a_step_that_is_none_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        step(text)


def test_marks_that_make_no_sense_are_pointed_at() -> None:
    with pytest.raises(BadPipeline):
        step("dump**3 db=main")


def test_a_chain_of_nothing_is_refused() -> None:
    """C05"""
    with pytest.raises(UsageError, match="a chain of nothing"):
        chain(())
    with pytest.raises(UsageError, match="a group of nothing"):
        group((), Group(members=()))


def test_a_chord_is_a_group_and_the_step_that_comes_after_it() -> None:
    """C50"""
    found = group(("probe h=a", "probe h=b"), Group(members=(), policy=Policy.SETTLED), "report")
    assert isinstance(found, Chain)
    members, then = found.elements
    assert isinstance(members, Group)
    assert members.policy is Policy.SETTLED
    assert [one.params for one in members.members if isinstance(one, Step)] == [{"h": "a"}, {"h": "b"}]
    assert then == step("report")


def test_max_fail_is_a_number_or_a_share_of_the_members() -> None:
    assert group_of(Terms(max_fail="3"), None).max_fail == 3
    assert group_of(Terms(max_fail="10%"), 59).max_fail == 5


@pytest.mark.parametrize(
    ("policy", "max_fail", "members", "said"),
    [
        ("some", None, 2, "--policy is one of all, any, settled"),
        ("al", None, 2, "did you mean `all`"),
        ("all", "many", 2, "3 or 10%"),
        ("all", "101%", 2, "3 or 10%"),
        ("all", "-1", 2, "3 or 10%"),
        ("all", "10%", None, "needs to know how many members"),
    ],
)
def test_terms_that_say_nothing_are_refused(policy: str, max_fail: str | None, members: int | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        group_of(Terms(policy=policy, max_fail=max_fail), members)


def test_files_that_a_composition_names_are_read_once_each(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("a\n\nb\n")
    (tmp_path / "text").write_text("all of it")
    found = Files(quiet).read_in(parse(f"[load(q=@{tmp_path}/text), resize(file=each(@{tmp_path}/lines))] | sum"))
    assert isinstance(found, Chain)
    members = found.elements[0]
    assert isinstance(members, Group)
    load, resize = members.members
    assert isinstance(load, Step)
    assert isinstance(resize, Step)
    assert load.params["q"] == FromFile(f"{tmp_path}/text", "all of it")
    assert resize.params["file"] == Each(path=f"{tmp_path}/lines", values=("a", "b"))


def test_a_step_that_takes_nothing_from_files_is_not_copied() -> None:
    """Of a hundred thousand members that would be twenty megabytes."""
    members = group(["dump db=a", "gzip"], Group(members=()))
    assert isinstance(members, Group)
    found = Files(lambda _: None).read_in(members)

    assert isinstance(found, Group)
    assert all(one is other for one, other in zip(found.members, members.members, strict=True))


def test_stdin_is_read_for_one_thing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "read_file", lambda path: f"text of {path}")
    with pytest.raises(UsageError, match="stdin is read for load: q: it cannot be read for load: r as well"):
        Files(quiet).read_in(parse("load(q=@-, r=@-)"))
    with pytest.raises(UsageError, match="stdin is read for --input"):
        Files(quiet, "--input").read_in(parse("load(q=@-)"))


def test_a_live_region_leaves_most_of_the_terminal_alone() -> None:
    assert MOST_LINES == 8


class Pipe:
    """Stdin as a pipe into which somebody writes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        reader, writer = os.pipe()
        self._writer: int | None = writer
        self.stdin = os.fdopen(reader, "rb")
        monkeypatch.setattr("sys.stdin", self.stdin)

    def write(self, data: bytes) -> None:
        assert self._writer is not None
        os.write(self._writer, data)

    def end(self) -> None:
        """Nothing more comes. May be said twice."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    found = Pipe(monkeypatch)
    yield found
    found.end()
    found.stdin.close()


def texts(lines: Sequence[tuple[int, str]]) -> list[str]:
    return [text for _, text in lines]


def test_lines_are_taken_as_they_come_and_half_a_line_waits_for_its_end(pipe: Pipe) -> None:
    """C44, C60"""
    arriving = Arriving(null=False)
    assert arriving.batch(0.0) == []
    pipe.write(b"one\n\ntwo\r\nthr")
    assert arriving.batch(0.0) == [(1, "one"), (3, "two")]
    pipe.write(b"ee")
    assert arriving.batch(0.0) == []
    assert not arriving.ended
    pipe.end()
    assert arriving.batch(None) == [(4, "three")]
    assert arriving.ended


def test_many_lines_come_in_batches_of_500(pipe: Pipe) -> None:
    arriving = Arriving(null=False)
    pipe.write(b"".join(b"%d\n" % number for number in range(1, 1203)))
    pipe.end()
    batches = [texts(arriving.batch(None)) for _ in range(3)]
    assert [len(batch) for batch in batches] == [500, 500, 202]
    assert [text for batch in batches for text in batch] == [str(number) for number in range(1, 1203)]


def test_lines_may_end_with_a_nul(pipe: Pipe) -> None:
    pipe.write(b"a\nb\0c\0")
    pipe.end()
    assert texts(Arriving(null=True).batch(None)) == ["a\nb", "c"]


@pytest.mark.parametrize("data", [b"ok\n\xff\n"])
def test_a_line_that_is_not_utf_8_names_its_number(pipe: Pipe, data: bytes) -> None:
    pipe.write(data)
    pipe.end()
    with pytest.raises(BadLine, match="line 2 of stdin"):
        Arriving(null=False).batch(None)


def test_a_policy_is_of_the_groups_that_an_expression_makes_and_not_of_those_within_them() -> None:
    found = with_policy(parse("a | [b, [c, d] | e] | f(x=each([1, 2]))"), "settled")

    assert isinstance(found, Chain)
    _, outer, spread = found.elements
    assert isinstance(outer, Group)
    assert isinstance(spread, Group)
    assert (outer.policy, spread.policy) == (Policy.SETTLED, Policy.SETTLED)
    (_, inner) = outer.members
    assert isinstance(inner, Chain)
    assert isinstance(inner.elements[0], Group)
    assert inner.elements[0].policy is Policy.ALL


@pytest.mark.parametrize(
    ("text", "policy", "said"),
    [("a | b", "any", "no group is made here"), ("[a, b]", "anny", "not `anny`, did you mean `any`")],
)
def test_a_policy_that_no_group_can_have_is_refused(text: str, policy: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        with_policy(parse(text), policy)
    assert issubclass(NoGroup, UsageError)
