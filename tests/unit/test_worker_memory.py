"""What a worker has in memory: the libraries that its parent, its template and its slots have loaded, and no others.

They are forked from each other: all that any of them needs for a plain job stands in all of them.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final

#: Of the standard library, by name without its underscore. Before a name is added here: is it worth it in every slot?
ALLOWED: Final = frozenset(
    """
    abc array base64 binascii bisect builtins bz2 codecs collections collections_abc compression contextlib
    contextvars copyreg ctypes datetime encodings enum errno fcntl fnmatch functools future__ gc genericpath
    glob heapq imp importlib importlib_external io ipaddress itertools
    json keyword linecache locale lzma marshal math
    mmap ntpath operator os pathlib posix posixpath posixsubprocess pwd random re reprlib
    resource select selectors sha1 sha256 sha512 shlex shutil signal site sitebuiltins
    socket sre stat string struct subprocess sys tempfile termios textwrap thread threading time
    token tokenize traceback types typing unicodedata urllib warnings weakref weakrefset zipimport zlib
    """.split()  # noqa: SIM905
)
#: What some of these import beside them in later versions of Python, by the first that does.
ALLOWED_SINCE: Final = {(3, 12): {"sha2"}, (3, 13): {"colorize", "grp"}}  # hashes; traceback and pathlib


def test_a_worker_has_loaded_what_plain_jobs_need_and_no_more() -> None:
    code = "import sys, qctl.cli.worker; print(*sys.modules)"
    asked = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    loaded = asked.stdout.split()
    tops = {name.partition(".")[0] for name in loaded}
    tops -= {name for name in tops if name.startswith(("_sysconfigdata", "_distutils_hack", "__")) or "mypyc" in name}
    ours = tops - sys.stdlib_module_names
    allowed = ALLOWED.union(*(names for since, names in ALLOWED_SINCE.items() if sys.version_info >= since))
    callers = ("qctl.client", "qctl.cli.commands", "qctl.tui", "qctl.python", "importlib.resources")

    assert {name.removeprefix("_").removeprefix("frozen_") for name in tops - ours} - allowed == set()
    assert ours == {"qctl", "hiredis", "tomli"}
    assert [name for name in loaded if name.startswith(callers)] == []


def test_an_async_task_brings_its_loop_and_logging_its_library_when_they_are_used() -> None:
    code = """
import sys
from qctl.engine.processes import surroundings
from qctl.engine.processes.isolation import Interpreter
from qctl.engine.processes.python_task import Loop, call

class Stopping:
    interrupt = request = None

async def answer():
    return "asyncio" in sys.modules

surroundings.fresh_logging()
state, loop = Interpreter(), Loop()
print("asyncio" in sys.modules, "logging" in sys.modules, call(answer, Stopping(), loop).value)
loop.close()
import logging
logging.basicConfig(level=10)
logging.disable(50)
state.restore()
print(logging.root.level, logging.root.handlers, logging.root.manager.disable)
"""
    asked = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.splitlines() == ["False False True", "30 [] 0"]
