"""`qctl config`: the settings in force, and which flag, variable or line of a file says each."""

from __future__ import annotations

import json
from typing import Any

from qctl.cli.settings import Settings
from qctl.config.keys import every_key
from tests.support import Home

TASKS = """[qctl]
redis = "redis://app:pass@127.0.0.1:1/0"
retention = { age = "2d" }
include = ["more.toml"]

[tasks.one]
run = "true"
"""
URL = "redis://app:hunter2@127.0.0.1:1/0"


def settings(home: Home, *words: str, **env: str) -> dict[str, dict[str, Any]]:
    answer = home.run("config", *words, "-o", "json", env=env)
    assert answer.code == 0, answer
    items = json.loads(answer.stdout)["items"]
    assert {item["schema"] for item in items} == {"qctl.setting/1"}
    return {item["key"]: item for item in items}


def test_each_setting_tells_what_said_it(home: Home) -> None:
    file = home.write("tasks.toml", TASKS)
    home.write("more.toml", '[qctl]\nmodules = ["ops"]\n[tasks.two]\nrun = "true"\n')
    found = settings(home, "--redis-timeout", "5s", QCTL_NAMESPACE="test")

    assert {key: (found[key]["value"], found[key]["origin"]) for key in ("redis_timeout", "namespace", "file")} == {
        "redis_timeout": (5.0, "--redis-timeout"),
        "namespace": ("test", "QCTL_NAMESPACE"),
        "file": (str(file), "found"),
    }
    assert (found["retention.age"]["value"], found["retention.age"]["origin"]) == (172800.0, f"{file}:3")
    assert (found["retention.age"]["file"], found["retention.age"]["line"]) == (str(file), 3)
    assert found["modules"]["origin"] == f"{file.with_name('more.toml')}:2"
    assert (found["retention.runs"]["value"], found["retention.runs"]["origin"]) == (1000, "default")
    assert found["state_dir"]["origin"] == "XDG_STATE_HOME"
    assert found["timezone"]["value"] == "UTC"
    table = home.run("config", "--origin").stdout
    assert f"{file}:3" in table
    assert f"{file}:3" not in home.run("config").stdout


def test_every_flag_and_every_key_of_qctl_is_among_them(home: Home) -> None:
    keys = {key.name for table, key in every_key() if table == "qctl"} - {"retention"}
    keys |= {f"retention.{key.name}" for table, key in every_key() if table == "qctl.retention"}
    assert keys | set(Settings.__dataclass_fields__) <= settings(home).keys()


def test_passwords_are_masked_wherever_they_come_from(home: Home) -> None:
    """Attack 34."""
    home.write("tasks.toml", TASKS.replace("pass", "hunter2"))
    ways: list[tuple[list[str], dict[str, str]]] = [([], {}), (["--redis", URL], {}), ([], {"QCTL_REDIS": URL})]
    for words, env in ways:
        for form in ("table", "wide", "json", "jsonl", "tsv"):
            said = home.run(*words, "config", "--origin", "-o", form, env=env)
            assert (said.code, "hunter2" in said.stdout + said.stderr) == (0, False), said
        got = home.run(*words, "config", "get", "redis", env=env)
        assert got.stdout == "redis://app:***@127.0.0.1:1/0\n"


def test_get_prints_one_value_and_path_the_file(home: Home) -> None:
    assert home.run("config", "get", "redis").stdout == f"unix://{home.state}/redis.sock\n"
    assert home.run("config", "get", "redis-timeout").stdout == "3s\n"
    wrong = home.run("config", "get", "namespase")
    assert (wrong.code, "did you mean `namespace`?" in wrong.stderr) == (4, True)
    none = home.run("config", "path")
    assert (none.code, none.stdout, "qctl init" in none.stderr) == (4, "", True)
    file = home.write("tasks.toml", "[tasks.one]\nrun = 'true'\n")
    assert home.run("config", "path").stdout == f"{file}\n"
    assert json.loads(home.run("config", "path", "-o", "json").stdout)["looked_at"][0] == str(file)
    assert json.loads(home.run("config", "get", "adhoc", "-o", "json").stdout)["value"] is True
    assert not (home.state / "redis.sock").exists()


def test_a_broken_file_still_tells_the_settings_that_are_certain(home: Home) -> None:
    home.write("tasks.toml", "[qctl]\nnamespace = 'mine'\n[queues.a]\nmax_length = 'many'\n")
    answer = home.run("config", "get", "namespace")
    assert (answer.code, answer.stdout) == (0, "mine\n")
    assert "warning: " in answer.stderr
    home.write("tasks.toml", "[qctl\n")
    assert home.run("config").code == 78
    assert home.run("config", "set", "namespace", "x").code == 2
