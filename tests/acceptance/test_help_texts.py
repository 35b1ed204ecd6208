"""Help that fits on a terminal of 80 columns, and names the words below a noun with a sentence for the noun."""

from __future__ import annotations

import re

import pytest

from qctl.cli.table import COMMANDS
from qctl.cli.topics import TOPICS
from qctl.model.cells import width
from tests.support import Home
from tests.support.source import ROOT


def too_wide(text: str) -> list[str]:
    return [line for line in text.splitlines() if width(line) > 80]


@pytest.mark.parametrize("command", [row.name for row in COMMANDS if row.module])
def test_no_line_of_a_commands_help_is_wider_than_80_columns(home: Home, command: str) -> None:
    said = home.run_in_earnest(command, "--help", env={"COLUMNS": "200"}).stdout  # with what each imports by itself
    assert re.search(r"\n\n  [A-Z]\w+ ", said.partition("Options:")[0]), f"no sentence: {said}"
    assert too_wide(said) == []
    _, _, below = said.partition("\nCommands:\n")
    for word in re.findall(r"^  (\w+)  ", below, re.M):
        assert too_wide(home.run(command, word, "--help", env={"COLUMNS": "200"}).stdout) == []


@pytest.mark.parametrize("topic", [*TOPICS, "Q014"])
def test_no_line_of_a_topic_is_wider_than_80_columns(home: Home, topic: str) -> None:
    assert too_wide(home.run("help", topic).stdout) == []


def test_the_variable_that_chooses_the_embedded_instance_is_told(home: Home) -> None:
    for words in (["up", "-d", "--name", "one"], ["worker", "list", "-q"]):
        assert home.run(*words).stdout == "one\n"
    assert home.run("status", env={"XDG_STATE_HOME": str(home.folder / "run")}).code == 3
    assert "XDG_STATE_HOME" in home.run("help", "environment").stdout
    assert "XDG_STATE_HOME" in (ROOT / "README.md").read_text()
    home.run("down")
