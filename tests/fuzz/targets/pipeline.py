"""The expression of a workflow: a tree, which is written and read alike, or a refusal with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from qctl.model.workflow.expression import BadPipeline, parse
from qctl.model.workflow.tree import Chain, Step, Tree
from qctl.model.workflow.wording import to_text
from tests.fuzz.target import Target, as_text, literals


def target(data: bytes) -> None:
    text = as_text(data)
    try:
        tree = parse(text)
    except BadPipeline as refused:
        assert refused.why
        assert 0 <= refused.begin <= len(text), "an error beside the text"
        assert refused.begin < refused.end
        return
    said = to_text(tree)
    again = parse(said)
    assert placeless(again) == placeless(tree), (text, said)
    assert to_text(again) == said
    assert len(to_text(tree, most=100)) <= 100


def placeless(tree: Tree) -> Tree:
    """The tree wherever it stood in its text."""
    if isinstance(tree, Step):
        return replace(tree, column=None)
    if isinstance(tree, Chain):
        return replace(tree, elements=tuple(map(placeless, tree.elements)))
    return replace(tree, members=tuple(map(placeless, tree.members)))


def seeds() -> list[bytes]:
    return list(
        literals(
            "tests/unit/test_workflow_expression.py",
            "tests/unit/test_workflow_requests.py",
            "tests/acceptance/test_help_pipelines.py",
            "qctl/cli/topics/pipelines.py",
        )
    )


PIPELINE: Final = Target(
    name="pipeline",
    run=target,
    seeds=seeds,
    pieces=(
        *(b"|", b"[", b"]", b"(", b")", b",", b"?", b"!", b"*3", b"@low", b".", b"=", b":=", b'"', b"\\", b" ", b"\n"),
        *(b"dump", b"gzip", b"(db=main)", b"(k:={})", b'(k:="a")', b"(@-)", b"(@FILE)", b"each(", b'each(["a","b"])'),
        *(b"each({hosts})", b"each(@-)", b"null", b"1e9", b"NaN", b"{", b"}", b'{"a":1}', b"\xc3\xa9", b"\xff", b"***"),
    ),
    heads=(b"", b"dump(", b"dump(k:=", b"[a, ", b'dump(k="', b"dump"),
)
