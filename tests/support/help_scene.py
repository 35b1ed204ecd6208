"""The machine that the examples of help and manual are typed on: tasks of their names, a worker, other programs."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.command_line import Answer, Home, Running
from tests.support.waiting import eventually

TASKS = """\
[tasks.hello]
run = "echo hello"
tags = ["nightly"]
[tasks.backup-db]
run = 'echo "kept $keep of $name"; echo said >&2'
params.keep = { type = "int", default = 14 }
params.name = { default = "main" }
schedule = "30 2 * * *"
notify = ["ops"]
[tasks.dump]
run = 'echo "rows of $db"'
params.db = { default = "main" }
[tasks.gzip]
run = "cat"
[tasks.sum]
run = "cksum"
[tasks.upload]
run = "cat"
params.bucket = { default = "x" }
[tasks.report]
run = "cat"
params.month = { default = "10" }
[tasks.probe]
run = 'echo "$h"'
params.h = {}
[tasks.mirror]
run = 'echo "$h"'
params.h = {}
[tasks.resize]
run = 'echo "$file"'
params.file = {}
[tasks.montage]
run = "cat"
[tasks.copy]
run = 'echo "$from $to"'
params.from = {}
params.to = {}
[tasks.fetch]
run = "echo rows"
[tasks.load]
run = "cat"
[tasks.page]
run = "cat"
[tasks.check]
run = "cat"
[tasks.sync-cdn]
schedule = "30 2 * * *"
run = "true"
[tasks.disk-usage]
run = 'echo "$folder"'
params.folder = { type = "path", default = "/var" }
[tasks.fragile]
run = "exit 75"
[tasks.a]
run = 'echo "$x"'
params.x = { default = "1" }
[tasks.b]
run = "echo b"
[tasks.c]
run = "echo c"
[queues.mails]
max_running = 5
[notify.ops]
command = ["cat"]
"""

#: Programs of others that the examples name; what they would do to this machine, they do to the folder of the test.
PROGRAMS = {
    "notify": "",
    "alert": "",
    "vi": 'test -e "$1"',
    "sudo": 'exec "$@"',
    "systemctl": "case $* in *is-system-running) echo running ;; esac",
    "crontab": """case $* in *-l) cat "$HOME/crontab" ;; -) cat > "$HOME/crontab" ;; esac""",
}
CRONTAB = "*/5 * * * * /opt/poll.sh\n"

_SHELL = re.compile(r"[|&<>;]+")


class Scene:
    """A home with all of that. A line that needs no shell is run without one."""

    def __init__(self) -> None:
        self.home = Home()
        self._pages = 0
        self._worker: Running | None = None
        programs = self.home.folder / "bin"
        programs.mkdir()
        qctl = " ".join(shlex.quote(str(word)) for word in self.home._command(()))
        for name, text in {**PROGRAMS, "qctl": f'exec {qctl} "$@"'}.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        self.variables = {
            "PATH": f"{programs}:{self.home.environment()['PATH']}",
            "QCTL_YES": "1",  # of a person who answers yes
            "EDITOR": "true",
        }

    def folder(self, *, empty: bool = False, scheduled: bool = True) -> Path:
        """A fresh folder to type in, with the files that examples name."""
        self._pages += 1
        place = self.home.work / f"page{self._pages}"
        place.mkdir()
        (self.home.folder / "crontab").write_text(CRONTAB)
        if not empty:
            (place / "tasks.toml").write_text(TASKS if scheduled else TASKS.replace('schedule = "30 2 * * *"\n', ""))
        for name, text in {"a.png": "", "b.png": "", "hosts.txt": "db1\ndb2\n", "old.crontab": CRONTAB}.items():
            (place / name).write_text(text)
        return place

    def staff(self) -> None:
        """See to it that a worker called db1 takes jobs."""
        if self._worker is None or self._worker.poll() is not None:
            place = self.folder()
            self._worker = self.home.start("worker", "-B", "--name", "db1", "-c", "4", cwd=place)
            self._worker.wait_for("starts")
            eventually(lambda: self.type("qctl worker show db1", place).code == 0, within=10.0, every=0.05)

    def see_off(self) -> None:
        """Wait until the worker that was told to stop is gone."""
        assert self._worker is not None
        self._worker.wait()

    def type(self, line: str, folder: Path, extra: Mapping[str, str] | None = None) -> Answer:
        """Type a line and see how it ends."""
        variables = self.variables | dict(extra or {})
        words = list(shlex.shlex(line, posix=True, punctuation_chars=True))
        if words[0] == "qctl" and not {"$", "#"} & set(line) and not any(_SHELL.fullmatch(word) for word in words):
            return self.home.run(*shlex.split(line)[1:], env=variables, cwd=folder)
        ended = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=folder,
            env=self.home.environment(variables),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Answer(ended.returncode, ended.stdout, ended.stderr)

    def attend(self, line: str, folder: Path, sign: str, meanwhile: str = "") -> None:
        """Type a line that goes on until Ctrl-C; press that when it has said the sign."""
        logs = self.home.folder / f"attended-{folder.name}-{abs(hash(line))}"
        running = Running(["bash", "-c", line], self.home.environment(self.variables), folder, logs)
        try:
            if meanwhile:
                eventually(lambda: self._provoked(running, meanwhile, folder, sign), within=20.0, every=0.1)
            running.wait_for(sign)
            os.killpg(running.pid, signal.SIGINT)
            assert running.wait() in (0, 130, -signal.SIGINT), running.stderr
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()

    def _provoked(self, running: Running, line: str, folder: Path, sign: str) -> bool:
        self.type(line, folder)
        return re.search(sign, running.stdout, re.M) is not None

    def job(self, line: str, folder: Path) -> str:
        """The id of a job or workflow that a line submits and, with --wait, sees to its end."""
        answer = self.type(f"{line} -q", folder)
        return answer.stdout.strip().splitlines()[-1]

    def remove(self) -> None:
        """End all of it."""
        if self._worker is not None and self._worker.poll() is None:
            self._worker.stop()
        self.home.run("down", "--now")
        assert self.home.remove() == []
