"""Help that fits on a terminal of 80 columns, and names the words below a noun with a sentence for the noun."""

from __future__ import annotations

import re

import pytest

from qctl.cli.table import COMMANDS
from qctl.cli.topics import TOPICS
from qctl.model.cells import width
from tests.support import Home


def too_wide(text: str) -> list[str]:
    return [line for line in text.splitlines() if width(line) > 80]


@pytest.mark.parametrize("command", [row.name for row in COMMANDS if row.module])
def test_no_line_of_a_commands_help_is_wider_than_80_columns(home: Home, command: str) -> None:
    said = home.run(command, "--help", env={"COLUMNS": "200"}).stdout
    assert re.search(r"\n\n  [A-Z]\w+ ", said.partition("Options:")[0]), f"no sentence: {said}"
    assert too_wide(said) == []
    _, _, below = said.partition("\nCommands:\n")
    for word in re.findall(r"^  (\w+)  ", below, re.M):
        assert too_wide(home.run(command, word, "--help", env={"COLUMNS": "200"}).stdout) == []


@pytest.mark.parametrize("topic", [*TOPICS, "Q014"])
def test_no_line_of_a_topic_is_wider_than_80_columns(home: Home, topic: str) -> None:
    assert too_wide(home.run("help", topic).stdout) == []
