"""Which instance a file means that is no TOML: said where it is certain, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config import BadFile, load_settings

GOOD = '[qctl]\nredis = "redis://db1:6379/0"\nnamespace = "ops"\n'


def settings(folder: Path, text: str) -> tuple[str | None, str]:
    file = folder / "tasks.toml"
    file.write_text(text)
    found = load_settings(str(file), {}, str(folder))
    return found.redis, found.namespace


@pytest.mark.parametrize(
    "rest",
    [
        "[tasks.a]\nrun = 'true\n",
        "[tasks.a]\nrun = true'''\necho '''\n[tasks.b]\nrun = 'true'\n",
        '[tasks.a]\nrun = """\nif [ -f x ]; then\n[[ -f y ]]\n',
        "[tasks.a\nrun = 'true'\n",
        "[[tasks.a.schedule]]\ncron = @daily\n[queues.q]\nmax_length = 3\n",
    ],
)
def test_what_stands_before_the_table_that_goes_wrong_holds(tmp_path: Path, rest: str) -> None:
    assert settings(tmp_path, GOOD + rest) == ("redis://db1:6379/0", "ops")


def test_a_file_that_nowhere_speaks_of_an_instance_means_the_usual_one(tmp_path: Path) -> None:
    assert settings(tmp_path, "[tasks.a]\nrun = 'true\n") == (None, "qctl")


@pytest.mark.parametrize(
    "text",
    [
        "x = [",
        "[qctl",
        "[qctl]\nredis = 'redis://db1\n",
        "[tasks.a]\nrun = 'true\n" + GOOD,
        "[tasks.a]\nrun = 'true\n[qclt]\nredis = 'redis://db1'\n",
        "[tasks.a]\nrun = 'true\n[qctl\n",
        "[tasks.a]\nrun = 'true\n[\"qctl\"]\nnamespace = 'x'\n",
        "[qctl]\nredis = 7\n[tasks.a]\nrun = 'true\n",
    ],
)
def test_where_it_may_mean_another_one_it_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadFile):
        settings(tmp_path, text)
