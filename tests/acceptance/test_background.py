"""A worker in the background of a terminal."""

from __future__ import annotations

from tests.support import Home, eventually
from tests.support.terminal import Terminal

TASKS = "[tasks.hello]\nrun = 'echo hello'\n"
#: As a shell does after `stty tostop`: a program in the background that writes to the terminal is signalled.
BACKGROUND = """
import os, signal, subprocess, sys, termios
modes = termios.tcgetattr(0)
modes[3] |= termios.TOSTOP
termios.tcsetattr(0, termios.TCSANOW, modes)
worker = subprocess.Popen([sys.executable, "-P", "-m", "qctl", "worker", "--name", "one", "-c", "2"], process_group=0)
sys.stdin.readline()
worker.terminate()
sys.exit(worker.wait())
"""


def test_a_terminal_that_halts_background_writers_neither_halts_a_worker_nor_takes_its_slots(site: Home) -> None:
    """It sends SIGTTOU, by which an operator asks for one slot less."""
    terminal = Terminal(site, program=("-c", BACKGROUND))
    terminal.wait_for("worker one")

    eventually(lambda: site.run("worker", "list", "-q").stdout == "one\n", within=15.0)
    assert site.run("run", "hello", "--wait", "--timeout", "20s").stdout == "hello\n"
    terminal.press(b"\n")

    assert terminal.end() == 0
    assert "slot now" not in terminal.screen
