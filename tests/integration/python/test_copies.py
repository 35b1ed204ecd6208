"""`qctl retry WF --new` of what a program composed: arguments by place come to the same value again."""

from __future__ import annotations

from tests.integration.python.conftest import Site
from tests.integration.python.tasks import add


def test_a_copy_comes_to_the_value_of_the_first(site: Site) -> None:
    """Its text alone would not: `add(8)` of an expression is a word, and policies and callbacks stand in none."""
    first = (add.s(4, 4) | add.s(8)).delay()
    assert first.get(15.0) == 16

    receipt = site.qctl.client.copy_workflow(site.qctl.client.workflow(first.workflow.id))

    assert type(first)(f"{receipt.id}.2").get(15.0) == 16
