"""The scripts of the three shells are those that the table of commands makes, and say of everything what it takes."""

from __future__ import annotations

import os

import pytest

from qctl.cli.completion import answer, kinds, live
from qctl.cli.completion.scripts import FILES, REGENERATE, generated, path_of
from qctl.cli.completion.verbs import aliases, all_verbs
from qctl.cli.table import ALIASES, COMMANDS
from qctl.engine.journal import LEVELS
from tests.support.source import ROOT


def test_the_scripts_are_what_the_commands_make_them() -> None:
    for shell, text in generated().items():
        assert path_of(shell).read_text() == text, (
            f"{FILES[shell]} is not of these commands; write it anew: {REGENERATE}"
        )
        assert os.path.samefile(ROOT / "completions" / FILES[shell], path_of(shell))


def test_every_command_is_in_every_script() -> None:
    paths = {verb.path for verb in all_verbs()}
    assert paths > {row.name for row in COMMANDS if row.module}
    assert aliases(all_verbs()).keys() == ALIASES.keys()
    assert set(aliases(all_verbs()).values()) <= paths
    assert paths >= {"help run", "help queue pause", "help dates", "help Q014"}


def test_an_option_or_argument_of_which_nobody_says_what_it_takes_makes_no_script() -> None:
    with pytest.raises(LookupError, match="run --brand-new"):
        kinds.of_option("run", ("--brand-new",))
    with pytest.raises(LookupError, match="run novelty"):
        kinds.of_argument("run", "novelty", None)


def test_what_the_scripts_ask_for_is_answered() -> None:
    values = [option.takes for verb in all_verbs() for option in verb.options if option.takes]
    values += [argument.takes for verb in all_verbs() for argument in verb.arguments]
    asked = {value.kind for value in values} - {kinds.ONE_OF, kinds.FILE, kinds.FOLDER, kinds.USER, kinds.ANYTHING}
    assert asked == kinds.ASKED
    assert live.READERS.keys() == set(answer.OF_REDIS)
    assert asked == {*answer.OF_FILE, *answer.OF_REDIS, "step", "params", "query", "zones"}


def test_words_that_the_scripts_offer_for_an_option_are_those_that_it_takes() -> None:
    assert set(kinds.of_option("worker", ("--log-level",)).words) == set(LEVELS)
    assert "sarif" in kinds.of_option("check", ("--output",)).words
    assert "sarif" not in kinds.of_option("ps", ("--output",)).words
