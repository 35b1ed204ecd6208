"""The machine in the pictures: a server that backs up, mirrors and imports, with a worker, and a job that fails."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.support import Home, eventually
from tests.support.command_line import SOURCE, Answer
from tests.support.processes import processes_below

#: PROGRAMS is where `qctl` is found.
TASKS = '''\
[defaults]
env.PATH = "PROGRAMS:/usr/bin:/bin"

[tasks.backup-db]
doc = "Dump a database, and keep so many copies"
queue = "batch"
run = """
echo "connected to $db"
for table in customers orders invoices; do echo "dumping $table"; done
qctl progress 12/28 "table invoices"
sleep 900
"""
params.db = { default = "shop" }
params.keep = { type = "int", default = 14 }
schedule = "30 2 * * *"

[tasks.sync-cdn]
doc = "Copy what has changed to the CDN"
run = 'echo "1204 files, 37 changed"; sleep 900'
schedule = "*/15 * * * *"

[tasks.import-feed]
doc = "Fetch the suppliers' prices"
run = """
echo "GET https://feeds.example.net/prices.csv"
echo "curl: (22) The requested URL returned error: 503" >&2
exit 22
"""
retries = 1
backoff = "1s"
schedule = "@hourly"

[tasks.thumb]
doc = "Shrink a picture"
queue = "media"
run = 'echo "$file"; case $file in cover-[12].png) ;; *) sleep 900 ;; esac'
params.file = {}

[tasks.report-daily]
doc = "What was sold yesterday"
run = "echo sent to 12 people"
schedule = { cron = "0 7 * * mon-fri", timezone = "Europe/Berlin" }

[tasks.renew-certs]
run = "echo nothing is due"
schedule = "H H(2-5) * * *"

[tasks.vacuum]
run = "echo 3 tables"
queue = "batch"
schedule = "0 4 * * sun#1"

[tasks.check-tls]
doc = "How long do the certificates last?"
run = 'echo "$name: expires in 6 days" >&2; exit 1'
params.name = {}

[tasks.push-metrics]
run = 'echo "connection refused" >&2; exit 75'
retries = 5
backoff = "10m"

[queues.media]
max_running = 2
[queues.batch]
max_running = 1

[tasks.dump]
run = 'seq 1 "$rows"'
params.rows = { type = "int", default = 5000 }
[tasks.pack]
run = "qctl progress 2/5; sleep 900"
[tasks.checksum]
run = "cksum"
[tasks.upload]
run = "cat"
'''

#: What the machine is called, and where its user has things: no name or path of the one that draws the pictures.
HOST, STATE, WORK = "db1", "/home/ana/.local/state", "/srv/ops"
#: What Python reads as it starts, in each process there: whoever asks the system for names is given these.
_NAMES = f"""\
import os, pwd, socket
uname, user = list(os.uname()), list(pwd.getpwuid(os.geteuid()))
uname[1], user[0] = {HOST!r}, "ana"
os.uname = lambda: os.uname_result(uname)
socket.gethostname = lambda: {HOST!r}
pwd.getpwuid = lambda number: pwd.struct_passwd(user)
"""
_PICTURES = "".join(f"{name}.png\n" for name in ("cover-1", "cover-2", "cover-3", "back", "spine", "flap", "ad"))


class Machine(Home):
    """That machine, from its start to its end. Nothing of it is seen, or left, outside of its folders."""

    def __init__(self) -> None:
        super().__init__()
        self.write("tasks.toml", TASKS.replace("PROGRAMS", str(Path(sys.executable).parent)))
        self._names = self.folder / "names"
        self._names.mkdir()
        (self._names / "sitecustomize.py").write_text(_NAMES)
        # As long as the path that stands for it in the pictures: lines are laid out for that.
        self.state_home = tempfile.mkdtemp(prefix="qctl-pics", dir="/tmp")
        assert len(self.state_home) == len(STATE), self.state_home

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        names = {"XDG_STATE_HOME": self.state_home, "PYTHONPATH": f"{self._names}:{SOURCE}"}
        return super().environment({**names, **(extra or {})})

    def type(self, *words: str, given: str = "") -> Answer:
        """Run a command to its end, with a text on stdin."""
        return self.run_in_earnest(*words, input=given.encode())

    def disguise(self, text: str) -> tuple[str, str] | None:
        """A path of this machine that is in the text, and what stands for it on ana's; also one that was shortened."""
        if (work := str(self.work)) in text:
            return work, WORK
        sizes = range(len(STATE), len("/tmp"), -1)
        return next(((self.state_home[:size], STATE[:size]) for size in sizes if self.state_home[:size] in text), None)

    def live(self) -> None:
        """Let happen what the pictures show: some jobs have ended, one of them badly, some run and some wait."""
        self.start("worker", "-B", "--name", HOST, "-c", "6").wait_for("starts")
        for task in ("report-daily", "renew-certs", "vacuum"):
            self.type("run", task, "--wait")
        for words in ("check-tls name=www", "import-feed", "import-feed"):
            self.type("run", *words.split(), "--wait")
        for words in ("backup-db", "sync-cdn", "push-metrics", "backup-db db=crm --priority 7", "vacuum"):
            self.type("run", *words.split())
        self.type("group", "thumb", "--each", "-", given=_PICTURES)
        self.type("run", "report-daily", "--in", "2h")
        self._wait_for("table invoices", "ps", "-o", "jsonl")
        self._wait_for("2/7 done", "ps")
        self._wait_for("beat ● ", "schedule", "next")

    def _wait_for(self, text: str, *words: str) -> None:
        eventually(lambda: text in self.type(*words).stdout, within=30.0, every=0.2)

    def close(self) -> None:
        """End all of it, also what `down` cannot."""
        try:
            self.type("down", "--now")
        finally:
            self.remove()
            for seen in processes_below(Path(self.state_home)):  # its server knows nothing of the other folder
                os.kill(seen.pid, signal.SIGKILL)
            shutil.rmtree(self.state_home, ignore_errors=True)
