"""What the README tells to type works when it is typed: its console blocks, in order, in one shell."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.support import Home
from tests.support.command_line import SOURCE

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def newcomer() -> Iterator[Home]:
    """The home of somebody who has never run qctl."""
    home = Home()
    yield home
    home.run("down")
    assert home.remove() == []


def script_of(readme: str) -> str:
    """The commands of all console blocks: what stands behind `$ `, with the lines that follow it."""
    return "".join(line.removeprefix("$ ") for block in _BLOCK.findall(readme) for line in block.splitlines(True))


def test_the_commands_of_the_readme_work_in_the_order_of_the_page(newcomer: Home) -> None:
    script = script_of((SOURCE / "README.md").read_text())
    assert script.count("qctl ") > 15
    ended = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=newcomer.work,
        env=newcomer.environment(),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    assert "good day, Ada" in ended.stdout
    assert "it failed with exit code 1" in ended.stdout
