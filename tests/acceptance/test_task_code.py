"""Task code that cannot be imported: told once, in a line that is its own, and by the tasks that need it alone."""

from __future__ import annotations

import pytest

from tests.support import Home

TASKS = """
[qctl]
python_path = ["."]
modules = ["half"]

[tasks.hello]
run = "echo hello"

[tasks.disk]
call = "shutil:disk_usage"
params.path = { type = "path", default = "/" }

[tasks.nowhere]
call = "nomod:f"

[tasks.stops]
call = "odd:stops"

[tasks.becomes]
call = "odd:becomes"

[tasks.torn]
call = "torn:f"
"""

ODD = """
from qctl import current
from qctl.model.workflow.tree import Step

def stops():
    raise current.stop("nothing new")

def becomes():
    raise current.replace(Step(task="hello"))
"""


@pytest.fixture
def site(site: Home) -> Home:
    """With a module that cannot be imported, too."""
    site.write("odd.py", ODD)
    site.write("torn.py", "def below():\n    raise ValueError('torn apart')\n\nbelow()\n")
    return site


def test_a_module_that_is_not_there_is_told_in_one_line(manned: Home) -> None:
    waited = manned.run("run", "nowhere", "--wait")
    assert waited.code == 1
    assert waited.stderr.count("ModuleNotFoundError: No module named 'nomod'") == 1
    job = manned.run("ps", "-a", "-q").stdout.split()[0]
    assert manned.run("logs", job).stdout == "ModuleNotFoundError: No module named 'nomod'\n"


def test_of_a_module_that_breaks_its_own_frames_are_shown_and_none_of_ours(manned: Home) -> None:
    manned.run("run", "torn", "--wait")
    said = manned.run("logs", "@failed").stdout
    assert said.startswith("Traceback")
    assert 'torn.py", line 4, in <module>' in said
    assert said.endswith("ValueError: torn apart\n")
    assert "importlib" not in said
    assert "imports.py" not in said


def test_a_local_run_says_nothing_of_code_that_other_tasks_need(site: Home) -> None:
    shell = site.run("run", "hello", "--local")
    assert (shell.code, "cannot be imported" in shell.stderr) == (0, False)
    python = site.run("run", "disk", "--local")
    assert python.code == 0
    assert [line.split(":")[1] for line in python.stderr.splitlines() if "cannot be imported" in line] == [
        " half cannot be imported"
    ]
    own = site.run("run", "nowhere", "--local")
    assert own.code == 1
    assert own.stderr.count("No module named 'nomod'") == 1


def test_a_local_run_of_a_task_that_stops_or_is_replaced_says_so_and_does_not_succeed(site: Home) -> None:
    stopped, replaced = site.run("run", "stops", "--local"), site.run("run", "becomes", "--local")

    assert stopped.code == 6
    assert "nothing new" in stopped.stderr
    assert replaced.code == 1
    assert "the task lets other work stand in its place, which only workers can do" in replaced.stderr
