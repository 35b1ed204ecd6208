"""What forks commands for the other tests answers as the command does."""

from __future__ import annotations

import pytest

from tests.support import Home


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("--version",), b""),
        (("nonsense",), b""),
        (("check", "-o", "json"), b""),
        (("config", "-o", "json"), b""),
        (("import", "crontab", "-"), b"0 3 * * * /opt/\xff\n"),
        (("run", "no\udcffname"), b""),
    ],
)
def test_a_command_that_is_forked_answers_as_one_that_is_started(
    home: Home, words: tuple[str, ...], given: bytes
) -> None:
    home.write("tasks.toml", "[tasks.hello]\nrun = 'echo hello'\n")
    env = {"QCTL_NAMESPACE": "other", "TZ": "Asia/Tokyo"}

    assert home.run(*words, env=env, input=given) == home.run_in_earnest(*words, env=env, input=given)
