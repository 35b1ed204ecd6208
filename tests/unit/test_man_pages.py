"""The man pages are those that the program's tables and texts make, and formatters read them without a word."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from qctl.cli.calling import load
from qctl.cli.manual import roff
from qctl.cli.manual.pages import files
from qctl.cli.table import COMMANDS
from qctl.config import EXPLANATIONS
from qctl.config.keys import every_key
from qctl.model.exit_codes import TABLE

PAGES = files(load)
by_name = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


@by_name
def test_the_page_in_the_tree_is_the_one_that_is_made(path: Path) -> None:
    assert path.read_text() == PAGES[path], "write the pages anew: python -m qctl.cli.manual"


@by_name
@pytest.mark.parametrize(
    "formatter", ["mandoc -T lint -W warning", "groff -man -ww -b -z -T utf8"], ids=lambda line: line.split()[0]
)
def test_a_formatter_reads_it_without_a_warning(path: Path, formatter: str) -> None:
    program, *words = formatter.split()
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    ended = subprocess.run([program, *words, path], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@by_name
def test_lines_that_stay_as_they_are_fit_a_terminal(path: Path) -> None:
    kept = [
        line for block in re.findall(r"^\.nf\n(.*?)^\.fi$", PAGES[path], re.S | re.M) for line in block.splitlines()
    ]
    shown = [re.sub(r"\\\[u[0-9A-F]+\]|\\\(..|\\[-e&]", "x", line) for line in kept]
    assert [line for line in shown if len(line) > 69] == []
    assert ".RS -" not in PAGES[path]


def test_they_hold_every_command_code_and_key() -> None:
    qctl, tasks = (text.replace("\\-", "-") for text in PAGES.values())
    assert [row.name for row in COMMANDS if row.module and f'.SS "qctl {row.name}"' not in qctl] == []
    assert [code for code in TABLE if f"\\fB{code}\\fR" not in qctl] == []
    assert [code for code in EXPLANATIONS if f"\\fB{code}\\fR" not in tasks] == []
    assert [key.name for _, key in every_key() if f"{key.name}\\fR" not in tasks] == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (".x", r"\&.x"),
        ("'x", r"\(aqx"),
        ("a-b\\n", r"a\-b\en"),
        ("a … b", r"a \[u2026] b"),
        ("so `--wait` does", r"so \fB\-\-wait\fR does"),
    ],
)
def test_what_roff_would_obey_stands_for_itself(text: str, written: str) -> None:
    assert roff.prose(text) == written
