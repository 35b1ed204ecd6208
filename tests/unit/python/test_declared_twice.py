"""A function that is declared by `@task` and that a table of tasks.toml calls as well."""

from __future__ import annotations

from pathlib import Path

from qctl import task
from qctl.config import load
from qctl.config.declared import with_declared


@task(name="nightly", rate_limit="10/m", max_retries=5)
def nightly(day: str = "today") -> str:
    return day


def test_what_the_decorator_says_and_the_table_does_not_is_told(tmp_path: Path) -> None:
    file = tmp_path / "tasks.toml"
    file.write_text(f'[tasks.nightly]\ncall = "{__name__}:nightly"\nschedule = "0 3 * * *"\nretries = 1\n')
    (told,) = with_declared(load(str(file)), [nightly.declared]).warnings
    assert f"task nightly of {file}:1 calls {__name__}:nightly, whose @task in {__file__}:" in told
    assert "says rate_limit too: that does not hold" in told
    assert '[workflows.NAME] with pipeline = "nightly"' in told


def test_nothing_is_told_where_the_table_says_all_of_it(tmp_path: Path) -> None:
    file = tmp_path / "tasks.toml"
    file.write_text(f'[tasks.nightly]\ncall = "{__name__}:nightly"\nretries = 1\nrate_limit = "1/m"\n')
    assert not with_declared(load(str(file)), [nightly.declared]).warnings
