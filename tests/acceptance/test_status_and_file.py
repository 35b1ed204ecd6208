"""`qctl status` whatever state tasks.toml is in."""

from __future__ import annotations

import json

from tests.support import Home, eventually

HELLO = "[tasks.hello]\nrun = 'echo hello'\n\n[tasks.sleeper]\nrun = 'exec sleep 60'\n"


def test_health_is_told_whatever_the_file_says_and_what_is_wrong_with_the_file_too(shared_home: Home) -> None:
    """A monitor that asks for health is no editor of tasks.toml: the jobs of those who run go on."""
    home = shared_home
    home.write("tasks.toml", HELLO)
    worker = home.start("worker", "-c", "1", "--name", "w1")
    eventually(lambda: json.loads(home.run("status", "-o", "json").stdout)["health"] == "healthy", within=15.0)
    for text, said in (
        (f"{HELLO}[tasks.bad]\nrun = 3\n", "1 task of {file} cannot be used: bad: `run`"),
        (f"{HELLO}[tasks.bad]\nrun = 'x\n", "{file}:7:"),
        ("x = [", "{file}:1:6: not TOML"),
    ):
        file = home.write("tasks.toml", text)
        answer = home.run("status", "-o", "json")
        facts = json.loads(answer.stdout)
        assert (answer.code, facts["health"], facts["workers"]) == (1, "degraded", 1), answer
        assert any(said.format(file=file) in problem for problem in facts["problems"]), facts
    assert "this may be another one" not in answer.stderr, "QCTL_REDIS says which one"
    assert worker.stop().code == 0


def test_without_a_word_on_the_instance_the_health_of_the_usual_one_is_told(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    home.run("up", "-d")
    file = home.write("tasks.toml", "x = [")
    answer = home.run("status")
    assert answer.code == 1
    assert f"{file}:1:6: not TOML" in answer.stdout
    assert "which instance it means is not known, and this may be another one" in answer.stderr
    home.write("tasks.toml", HELLO)
    home.run("down", "--now")
