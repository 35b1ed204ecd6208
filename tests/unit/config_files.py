"""Writing configurations for tests, and reading what is wrong in them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from qctl.config import BadFile, Config, Problem, load


class Files:
    """A folder to write tasks.toml and its company into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "tasks.toml") -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        return str(path)

    def load(self, text: str) -> Config:
        return load(self.write(text))

    def refused(self, text: str) -> Problem:
        """The first problem of a file that is refused as a whole."""
        with pytest.raises(BadFile) as caught:
            self.load(text)
        assert caught.value.exit_code == 78
        return caught.value.problems[0]

    def broken(self, text: str, task: str = "t") -> Problem:
        """The only problem of a task that is broken."""
        config = self.load(text)
        assert task not in config.tasks
        (problem,) = config.broken[task]
        return problem
