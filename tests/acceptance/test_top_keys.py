"""Keys, pastes, the mouse and Ctrl-Z of `qctl top` on a real terminal: none of them is lost, whatever comes with it."""

from __future__ import annotations

import re
import shutil
import sys

import pytest

from qctl.store import Store
from tests.acceptance.conftest import Draw
from tests.support import Home, eventually
from tests.support.full_screen import FullScreen
from tests.support.store_seed import a_job, submit

TASKS = """
[tasks.tidy]
run = "true"
"""


@pytest.fixture
def opened(draw: Draw, store: Store) -> FullScreen:
    """The screen of sixty queued jobs and nobody who takes them."""
    submit(store, *(a_job(f"job{n:02}") for n in range(60)), a_job("other", queue="batch"))
    terminal = draw("--interval", "200ms")
    terminal.shows("job00", "q quit")
    return terminal


def pointed(terminal: FullScreen) -> str:
    """The job under the cursor."""
    found = [re.search(r"▸ (\w+)", line) for line in terminal.lines()]
    return next((each[1] for each in found if each), "")


def test_keys_that_come_in_one_burst_are_all_pressed(opened: FullScreen, site: Home) -> None:
    """As over a slow line: a line and its Enter, what is behind them, Esc and a key right after it."""
    opened.press(b"/queue:batch\r+2:job job07\r\x1b1\x1b/job1\x1b?")
    opened.shows("Keys")
    opened.press(b"\x1b1")
    opened.shows("1 Jobs", "active, and what failed", "job00")
    eventually(lambda: '"priority": 6' in site.run("show", "other", "-o", "json").stdout, within=15.0)
    opened.press(b"q")
    assert opened.end() == 0
    assert opened.is_restored


def test_letters_of_another_encoding_stop_nothing(opened: FullScreen) -> None:
    opened.press(b"/\xfc\xff\xe9x")
    opened.shows("filter ���x")
    opened.press(b"\x032")
    opened.shows("2 Queues")


def test_what_is_pasted_is_text_where_a_line_is_typed_and_nothing_elsewhere(opened: FullScreen) -> None:
    opened.press(b"\x1b[200~Acy\x1b[201~")
    opened.shows("what was pasted is left alone")
    assert not [line for line in opened.lines() if "selected" in line or "[y/N]" in line]
    opened.press(b"/\x1b[200~queue:batch\n\x1b[201~\r2")
    opened.shows("2 Queues")
    opened.press(b"1")
    opened.shows("─ queue:batch  1 ─", "other ")


def test_a_command_is_found_and_taken_by_its_words(opened: FullScreen) -> None:
    opened.press(b":")
    opened.shows("Commands", "what a QUERY means")
    opened.press(b"queue bat")
    opened.shows(": queue bat", "▸ queue batch")
    opened.press(b"\r")
    opened.shows('─ queue:"batch" state:active  1 ─', "other ")
    opened.press(b":zzz\r")
    opened.shows("is called zzz")
    opened.press(b"\x1b:quit\r")
    assert opened.end() == 0


def test_the_wheel_scrolls_and_a_click_points_and_opens(opened: FullScreen) -> None:
    opened.turn_wheel(up=False, times=2)
    eventually(lambda: pointed(opened) == "job05", within=15.0)
    opened.turn_wheel(up=True)
    eventually(lambda: pointed(opened) == "job02", within=15.0)
    opened.press(b"c")
    opened.shows("[y/N]")
    opened.turn_wheel(up=False)
    opened.press(b"n")
    opened.shows_no("[y/N]")
    assert pointed(opened) == "job02", "what is asked about stays under the cursor"
    opened.click("job08")
    eventually(lambda: pointed(opened) == "job08", within=15.0)
    opened.click("job08")
    opened.shows("job08  job", "Asked by")


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_it_is_stopped_by_ctrl_z_and_comes_back_with_fg(opened: FullScreen, draw: Draw) -> None:
    """In a real shell with job control: its terminal is as it was, and what is typed there is not for the screen."""
    opened.press(b"q")
    assert opened.end() == 0
    shell = draw(command=["bash", "--norc", "--noprofile", "--noediting", "-i"], extra={"PS1": "prompt> "})
    shell.wait_for("prompt> ")
    shell.press(f"{sys.executable} -m qctl top --interval 200ms\r".encode())
    shell.shows("job00", "q quit")
    for _ in range(2):
        shell.press(b"\x1a")
        eventually(lambda: shell.is_restored, within=15.0)
        eventually(lambda: "Stopped" in shell.read().rpartition("\x1b[?1049l")[2], within=15.0)
        shell.press(b"echo it-$((40 + 2)); stty -a\r")
        eventually(lambda: "it-42" in shell.read() and " echo " in shell.read(), within=15.0)
        shell.press(b"fg\r")
        eventually(lambda: not shell.is_restored, within=15.0)
        shell.shows("job00", "q quit")
        shell.keys("2")
        shell.shows("2 Queues", "batch")
        shell.keys("1")
        shell.shows("1 Jobs")
    shell.press(b"q")
    eventually(lambda: shell.is_restored, within=15.0)
    shell.press(b"exit 7\r")
    assert shell.end() == 7
