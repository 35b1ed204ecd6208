"""A tasks.toml with something of everything, and what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from qctl.config import Config, load
from qctl.config.compiled import kept
from qctl.config.compiling import keep

EVERYTHING = """
[qctl]
redis = "redis://me:secret@db1/3"
include = ["more/*.toml"]
timezone = "Europe/Berlin"
retention = { age = "2d", runs = 5 }

[defaults]
retries = 2
params.level = { type = "int", default = 3, max = 9 }

[routes]
"mail.*" = "mails"

[queues.night]
max_length = 10

[tasks.backup-db]
doc = "Dump"
run = "true"
env = { A = "1" }
retry_on = ["exit:75"]
params.mode = { type = "choice", choices = ["fast", "slow"], default = "fast" }
schedule = { cron = "30 2 * * *", with = { mode = "slow" } }

[tasks.sync]
exec = ["rsync", "{source}"]
params.source = { type = "path" }
cwd = "~/there"
notify = ["ops"]

[workflows.nightly]
pipeline = "backup-db(mode=fast) | [sync(source=/a)?, sync(source:=\\"/b\\")] | sync(source=each({hosts}))"
params.hosts = { type = "list", default = ["a"] }
on_error = "backup-db"

[notify.ops]
command = ["mail"]
"""

now_ns = time.time_ns


def later_ns() -> int:
    """A time at which no file is young any more."""
    return now_ns() + 3_600_000_000_000


def keep_it(folder: Path, environ: Mapping[str, str]) -> Config:
    config = load(str(folder / "tasks.toml"))
    keep(config, environ, later_ns())
    return config


def found(folder: Path, environ: Mapping[str, str]) -> Config | None:
    return kept(str(folder / "tasks.toml"), environ)
