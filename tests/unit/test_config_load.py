"""From tasks.toml to a Config: every key typed, inherited, and where it stands."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from qctl.config import Config, load_found
from qctl.model.call import Kind
from qctl.model.retry import RetryPolicy
from qctl.model.task import Param, ParamType, Task
from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


EVERYTHING = """
    [qctl]
    redis = "rediss://db1:6379/0"
    namespace = "ops"
    timezone = "Europe/Berlin"
    modules = ["ops.tasks"]
    python_path = ["lib", "/opt/ops"]
    retention = { age = "7d", runs = 5 }
    output_budget = "1GB"
    adhoc = true
    fsync = "everysec"

    [routes]
    "mail.*" = "high"
    "*" = "rest"

    [queues.high]
    max_length = 10
    rate_limit = "5/s"
    max_running = 2

    [tasks.all]
    run = "true"
    doc = "First line.\\nSecond."
    tags = ["a", "b"]
    enabled = false
    queue = "q"
    priority = 9
    host = ["web1", "web2"]
    timeout = "1h"
    soft_timeout = "50m"
    total_timeout = 7200
    grace = 0
    stop_signal = "SIGINT"
    retries = 3
    backoff = "1s"
    backoff_max = "1m"
    jitter = false
    retry_on = ["ConnectionError", "exit:75", "signal:SIGKILL", "timeout"]
    no_retry_on = ["exit:2"]
    max_crashes = 1
    max_losses = 2
    redeliver = false
    on_lost_lease = "continue"
    ok_codes = [0, 3]
    expires = "1d"
    max_running = 1
    lock = "db"
    unique = "params"
    rate_limit = "100/m"
    env = { LANG = "de_DE.UTF-8", N = 3, F = true }
    env_file = "all.env"
    cwd = "work"
    user = "backup"
    umask = "027"
    nice = 10
    shell = "/bin/bash"
    limits = { memory = "1GB", cpu = "10m", files = 64, processes = 8 }
    leave_children = true
    fail_on_stderr = true
    output = { max = "1MB", file = "out.log" }
    result = "json"
    keep = { age = "1d" }
    notify = ["ops"]
    schedule = ["30 2 * * *", "every 90m", { cron = "@daily", overlap = "queue", at-once = 1 }]
