"""The README's page for Celery users is a program, and this runs it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import qctl
from qctl.config.declared import declared_here
from qctl.python import instance
from tests.integration.worker.workshop import RunningWorker
from tests.support import PrivateRedis
from tests.support.source import ROOT


def block(name: str) -> str:
    found = re.search(
        rf"<!-- celery:{re.escape(name)} -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S
    )
    assert found is not None, f"the README has no block {name}"
    return found[1]


@pytest.fixture
def readme(redis_server: PrivateRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A worker of the README's module, and the module where this process can import it."""
    (tmp_path / "mail.py").write_text(block("mail.py"))
    file = tmp_path / "tasks.toml"
    head = f'[qctl]\nredis = "{redis_server.url}"\nnamespace = "{tmp_path.name}"\n'
    file.write_text(f'{head}python_path = ["."]\nmodules = ["mail"]\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    kept = instance.configure(file)
    worker = RunningWorker(file, {"slots": 2, "level": "DEBUG", "json_logs": True}, tmp_path / "worker.log")
    worker.says("ready")
    yield tmp_path
    worker.stop()
    kept.close()
    instance.configure()
    sys.modules.pop("mail", None)
    for name in ("mail.send", "mail.campaign", "mail.count"):
        declared_here.pop(name, None)


def test_each_line_of_the_page_for_celery_users_does_what_it_says(readme: Path) -> None:
    said: dict[str, object] = {}
    lines: list[str] = []
    for line in block("program").splitlines():
        code, _, comment = line.partition("  # ")
        lines.append(code)
        wanted = re.match(r" *('[^']*'|\d+)(?:[,;].*)?$", comment)
        if wanted:
            assert eval(code.partition(" = ")[2] if " = " in code.partition("(")[0] else code, said) == eval(wanted[1])
        else:
            exec(code, said)
    assert len(lines) > 10
    assert isinstance(said["job"], qctl.AsyncResult)
