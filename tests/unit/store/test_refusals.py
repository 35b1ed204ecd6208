"""What Redis says when it refuses, as errors with exit codes."""

from __future__ import annotations

import pytest

from qctl.errors import ConfigError, NotPermitted, QctlError, RedisBusy, TryAgain
from qctl.store.refusals import Elsewhere, RedisFull, WrongType, is_unknown_script, refusal


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ("OOM command not allowed when used memory > 'maxmemory'.", RedisFull, 75),
        ("ERR Error running script (call to f_1): @user_script:5: -OOM command not allowed when …", RedisFull, 75),
        ("BUSY Redis is busy running a script. You can only call SCRIPT KILL", RedisBusy, 75),
        ("LOADING Redis is loading the dataset in memory", RedisBusy, 75),
        ("NOAUTH Authentication required.", NotPermitted, 77),
        ("WRONGPASS invalid username-password pair or user is disabled.", NotPermitted, 77),
        ("NOPERM this user has no permissions to run the 'evalsha' command", NotPermitted, 77),
        ("ERR The user executing the script can't run this: -NOPERM", NotPermitted, 77),
        (
            "ERR Error running script: 1: The user executing the script can't access at least one of the",
            NotPermitted,
            77,
        ),
        ("ERR AUTH <password> called without any password configured", NotPermitted, 77),
        ("ERR Protocol error: unauthenticated multibulk length", NotPermitted, 77),
        ("ERR DB index is out of range", ConfigError, 78),
        ("READONLY You can't write against a read only replica.", Elsewhere, 75),
        ("ERR Error running script (call to f_1): @user_script:5: @user_script: 5: -READONLY You can't", Elsewhere, 75),
        ("MOVED 12182 127.0.0.1:7001", Elsewhere, 75),
        ("ASK 12182 127.0.0.1:7001", Elsewhere, 75),
        ("MISCONF Redis is configured to save RDB snapshots", TryAgain, 75),
        ("ERR max number of clients reached", TryAgain, 75),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", WrongType, 1),
        ("ERR unknown command", QctlError, 1),
    ],
)
def test_each_refusal_has_its_error_and_names_the_server(said: str, kind: type[QctlError], code: int) -> None:
    error = refusal(said, "unix:///r.sock")
    assert type(error) is kind
    assert error.exit_code == code
    assert "unix:///r.sock" in str(error)


def test_a_full_redis_says_what_to_look_at() -> None:
    assert "qctl doctor" in refusal("OOM command not allowed", "x").advice


BEFORE = "ERR Error running script (call to f_1): @user_script:5: @user_script: 5: -"  #: as 6.2 tells where it was
AFTER = " script: 0a, on @user_script:5."  #: as 7.0 and later do

each_place_in_a_script = pytest.mark.parametrize(("before", "after"), [("", ""), (BEFORE, ""), ("", AFTER)])


@each_place_in_a_script
def test_a_replica_says_so_without_the_lines_of_a_script_and_who_names_its_master(before: str, after: str) -> None:
    error = refusal(f"{before}READONLY You can't write{after}", "x")
    assert str(error) == "Redis at x does not serve this namespace now: READONLY You can't write"
    assert error.advice == "qctl doctor        names the server that it follows"


@each_place_in_a_script
def test_what_keeps_a_server_from_serving_is_told_without_the_lines_of_a_script(before: str, after: str) -> None:
    error = refusal(f"{before}NOREPLICAS Not enough good replicas to write.{after}", "x")
    assert (str(error), error.exit_code) == (
        "Redis at x cannot serve now: NOREPLICAS Not enough good replicas to write.",
        75,
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("NOAUTH Authentication required.", "asks for a password"),
        ("ERR Protocol error: unauthenticated multibulk length", "asks for a password"),
        ("WRONGPASS invalid username-password pair", "refuses: WRONGPASS invalid username-password pair"),
    ],
)
def test_a_password_that_lacks_or_is_wrong_is_told_with_where_it_is_given(said: str, told: str) -> None:
    error = refusal(said, "redis://h:1/0")
    assert str(error) == f"Redis at redis://h:1/0 {told}"
    assert error.advice.startswith("export QCTL_REDIS=redis://:PASSWORD@HOST:PORT")


def test_only_an_unknown_script_is_sent_again() -> None:
    assert is_unknown_script("NOSCRIPT No matching script. Please use EVAL.")
    assert not is_unknown_script("ERR NOSCRIPT")


def test_a_key_of_another_type_is_named_with_what_sets_it_aside() -> None:
    error = refusal("WRONGTYPE Operation against a key", "x", "{qctl}:beats")
    assert str(error).endswith("{qctl}:beats")
    assert "RENAME '{qctl}:beats' '{qctl}:beats.damaged'" in error.advice


def test_a_key_of_another_type_in_a_script_is_left_to_doctor_to_name() -> None:
    error = refusal("WRONGTYPE Operation against a key script: 0a, on @user_script:7.", "x")
    assert "qctl doctor" in error.advice
