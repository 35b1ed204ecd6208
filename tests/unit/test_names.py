"""What may stand in a name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qctl.config import load
from qctl.config.problems import BadFile
from qctl.engine.identity import identify
from qctl.model.names import CROCKFORD, ID_LENGTH, is_name, new_id

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


def test_ids_are_of_eight_characters_and_no_two_are_alike() -> None:
    drawn = [new_id() for _ in range(10_000)]
    assert len(set(drawn)) == len(drawn)
    assert {len(one) for one in drawn} == {ID_LENGTH}
    assert set("".join(drawn)) == set(CROCKFORD)


def test_two_processes_draw_no_id_twice_though_ids_are_drawn_in_lots() -> None:
    """Of two jobs of one id and one body the second would be taken for the first."""
    new_id()
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, " ".join(new_id() for _ in range(10)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(read, 1000).decode().split()
    os.close(read)
    os.close(write)
    assert len(theirs) == 10
    assert not {new_id() for _ in range(200)} & set(theirs)
