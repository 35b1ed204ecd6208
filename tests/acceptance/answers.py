"""What commands answer to programs of what they do, each asked once. As a program it writes the files that hold it.

Of what differs from run to run and from machine to machine the place is kept, and not the text.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from qctl.cli.accepted import receipt_view
from qctl.client.submitting import Receipt
from qctl.config.options import caller
from qctl.store import open_store
from qctl.store.taken import Taken
from tests.support import Home, PrivateRedis, eventually
from tests.support.store_seed import submit

FOLDER: Final = Path(__file__).parents[1] / "data" / "answers"
COMMAND: Final = "python -m tests.acceptance.answers"
TASKS: Final = """
[tasks.backup]
run = "no-such-backup"
schedule = "0 0 29 2 *"
params.keep = { type = "int", default = 14 }
env.LEVEL = "9"

[tasks.sync]
run = "/bin/true"
schedule = "0 0 29 2 *"

[queues.batch]
"""
CRONTAB: Final = 'MAILTO=""\n30 2 * * * /usr/local/bin/backup\n61 * * * * never\n@reboot warm-up\n'

#: By the name of the file: what is typed, in this order, in one folder. Jobs 0one and 0two wait, worker w1 takes none.
WALK: Final[Mapping[str, str]] = {
    "beat_start": "beat --dry-run -o json",
    "cancelled": "cancel 0one 0two -o json",
    "retried": "retry 0one -o json",
    "purged": "queue purge default -y --backup gone.jsonl -o json",
    "removed": "rm 0two -y -o json",
    "check": "check -o json",
    "disabled": "schedule disable sync --for 1h --reason disk -o json",
    "doctor": "doctor -o json",
    "down": "down --dry-run -o json",
    "edited": "schedule add backup 'every 5m' --name often --dry-run -o json",
    "env": "env backup -o json",
    "export_crontab": "export crontab -o json",
    "export_systemd": "export systemd --to units --dry-run -o json",
    "import": "import crontab crontab -o json",
    "init": "init other --dry-run -o json",
    "install_completion": "completion bash --install --dry-run -o json",
    "install_systemd": "install systemd --user --dry-run -o json",
    "overview": "-o json",
    "path": "config path -o json",
    "paused": "queue pause batch --for 1h --reason disk -o json",
    "ping": "worker ping -o json",
    "plan": "run backup keep=3 --label env=prod --dry-run -o json",
    "plan_of_schedule": "schedule run-now sync --dry-run -o json",
    "plan_of_workflow": "run 'backup | backup' --dry-run -o json",
    "setting": "config -o json",
    "uninstall": "uninstall systemd --user --dry-run -o json",
    "up": "up -d --name db1 --dry-run -o json",
    "variable": "env backup -o jsonl",
    "worker_start": "worker --name db1 -Q batch --dry-run -o json",
}

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_WORKER: Final = re.compile(r"w1\.[0-9a-z]{8}")
#: Names whose values depend on the machine, the version or the moment …
_NUMBERS: Final = frozenset({"pid", "answered_s", "seen_s", "up_s"})
_TEXTS: Final = frozenset({"beats", "cwd", "found", "hash", "timezone", "value", "verdict", "version"})
#: … and lists of which the first item tells all.
_FIRST_ALONE: Final = frozenset({"checks", "variables", "looked_at"})
_MOST_ITEMS: Final = 4
_LONGEST: Final = 40  #: characters of a text


def answers(server: PrivateRedis) -> dict[str, str]:
    """By the name of the file, what it should hold."""
    home = Home(server.url, "answers")
    try:
        _furnish(home, server)
        found = {name: _asked(home, words) for name, words in WALK.items()}
        found["receipt"] = receipt_view(Receipt("7kq2f8wz", Taken.NEW, "default"))
    finally:
        home.remove()
    masked = {name: _masked(document, home, "") for name, document in found.items()}
    return {name: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for name, document in masked.items()}


def schemas(text: str) -> set[str]:
    """The names of the schemas in the text of a document."""
    return set(re.findall(r'"qctl\.([a-z_]+)/1"', text))


def _furnish(home: Home, server: PrivateRedis) -> None:
    home.write("tasks.toml", TASKS)
    home.write("crontab", CRONTAB)
    home.start("worker", "--name", "w1", "-Q", "nobody", "-c", "1", "-B")
    store = open_store(server.url, "answers")
    submit(store, "0one", "0two")
    store.close()
    eventually(lambda: home.run("schedule", "run-now", "sync", "--dry-run").code == 0, within=20.0)


def _asked(home: Home, words: str) -> Any:
    """The document that a command writes; the first of several."""
    apart = {"QCTL_REDIS": ""} if words.startswith("down") else {}  # of the embedded server, which does not run
    said = home.run(*(each.strip("'") for each in re.findall(r"'[^']*'|\S+", words)), env=apart)
    try:
        return json.loads(said.stdout if "jsonl" not in words else said.stdout.splitlines()[0])
    except (ValueError, IndexError) as error:
        raise AssertionError(f"qctl {words}: {said}") from error


def _masked(value: Any, home: Home, name: str) -> Any:
    match value:
        case dict():
            return {key: _masked(each, home, key) for key, each in value.items()}
        case list():
            first = name in _FIRST_ALONE or len(value) > _MOST_ITEMS
            return [_masked(each, home, name) for each in (value[:1] if first else value)]
        case int() | float() if name in _NUMBERS:
            return 0 if isinstance(value, int) else 0.5
        case str():
            return _masked_text(value, home, name)
    return value


def _masked_text(text: str, home: Home, name: str) -> str:
    if _TIME.fullmatch(text):
        return "2026-11-22T14:02:11.000Z" if "." in text else "2026-11-22T14:02:11Z"
    if name in _TEXTS:
        return "…"
    if name == "file":
        return f"…/{Path(text).name}"
    if text in (user := caller(), user.partition("@")[0], os.uname().nodename):
        return {user: "ana@db1", os.uname().nodename: "db1"}.get(text, "ana")
    text = _WORKER.sub("w1.tmrgxwe0", text.replace(str(home.folder), "/home/ana"))
    text = text.replace(home.redis or "", "redis://db1:6379")
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


if __name__ == "__main__":
    private = PrivateRedis().start()
    try:
        for each, document in answers(private).items():
            (FOLDER / f"{each}.json").write_text(document)
    finally:
        private.remove()
