"""`run --input`: bytes that a job reads on stdin, kept with it."""

from __future__ import annotations

import pytest

from tests.support import Home

TASKS = """
[tasks.copy]
exec = ["cat"]

[tasks.sum]
exec = ["cksum"]

[tasks.call]
call = "json:loads"
"""


def test_a_job_reads_a_file_byte_for_byte(manned: Home) -> None:
    (manned.work / "given").write_bytes(bytes(range(256)))

    assert manned.run("run", "copy", "--input", "given", "--wait").code == 0
    value = manned.run("run", "sum", "--input", "given", "--wait").stdout
    assert value == manned.run("run", "sum", "--local", "--input", "given", "--wait").stdout
    assert value.split()[1] == "256"


def test_a_job_reads_what_the_caller_reads(manned: Home) -> None:
    assert manned.run("run", "copy", "--input", "-", "--wait", input="a\nb\n").stdout == "a\nb\n"


def test_it_reads_the_same_when_it_runs_again_and_in_a_copy(manned: Home) -> None:
    job = manned.run("run", "copy", "--input", "-", input="once more\n").stdout.strip()
    assert manned.run("wait", job).code == 0
    copy = manned.run("retry", job, "--new", "-q").stdout.strip()
    assert manned.run("wait", copy).code == 0
    assert manned.run("retry", job).code == 0
    assert manned.run("wait", job).code == 0

    assert manned.run("logs", copy).stdout == "once more\n"
    assert manned.run("logs", job).stdout.splitlines()[-1] == "once more"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("copy", "--input", "nowhere"), "cannot read nowhere"),
        (("copy", "--input", "large"), "at most 1.0M"),
        (("call", "--input", "small"), "is a Python callable"),
        (("copy", "--input", "small", "--each", "small"), "--each makes several"),
        (("copy", "--input", "-", "text=@-"), "stdin is read for --input"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_sent(site: Home, words: tuple[str, ...], said: str) -> None:
    (site.work / "large").write_bytes(bytes(1024 * 1024 + 1))
    (site.work / "small").write_bytes(b"x")

    answer = site.run("run", *words)

    assert answer.code == 2, answer
    assert said in answer.stderr
