"""Global flags: before the command, from the environment, and what each becomes."""

from __future__ import annotations

from typing import Any

import pytest

from qctl.cli.settings import Settings, leading_flags, settings
from qctl.cli.table import GLOBAL_FLAGS
from qctl.errors import UsageError


@pytest.mark.parametrize(
    ("line", "flags", "rest"),
    [
        ("ps", {}, ["ps"]),
        ("-o json ps -q", {"output": "json"}, ["ps", "-q"]),
        ("-ojson ps", {"output": "json"}, ["ps"]),
        ("--output=json ps", {"output": "json"}, ["ps"]),
        ("-qvv -C /srv ps", {"quiet": True, "verbose": 2, "dir": "/srv"}, ["ps"]),
        ("-qC/srv ps", {"quiet": True, "dir": "/srv"}, ["ps"]),
        ("--dry-run --no-input -y cancel x", {"dry_run": True, "no_input": True, "yes": True}, ["cancel", "x"]),
        ("--redis-timeout 5s status", {"redis_timeout": "5s"}, ["status"]),
        ("-h", {"help": True}, []),
        ("--version ps", {"version": True}, ["ps"]),
        ("", {}, []),
    ],
)
def test_flags_before_the_command_are_read(line: str, flags: dict[str, Any], rest: list[str]) -> None:
    assert leading_flags(line.split()) == (flags, rest)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--outptu json ps", "did you mean `--output`?"),
        ("-x ps", "no flag -x"),
        ("-o", "-o needs a value"),
        ("--quiet=yes ps", "--quiet takes no value"),
    ],
)
def test_a_flag_that_is_not_known_is_refused(line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", "\\?")):
        leading_flags(line.split())


def test_a_flag_wins_over_the_environment_and_that_over_the_default() -> None:
    environ = {"QCTL_OUTPUT": "tsv", "QCTL_REDIS_TIMEOUT": "1m", "QCTL_UTC": "1", "QCTL_YES": "0", "QCTL_VERBOSE": "2"}
    said = settings({"output": "json", "quiet": True}, environ)
    assert said == Settings(output="json", quiet=True, redis_timeout=60.0, utc=True, verbose=2)
    assert settings({}, {"QCTL_OUTPUT": ""}).output == "table"


def test_every_global_flag_has_a_variable() -> None:
    assert {name.replace("-", "_") for name in GLOBAL_FLAGS} == set(Settings.__dataclass_fields__)


@pytest.mark.parametrize(
    ("flags", "environ", "said"),
    [
        ({"output": "jsn"}, {}, "--output is one of table, .* not `jsn`, did you mean `json`?"),
        ({}, {"QCTL_COLOR": "blue"}, "QCTL_COLOR is one of auto"),
        ({}, {"QCTL_QUIET": "perhaps"}, "QCTL_QUIET is 1 or 0"),
        ({"redis_timeout": "soon"}, {}, "--redis-timeout: `soon` is no duration"),
        ({"redis_timeout": "0"}, {}, "--redis-timeout is more than nothing"),
        ({"namespace": "a b"}, {}, "--namespace: `a b` is no name"),
        ({}, {"QCTL_NAMESPACE": "a:b"}, "QCTL_NAMESPACE: `a:b` is no name"),
    ],
)
def test_a_bad_value_is_refused_with_where_it_stood(flags: dict[str, Any], environ: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        settings(flags, environ)
