"""What a Tab costs, in the modules that are imported for it: that can be counted on any machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support.source import ROOT

#: All that a Tab may import beyond bare Python where the cache knows the answer: no `re`, no `json`, no `typing`.
AT_A_TAB = {
    *("__future__", "atexit", "gc"),
    *("qctl", "qctl.later", "qctl.cli", "qctl.cli.main", "qctl.cli.completion", "qctl.cli.completion.answer"),
    *("qctl.config", "qctl.config.cache", "qctl.config.offers", "qctl.config.places"),
    *("qctl.cli.completion.instance", "_socket"),
}
#: What a Tab that Redis answers does without: what reads tasks.toml, makes a client, and writes to the store.
NOT_FOR_REDIS = {"qctl.client.asking", "qctl.config.loading", "qctl.config.values", "qctl.store.verbs", "zoneinfo"}


def test_completion_imports_next_to_nothing(tmp_path: Path) -> None:
    """Names of tasks cost at most half as much again as `python -c pass`; tests/bench/bench_completion.py measures."""
    (tmp_path / "tasks.toml").write_text('[tasks.backup]\nrun = "true"\n')
    words = ("-c", "from qctl.cli.main import main; main()", "__complete", "tasks", "b")
    assert _imported(tmp_path, *words)[0] == "backup\t\n", "nobody has read the file, so that is done now"

    said, loaded = _imported(tmp_path, *words)

    assert said == "backup\t\n"
    assert loaded - _imported(tmp_path, "-c", "pass")[1] <= AT_A_TAB


def test_the_command_that_is_installed_imports_nothing_of_its_own(tmp_path: Path) -> None:
    """What an installer writes for an entry point may import `re`, which is half of what Python costs."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "scripts" not in build["project"], "an entry point would be installed over it"
    assert build["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-scripts"] == {"qctl/cli/bin/qctl": "qctl"}
    (tmp_path / "tasks.toml").write_text('[tasks.backup]\nrun = "true"\n')
    words = (str(ROOT / "qctl" / "cli" / "bin" / "qctl"), "__complete", "tasks", "b")
    _imported(tmp_path, *words)

    said, loaded = _imported(tmp_path, *words)

    assert said == "backup\t\n"
    assert loaded - _imported(tmp_path, "-c", "pass")[1] <= AT_A_TAB


def test_a_tab_that_redis_answers_reads_keys_and_imports_no_client_and_no_configuration(
    tmp_path: Path, redis_url: str
) -> None:
    (tmp_path / "tasks.toml").write_text(f'[qctl]\nredis = "{redis_url}"\n[queues.mails]\n')
    words = ("-c", "from qctl.cli.main import main; main()", "__complete", "queues", "")
    _imported(tmp_path, *words)
    said, loaded = _imported(tmp_path, *words)

    assert said.startswith("mails\t\n")
    assert "qctl.store.job_reading" in loaded
    assert loaded & NOT_FOR_REDIS == set()


def test_where_nobody_listens_nothing_more_is_imported(tmp_path: Path) -> None:
    (tmp_path / "tasks.toml").write_text('[qctl]\nredis = "unix:///nobody/listens"\n[queues.mails]\n')
    words = ("-c", "from qctl.cli.main import main; main()", "__complete", "queues", "")
    _imported(tmp_path, *words)

    said, loaded = _imported(tmp_path, *words)

    assert said == "mails\t\n"
    assert loaded - _imported(tmp_path, "-c", "pass")[1] <= AT_A_TAB


def test_for_a_redis_that_does_not_answer_nothing_more_is_imported(tmp_path: Path) -> None:
    """It is waited for, 150 ms at most, before there is anything to read it with: see test_answer.py."""
    with socket.socket(socket.AF_UNIX) as stopped:
        stopped.bind(str(tmp_path / "stopped"))
        stopped.listen()
        (tmp_path / "tasks.toml").write_text(f'[qctl]\nredis = "unix://{tmp_path}/stopped"\n[queues.mails]\n')
        words = ("-c", "from qctl.cli.main import main; main()", "__complete", "queues", "")
        _imported(tmp_path, *words)

        said, loaded = _imported(tmp_path, *words)

    assert said == "mails\t\n"
    assert loaded - _imported(tmp_path, "-c", "pass")[1] <= AT_A_TAB


def _imported(folder: Path, *words: str) -> tuple[str, set[str]]:
    """What a Python says, and all the modules that it imports."""
    environ = {"HOME": str(folder), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-X", "importtime", *words]
    asked = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True)
    lines = [line for line in asked.stderr.splitlines() if line.startswith("import time:")]
    return asked.stdout, {line.rpartition("|")[2].strip() for line in lines}
