"""Where the peers come from: an environment each, made by the first run and kept for the next."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.source import ROOT

_PATIENCE: Final = 600.0  #: seconds that a registry may take
_DEPENDENCIES: Final = (
    "import tomllib, sys; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\\n')"
)


class CannotBeHadError(Exception):
    """A peer is not to be had here; the text says why."""


def cache_folder() -> Path:
    """Where the environments are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qctl-bench"


def clean_environment(path: Path | None = None) -> dict[str, str]:
    """Variables for whatever is measured: nothing of whoever measures, and `path` before the system's programs."""
    programs = os.environ.get("PATH", os.defpath)
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "USER") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "PATH": f"{path}:{programs}" if path else programs}


def python_environment(name: str, packages: Sequence[str]) -> Path:
    """The `bin` of a virtual environment with these packages from PyPI. Raises CannotBeHadError."""
    folder = cache_folder() / name
    with _made_once(folder, " ".join(packages)) as missing:
        if missing:
            _run([sys.executable, "-m", "venv", "--clear", os.fspath(folder)])
            _run([_python(folder), "-m", "pip", "install", "-q", *packages])
    return folder / "bin"


def node_environment(name: str, packages: Sequence[str]) -> Path:
    """The folder in which npm has put these packages. Raises CannotBeHadError."""
    folder = cache_folder() / name
    if not (shutil.which("node") and shutil.which("npm")):
        raise CannotBeHadError("no node and npm on this machine")
    with _made_once(folder, " ".join(packages)) as missing:
        if missing:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            (folder / "package.json").write_text('{"private": true}')
            _run(["npm", "install", "--silent", "--no-audit", "--no-fund", *packages], folder)
    return folder


def debian_program(name: str, package: str) -> Path:
    """A program of the machine's, or taken out of Debian's package without installing that. Raises CannotBeHadError."""
    if found := shutil.which(name):
        return Path(found)
    folder = cache_folder() / package
    if not shutil.which("apt-get"):
        raise CannotBeHadError(f"no {name} on this machine, nor apt-get to fetch {package} with")
    with _made_once(folder, package) as missing:
        if missing:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            _run(["apt-get", "download", "-q", package], folder)
            (file,) = folder.glob("*.deb")
            _run(["dpkg-deb", "-x", file.name, "."], folder)
    return folder / "usr" / "bin" / name


def qctl_environment() -> Path:
    """The `bin` of an environment with this checkout as pip installs it: no editable one, and with its bytecode.

    It is installed anew when a file of it has changed. Raises CannotBeHadError.
    """
    place = hashlib.sha256(os.fspath(ROOT).encode()).hexdigest()[:8]
    folder = cache_folder() / f"qctl-{place}"
    said = subprocess.run([sys.executable, "-c", _DEPENDENCIES], cwd=ROOT, capture_output=True, text=True, check=True)
    packages = ["hatchling", *said.stdout.splitlines()]
    python_environment(folder.name, packages)
    with _made_once(folder / "checkout", _fingerprint()) as missing:
        if missing:
            install = [_python(folder), "-m", "pip", "install", "-q", "--no-deps", "--force-reinstall"]
            _run([*install, "--no-build-isolation", os.fspath(ROOT)])
    return folder / "bin"


def version_of(python: Path, package: str) -> str:
    """The installed version of a package from PyPI."""
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def version_of_node_package(folder: Path, package: str) -> str:
    """The installed version of a package from npm."""
    return str(json.loads((folder / "node_modules" / package / "package.json").read_text())["version"])


@contextmanager
def alone(tell: Callable[[str], None]) -> Iterator[None]:
    """Measure while no other run of the bench of this user does: two would measure each other."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "measuring.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another run of the bench to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _made_once(folder: Path, wanted: str) -> Iterator[bool]:
    """Tell whether `folder` has still to be filled with what is wanted; two runs never do that at the same time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = folder.with_name(f"{folder.name}.made")
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not made.exists() or made.read_text() != wanted
        if missing:
            made.unlink(missing_ok=True)
        yield missing
        made.write_text(wanted)


def _fingerprint() -> str:
    found = hashlib.sha256()
    for file in [ROOT / "pyproject.toml", *sorted((ROOT / "qctl").rglob("*"))]:
        if file.is_file() and "__pycache__" not in file.parts:
            found.update(os.fspath(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def _python(folder: Path) -> str:
    return os.fspath(folder / "bin" / "python")


def _run(command: Sequence[str], folder: Path | None = None) -> None:
    """Run an installer. Raises CannotBeHadError with the last of what it said."""
    environment = {**clean_environment(), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    for name, value in os.environ.items():  # a registry's address and the like
        if name.lower().startswith(("pip_", "npm_", "http", "ssl_", "requests_")):
            environment.setdefault(name, value)
    try:
        subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except subprocess.CalledProcessError as error:
        said = [line for line in f"{error.stdout}\n{error.stderr}".splitlines() if line.strip()]
        told = [line for line in said if "error" in line.lower()] or said or ["it failed"]
        raise CannotBeHadError(f"{' '.join(command[:3])}: {told[-1].strip()}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBeHadError(f"{command[0]}: {error}") from error
