"""What a test says of the instance that it wants, and the environment while it has one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from qctl.errors import UsageError
from qctl.testing.wanted import SLOTS, Wanted

_OPTIONS: Final = ("file", "modules", "concurrency")
_KEPT: Final = ("QCTL_REDIS_SERVER",)  #: which Redis a private server is


def setup_of(request: pytest.FixtureRequest) -> Wanted:
    """What the markers of a test say, the nearest last, over the ini file. Raises UsageError for what none takes."""
    said: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("qctl"))):
        if strange := sorted(marker.kwargs.keys() - set(_OPTIONS)):
            raise UsageError(f"@pytest.mark.qctl takes {', '.join(_OPTIONS)}, not {strange[0]}")
        if marker.args:
            raise UsageError(f"@pytest.mark.qctl takes its options by name: file={marker.args[0]!r}")
        said |= marker.kwargs
    return Wanted(
        file=_file(request.config, said.get("file")),
        modules=tuple(dict.fromkeys((*request.config.getini("qctl_modules"), *_modules(said.get("modules"))))),
        concurrency=_concurrency(said.get("concurrency")),
    )


def _modules(said: Any) -> Sequence[str]:
    if said is None or isinstance(said, str):
        return [said] if said else []
    if not isinstance(said, list | tuple) or not all(isinstance(one, str) and one for one in said):
        raise _refused("modules", "a list of names of modules", said)
    return said


def _concurrency(said: Any) -> int:
    if said is None:
        return SLOTS
    if not isinstance(said, int) or isinstance(said, bool) or said < 1:
        raise _refused("concurrency", "how many jobs run at once, from 1 up", said)
    return said


def _refused(option: str, wanted: str, said: Any) -> UsageError:
    return UsageError(f"@pytest.mark.qctl({option}={said!r}): {option} is {wanted}")


def _file(config: pytest.Config, said: Any) -> str:
    """The path of the tasks.toml. The user's and the machine's own are none of a test's."""
    if said is not None and not isinstance(said, str | Path):
        raise _refused("file", "the path of a tasks.toml", said)
    named = said or config.getini("qctl_file")
    if named:
        path = Path(config.rootpath, named)
        if not path.is_file():
            where = "@pytest.mark.qctl(file=…)" if said else "qctl_file"
            raise UsageError(f"{where} names {path}, and there is no such file; paths are from the root folder")
        return str(path)
    usual = Path(config.rootpath, "tasks.toml")
    return str(usual) if usual.is_file() else ""


@contextmanager
def environment(**instead: str) -> Iterator[None]:
    """Set aside what names the user's own instance, or a job that pytest runs in, for commands that tests start too."""
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("QCTL_") and name not in _KEPT]:
        del os.environ[name]
    os.environ.update(instead)
    try:
        yield
    finally:
        _put_back(before)


def _put_back(before: Mapping[str, str]) -> None:
    """Only what is qctl's: the rest is the test's own affair."""
    for name in [name for name in os.environ if name.startswith("QCTL_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if name.startswith("QCTL_")})
