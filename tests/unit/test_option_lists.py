"""Options that several commands take are declared once, and reach a command as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from qctl.cli.commands import chain, chord, group, run
from qctl.cli.grammar import invoke, new_app
from qctl.cli.invocation import Invocation
from qctl.cli.option_lists import with_options
from qctl.errors import UsageError

OWN = {"--policy"}  #: of an expression's groups, or of the one that is made


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    color: Annotated[str | None, typer.Option("--paint", help="which")] = None
    coats: Annotated[int, typer.Option("--coats", min=1, help="how many")] = 2


def given(words: list[str]) -> list[tuple[str | None, Paint]]:
    """What a command gets of words."""
    app = new_app()
    got: list[tuple[str | None, Paint]] = []

    @app.command()
    @with_options
    def fence(paint: Paint, post: Annotated[str | None, typer.Argument()] = None) -> int:
        got.append((post, paint))
        return 0

    invoke(app, "qctl fence", words, Invocation(lambda name: name, "fence"))
    return got


def test_a_list_of_options_reaches_the_command_as_one_value() -> None:
    assert given(["oak", "--paint", "red"]) == [("oak", Paint(color="red", coats=2))]
    assert given([]) == [(None, Paint())]


def test_what_an_option_of_a_list_does_not_take_is_refused_as_any_other() -> None:
    with pytest.raises(UsageError, match="--coats: a whole number from 1 up, not `0`"):
        given(["--coats", "0"])


def test_run_chain_group_and_chord_say_an_option_that_they_share_alike() -> None:
    said: dict[tuple[str, ...], set[tuple[str | None, str]]] = {}
    for module in (run, chain, group, chord):
        for param in get_command(module.app).params:
            if param.param_type_name == "option" and not OWN & set(param.opts):
                said.setdefault(tuple(param.opts), set()).add((getattr(param, "help", None), str(param.type)))
    assert len(said) > 20
    assert {names: forms for names, forms in said.items() if len(forms) > 1} == {}
