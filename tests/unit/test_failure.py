"""How an unexpected end is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qctl.cli.failure import masked, report, told
from qctl.errors import RedisUnreachable


def test_a_bug_exits_70_and_leaves_a_report_without_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Attacks 34 and 62: the only bundle that there is. It is 0600, and says what is in it by being read."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["qctl", "--redis=redis://ana:s3cret@db1", "ps"])
    try:
        raise ZeroDivisionError("redis://ana:s3cret@db1 \x1b[2J")
    except ZeroDivisionError as error:
        code = report(error, "json", 0)

    said = capsys.readouterr()
    (saved,) = (tmp_path / "qctl" / "reports").iterdir()
    assert code == 70
    assert str(saved) in said.err
    assert saved.stat().st_mode & 0o777 == 0o600
    assert "ZeroDivisionError" in saved.read_text()
    assert json.loads(said.out)["exit"] == 70
    assert "s3cret" not in said.err + said.out + saved.read_text()
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at redis://ana:s3@cr:et@db1:6379/0: refused", "at redis://***@db1:6379/0: refused"),
        ("redis://:pw@db1 and rediss://a:b@c", "redis://***@db1 and rediss://***@c"),
        ("redis://[::1]:6379/0 by ana@db1", "redis://[::1]:6379/0 by ana@db1"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_a_password_is_masked_to_its_last_letter(text: str, shown: str) -> None:
    """Attack 34."""
    assert masked(text) == shown


def test_a_known_error_has_its_own_exit_code_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    error = RedisUnreachable(url="redis://:pw@db1:6379", reason="refused", help="qctl up -d")
    assert report(error, "table", 0) == 69
    assert capsys.readouterr().err == (
        "error[Q069]: cannot reach Redis at redis://***@db1:6379: refused\n  help: qctl up -d\n"
    )


@pytest.mark.parametrize(
    "url",
    [
        "redis://ana:hush@db1",
        "redis://ana:h@hush@db1/3",
        "redis+sentinel://s1/ops?sentinel_username=eve&sentinel_password=hush",
        "redis+sentinel://:hush@s1/ops?sentinel_password=hush&tls=true",
    ],
)
def test_a_url_is_told_without_its_passwords(url: str) -> None:
    """Attack 34."""
    assert "hush" not in masked(f"cannot reach {url}: refused")
    assert "***" in masked(url)


def test_an_error_on_a_narrow_terminal_is_broken_between_words() -> None:
    lines = told("Q006", "no Redis answers at redis://db1:6379/0: it refused", "qctl up -d        starts one here", 40)
    assert lines == [
        "error[Q006]: no Redis answers at",
        "  redis://db1:6379/0: it refused",
        "  help: qctl up -d        starts one",
        "        here",
    ]


@pytest.mark.parametrize(("locale", "said"), [("C", "URL ...\n"), ("C.UTF-8", "URL …\n")])
def test_an_error_is_told_in_letters_that_the_terminal_knows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], locale: str, said: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.delenv("QCTL_ASCII", raising=False)
    assert report(RedisUnreachable(url="redis://büro:6379/0", reason="it refused"), "table", 0) == 69
    told = capsys.readouterr().err
    assert said in told
    assert told.isascii() == (locale == "C")
