"""Tasks that tell a secret in every way there is."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from qctl import current

_libc = ctypes.PyDLL(None)


def tell_all(pin: str) -> Any:
    print("by print", pin, flush=True)
    _libc.puts(b"by C " + pin.encode())
    logging.getLogger("any").warning("by logging %s", pin)
    current.progress(0.5, f"at {pin}")
    return {f"it is {pin}": [pin, {pin: 1}]}


def complain(pin: str) -> None:
    raise ValueError(f"cannot log in as ana with {pin}")


def report_from_child(pin: str) -> None:
    code = "import sys; from qctl import current; current.progress(0.5, 'at ' + sys.stdin.read())"
    root = next(str(folder) for folder in Path(current.__file__).parents if (folder / "qctl").is_dir())
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"}
    subprocess.run([sys.executable, "-c", code], env=environment, input=pin.encode(), check=True)


def say_and_die(pin: str) -> None:
    print("last words:", pin, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def plain() -> None:
    print("hunter 22/ä")


def set_in_c(name: str, value: str) -> None:
    """As a library in C does it: `os.environ` does not show it."""
    _libc.setenv(name.encode(), value.encode(), 1)
