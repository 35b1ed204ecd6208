"""`qctl` on a real terminal of 80 columns: the live region, its keys, and what stays on the screen."""

from __future__ import annotations

import pytest

from qctl.model.cells import width
from tests.support import Home
from tests.support.terminal import Terminal, plain

TASKS = """
[qctl]
python_path = ["."]

[tasks.talker]
run = 'for i in 1 2 3 4; do echo line $i; sleep 0.3; done'

[tasks.evil]
run = "printf '\\\\033]0;owned\\\\007 \\\\033[2J done\\\\n'; sleep 0.4"

[tasks.raiser]
call = "raiser:fail"

[tasks.wordy]
run = "printf '%02000d\\n' 7 >&2; exit 3"

[tasks.sleeper]
run = "exec sleep 60"

[tasks.teller]
run = "echo said at once; echo and to stderr >&2; exec sleep 60"
"""


def test_a_wait_shows_what_goes_on_and_leaves_one_line(manned: Home) -> None:
    terminal = Terminal(manned, "run", "talker", "--wait")
    terminal.wait_for("Ctrl-C detaches")
    terminal.wait_for("line 2")
    assert terminal.end() == 0
    lines = plain(terminal.screen)
    assert max(map(width, lines)) <= 80
    assert any("talker  succeeded in" in line and line.endswith("exit 0") for line in lines)
    assert "\x1b[J" in terminal.screen


def test_a_failed_job_and_its_next_commands_are_told_within_a_narrow_terminal(manned: Home) -> None:
    terminal = Terminal(manned, "run", "wordy", "--wait", columns=40)
    assert terminal.end() == 3
    lines = plain(terminal.screen)
    assert max(map(width, lines)) <= 40
    assert any(line.startswith("  0000") and line.endswith("…") for line in lines)
    (why,) = [line for line in lines if line.startswith("why: qctl show ")]
    assert lines[lines.index(why) + 1].startswith("  again: qctl retry ")


def region_lines(screen: str) -> list[str]:
    """The lines that were drawn into the live region: below the line that says that the job runs."""
    return [line for line in plain(screen) if line.startswith("  ")]


def test_a_narrow_terminal_folds_no_line_of_the_region(manned: Home) -> None:
    terminal = Terminal(manned, "run", "talker", "--wait", columns=40)
    terminal.wait_for("line 2")
    assert terminal.end() == 0
    drawn = region_lines(terminal.screen)
    assert any(line.startswith("  Ctrl-C detaches") for line in drawn)
    assert max(map(width, drawn)) <= 40


def test_a_terminal_that_is_made_narrower_folds_no_line_drawn_from_then_on(manned: Home) -> None:
    terminal = Terminal(manned, "run", "sleeper", "--wait")
    terminal.wait_for("cancels the job")
    terminal.resize(30)
    terminal.wait_for("^C detaches · ^\\ cancels")
    terminal.press(b"\x1c")
    assert terminal.end() == 143
    after = region_lines(terminal.screen)[region_lines(terminal.screen).index("  ^C detaches · ^\\ cancels") :]
    assert max(map(width, after)) <= 30


def test_ctrl_c_detaches_and_the_job_goes_on(manned: Home) -> None:
    terminal = Terminal(manned, "run", "sleeper", "--wait")
    terminal.wait_for("running")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    lines = plain(terminal.screen)
    (left,) = [at for at, line in enumerate(lines) if line.startswith("detached; ") and "goes on: qctl wait" in line]
    assert lines[left - 1], "a line is left empty for a ^C that is not shown"
    job = manned.run("ps", "-q", "--state", "running").stdout.strip()
    assert len(job) == 8
    manned.run("cancel", job)


def test_follow_shows_output_as_it_comes_and_a_wait_takes_up_what_ctrl_c_has_left(manned: Home) -> None:
    terminal = Terminal(manned, "run", "teller", "--follow")
    terminal.wait_for("said at once")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    lines = plain(terminal.screen)
    (left,) = [at for at, line in enumerate(lines) if line.startswith("detached; ") and "goes on: qctl wait" in line]
    assert lines[left - 1] == "^C"
    assert any(line.endswith("attempt 1/1") and "running  on" in line for line in lines)
    assert "and to stderr" in lines
    job = manned.run("ps", "-q", "--task", "teller").stdout.strip()
    assert len(job) == 8
    again = Terminal(manned, "wait", job)
    again.wait_for("cancels the job")
    again.press(b"\x1c")
    assert again.end() == 143


def test_ctrl_backslash_cancels_the_job(manned: Home) -> None:
    terminal = Terminal(manned, "run", "sleeper", "--wait")
    terminal.wait_for("running")
    terminal.press(b"\x1c")
    assert terminal.end() == 143
    assert "cancelled" in terminal.screen


@pytest.mark.parametrize("words", [("run", "evil", "--wait"), ("run", "evil", "--follow"), ("run", "evil", "-w", "-q")])
def test_the_output_of_a_job_never_drives_the_terminal(manned: Home, words: tuple[str, ...]) -> None:
    """Attack 31."""
    terminal = Terminal(manned, *words)
    assert terminal.end() == 0
    assert "\x1b]0;" not in terminal.screen
    assert "\x1b[2J" not in terminal.screen
    assert "^[]0;owned^G" in terminal.screen


def test_the_error_of_a_job_never_drives_the_terminal_of_a_local_run(shared_home: Home) -> None:
    """Attack 31."""
    shared_home.write("tasks.toml", TASKS)
    shared_home.write("raiser.py", "def fail():\n    raise ValueError('\\x1b]0;owned\\x07 \\x1b[2J')\n")
    terminal = Terminal(shared_home, "run", "raiser", "--local")
    assert terminal.end() == 1
    assert "\x1b]0;" not in terminal.screen
    assert "\x1b[2J" not in terminal.screen
    assert "ValueError: ^[]0;owned^G ^[[2J" in terminal.screen
