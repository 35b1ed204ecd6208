"""In tmux, as people have it on a server: `top`, a wait, a Tab and another size, in one window with a shell."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from qctl.model.cells import width
from tests.support import Home, eventually
from tests.support.shells import SCRIPTS

TASKS = """
[tasks.sleeper]
run = "exec sleep 60"
"""
pytestmark = pytest.mark.skipif(
    not (shutil.which("tmux") and shutil.which("bash")), reason="tmux or bash is not installed here; CI installs them"
)


class Window:
    """The one window of a server of tmux of its own, in which a shell runs."""

    def __init__(self, home: Home) -> None:
        self._home = home
        shell = "bash --norc --noprofile -i"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", shell)

    def type(self, text: str) -> None:
        """Type a text; a newline is Enter."""
        for at, line in enumerate(text.split("\n")):
            self.press(*(["Enter"] if at else []))
            if line:
                self._tmux("send-keys", "-l", "--", line)

    def press(self, *keys: str) -> None:
        """Press keys by their names."""
        if keys:
            self._tmux("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def lines(self) -> list[str]:
        """What stands there now."""
        return self._tmux("capture-pane", "-p").split("\n")

    def shows(self, *texts: str) -> list[str]:
        """The lines, once all these texts stand there."""

        def seen() -> list[str]:
            lines = self.lines()
            assert [text for text in texts if text not in "\n".join(lines)] == [], lines
            return lines

        return eventually(seen, within=20.0, every=0.1)

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *words: str) -> str:
        environment = {"TERM": "xterm-256color", "TMUX_TMPDIR": str(self._home.folder), "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            ["tmux", *words],
            env=self._home.environment(environment),
            cwd=self._home.work,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@pytest.fixture
def window(site: Home) -> Iterator[Window]:
    site.write("tasks.toml", TASKS)
    opened = Window(site)
    yield opened
    opened.close()


@pytest.fixture
def prompt(window: Window) -> Window:
    """The same at the prompt, with completion."""
    window.type(f"PS1='ready> '; source {SCRIPTS}/qctl.bash; clear\n")
    window.shows("ready>")
    return window


def test_a_wait_a_tab_and_top_stand_right_in_tmux_whatever_its_size(prompt: Window) -> None:
    prompt.type("qctl run sl")
    prompt.press("Tab")
    prompt.shows("ready> qctl run sleeper")
    prompt.type("--wait\n")
    prompt.shows("1st in queue", "Ctrl-C detaches")
    prompt.type("\n\n")
    prompt.resize(50, 24)
    shown = prompt.shows("  Ctrl-C detaches · Ctrl-\\ cancels\n")
    assert [sum(text in line for line in shown) for text in ("log: ", "detaches")] == [1, 1], shown
    prompt.press("C-c")
    prompt.shows("goes on: qctl wait")
    prompt.resize(80, 24)
    prompt.type("clear\nqctl top\n")
    prompt.shows("1 Jobs", "sleeper", "q quit")
    prompt.resize(120, 40)
    large = prompt.shows("[1]Jobs", "Recent failures", "q quit")
    assert max(map(width, large)) == 120
    prompt.resize(80, 24)
    eventually(lambda: "q quit" in prompt.lines()[23], within=20.0, every=0.1)
    prompt.press("q")
    prompt.shows("ready>")
    assert "1 Jobs" not in "\n".join(prompt.lines())
