"""The README's page for Celery users is a program, and so are its examples; this runs them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import qctl
from qctl.config.declared_here import declared_here
from qctl.python import instance
from tests.integration.worker.workshop import RunningWorker
from tests.support import PrivateRedis
from tests.support.source import ROOT

MODULES = ("mail", "pictures", "letters")


def block(name: str) -> str:
    found = re.search(
        rf"<!-- celery:{re.escape(name)} -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S
    )
    assert found is not None, f"the README has no block {name}"
    return found[1]


@pytest.fixture
def readme(redis_server: PrivateRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A worker of the README's module, and the module where this process can import it."""
    for module in MODULES:
        (tmp_path / f"{module}.py").write_text(block(f"{module}.py"))
    file = tmp_path / "tasks.toml"
    head = f'[qctl]\nredis = "{redis_server.url}"\nnamespace = "{tmp_path.name}"\n'
    file.write_text(f'{head}python_path = ["."]\nmodules = {list(MODULES)}\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    kept = instance.configure(file)
    worker = RunningWorker(file, {"slots": 2, "level": "DEBUG", "json_logs": True}, tmp_path / "worker.log")
    worker.says("ready")
    yield tmp_path
    worker.stop()
    kept.close()
    instance.configure()
    for module in MODULES:
        sys.modules.pop(module, None)
        for name in [name for name in declared_here if name.startswith(f"{module}.")]:
            del declared_here[name]


def run(program: str) -> dict[str, object]:
    """Run a program line by line, and hold each to the value in its comment. Answers its variables."""
    said: dict[str, object] = {}
    lines: list[str] = []
    for line in program.splitlines():
        code, _, comment = line.partition("  # ")
        lines.append(code)
        wanted = re.match(r" *('[^']*'|\d+)(?:[,;].*)?$", comment)
        if wanted:
            assert eval(code.partition(" = ")[2] if " = " in code.partition("(")[0] else code, said) == eval(wanted[1])
        else:
            exec(code, said)
    assert len(lines) > 10
    return said


def test_each_line_of_the_page_for_celery_users_does_what_it_says(readme: Path) -> None:
    assert isinstance(run(block("program"))["job"], qctl.AsyncResult)


def test_an_image_pipeline_and_an_e_mail_campaign_do_what_the_page_says(
    readme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Python, and the pipeline from a shell as well."""
    monkeypatch.chdir(readme)
    pictures = readme / "pictures"
    pictures.mkdir()
    for name in ("a", "b"):
        (pictures / f"{name}.jpg").write_bytes(b"x" * 500)

    run(block("examples"))

    assert sorted(path.stat().st_size for path in pictures.glob("*.jpg.*")) == [100, 100, 400, 400]
    assert (pictures / "page.html").read_text().count("<img") == 4
    line = re.search(r"`(ls -d .* \| qctl chord .*)`", (ROOT / "README.md").read_text())
    assert line is not None
    shell = ["bash", "-e", "-c", line[1].replace("qctl chord", f"{sys.executable} -m qctl chord", 1)]
    answer = subprocess.run(shell, capture_output=True, text=True, cwd=readme, timeout=60)
    assert (answer.stdout, answer.returncode) == ('"page.html"\n', 0), answer.stderr
    assert (pictures / "page.html").read_text().count("<img") == 2
