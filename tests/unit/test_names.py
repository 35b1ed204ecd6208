"""What may stand in a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config import load
from qctl.config.problems import BadFile
from qctl.engine.identity import identify
from qctl.model.names import is_name

DASHED = (
    '[tasks.-a]\nrun = "true"',
    '[tasks.a]\nrun = "true"\nqueue = "-a"',
    "[queues.-a]",
    '[notify.-a]\ncommand = ["true"]',
    '[tasks.a]\nrun = "true"\n[workflows.-a]\npipeline = "a"',
    '[tasks.a]\nrun = "true"\nschedule = [{ cron = "@daily", name = "-a" }, { cron = "@weekly", name = "b" }]',
)


@pytest.mark.parametrize("text", DASHED)
def test_no_name_begins_as_an_option_does(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tasks.toml"
    path.write_text(f"{text}\n")
    try:
        problems = load(str(path)).problems
    except BadFile as error:
        problems = error.problems
    assert any("no name" in f"{problem.message}" and problem.code in ("Q015", "Q017") for problem in problems)


def test_a_worker_whose_host_has_no_letter_to_begin_with_has_a_name_all_the_same() -> None:
    assert is_name(identify("-a").id)
    assert is_name(identify("é").id)