""".replace(", at-once = 1", "")


#: What the file above says of its task.
ALL = Task(
    name="all",
    kind=Kind.RUN,
    run="true",
    doc="First line.\nSecond.",
    tags=("a", "b"),
    enabled=False,
    queue="q",
    priority=9,
    host=("web1", "web2"),
    timeout=3600.0,
    soft_timeout=3000.0,
    total_timeout=7200.0,
    grace=0.0,
    stop_signal=int(signal.SIGINT),
    retry=RetryPolicy(
        limit=3,
        backoff=1.0,
        ceiling=60.0,
        jitter=False,
        only=("ConnectionError", "exit:75", "signal:KILL", "timeout"),
        never=("exit:2",),
    ),
    max_crashes=1,
    max_losses=2,
    redeliver=False,
    on_lost_lease="continue",
    ok_codes=(0, 3),
    expires=86400.0,
    max_running=1,
    lock="db",
    unique="params",
    rate_limit="100/m",
    env={"LANG": "de_DE.UTF-8", "N": "3", "F": "true"},
    env_file="/f/all.env",
    cwd="/f/work",
    user="backup",
    umask=0o027,
    nice=10,
    shell="/bin/bash",
    limits={"memory": 1 << 30, "cpu": 600.0, "files": 64, "processes": 8},
    leave_children=True,
    fail_on_stderr=True,
    output_max=1 << 20,
    output_file="/f/out.log",
    result="json",
    keep_age=86400.0,
    keep_runs=5,
    notify=("ops",),
    schedules=({"cron": "30 2 * * *"}, {"every": "90m"}, {"cron": "@daily", "overlap": "queue"}),
    file="/f/tasks.toml",
    line=22,
    hash="",
)


class TestEveryKey:
    def test_the_settings_of_the_whole(self, files: Files) -> None:
        config = files.load(EVERYTHING)

        assert (config.redis, config.namespace, config.timezone) == ("rediss://db1:6379/0", "ops", "Europe/Berlin")
        assert config.modules == ("ops.tasks",)
        assert config.python_path == (str(files.folder / "lib"), "/opt/ops")
        assert (config.retention_age, config.retention_runs) == (604800.0, 5)
        assert (config.output_budget, config.adhoc, config.fsync) == (1 << 30, True, "everysec")
        assert config.routes == (("mail.*", "high"), ("*", "rest"))
        assert (config.queues["high"].max_length, config.queues["high"].rate_limit) == (10, "5/s")

    def test_the_keys_of_a_task(self, files: Files) -> None:
        task = files.load(EVERYTHING).task("all")

        expected = replace(
            ALL,
            file=str(files.folder / "tasks.toml"),
            env_file=str(files.folder / "all.env"),
            cwd=str(files.folder / "work"),
            output_file=str(files.folder / "out.log"),
            hash=task.hash,
        )
        assert task == expected
        assert task.summary == "First line."

    def test_what_a_task_leaves_out_is_as_the_reference_says(self, files: Files) -> None:
        task = files.load("[tasks.t]\nrun = 'true'").task("t")

        assert task == Task(
            name="t", kind=Kind.RUN, run="true", file=str(files.folder / "tasks.toml"), line=1, hash=task.hash
        )
        assert (task.priority, task.grace, task.umask, task.shell, task.output_max) == (
            5,
            10.0,
            0o022,
            "/bin/sh",
            262144,
        )
        assert (task.keep_age, task.keep_runs, task.ok_codes) == (30 * 86400.0, 1000, (0,))
        assert task.retry == RetryPolicy()

    def test_parameters(self, files: Files) -> None:
        task = files.load("""
            [tasks.t]
            call = "ops.reports:daily"
            params.size = { type = "int", default = 3, min = 1, max = 9, help = "how many" }
            params.name = {}
            params.where = { type = "path", default = "data/in/" }
            params.pin = { secret = true, env = "PIN", required = false }
            params.mode = { type = "choice", choices = ["fast", "slow"], dash = true, pattern = "[a-z]+" }
        """).task("t")

        assert task.params == (
            Param(name="size", type=ParamType.INT, default=3, min=1, max=9, help="how many"),
            Param(name="name", required=True),
            Param(name="where", type=ParamType.PATH, default=f"{files.folder}/data/in/"),
            Param(name="pin", secret=True, env="PIN"),
            Param(
                name="mode",
                type=ParamType.CHOICE,
                choices=("fast", "slow"),
                dash=True,
                pattern="[a-z]+",
                required=True,
            ),
        )

    def test_without_any_file_all_is_as_by_default(self, tmp_path: Path) -> None:
        config = load_found(None, {"HOME": str(tmp_path)}, str(tmp_path))

        assert config == Config()
        assert (config.redis, config.namespace, config.adhoc, config.fsync) == (None, "qctl", None, "always")


def test_many_tasks_written_as_inline_tables_are_read_about_as_fast_as_under_headers(files: Files) -> None:
    """By the processor's time, and the best of three: what else the machine does is no matter of ours."""

    def seconds(text: str) -> float:
        before = time.process_time()
        config = files.load(text)
        took = time.process_time() - before
        assert [config.tasks[name].line for name in ("t0", "t299")] == [2, text.count("\n", 0, text.index("t299")) + 1]
        return took

    headers = "\n" + "\n".join(f"[tasks.t{number}]\nrun = 'true'" for number in range(300))
    inline = "[tasks]\n" + "\n".join(f"t{number} = {{ run = 'true' }}" for number in range(300))

    assert min(seconds(inline) for _ in range(3)) < 20 * min(seconds(headers) for _ in range(3))
