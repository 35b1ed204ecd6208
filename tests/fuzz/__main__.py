"""`python -m tests.fuzz TARGET --minutes M`: atheris looks for inputs that break a target, led by branches it sees.

The inputs that it finds worth keeping stay in --corpus; one that breaks the target is written beside it as `crash-…`,
and told of with the traceback.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.fuzz.bounds import LARGE


def main() -> int:
    """Fuzz in a child process: atheris ends it at once, and leaves what it had open to whoever waits for it."""
    args = _arguments()
    with TemporaryDirectory(prefix="qctl-fuzz-") as folder:
        child = os.fork()
        if child == 0:
            tempfile.tempdir = folder
            _fuzz(args, Path(folder))
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _fuzz(args: argparse.Namespace, folder: Path) -> None:
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install -e '.[fuzz]'", file=sys.stderr)
        os._exit(1)
    with atheris.instrument_imports(include=["qctl"]):
        targets = importlib.import_module("tests.fuzz.targets").TARGETS
    if args.target not in targets:
        print(f"there is no target {args.target}: {' '.join(targets)}", file=sys.stderr)
        os._exit(2)
    target = targets[args.target]
    if args.file:
        target.run(Path(args.file).read_bytes())
        return
    corpus = Path(args.corpus or folder) / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(dict.fromkeys(target.seeds())):
        (corpus / f"seed-{number:04}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(piece)}"\n' for piece in target.pieces))
    options = [f"-max_total_time={max(1, round(args.minutes * 60))}", f"-dict={words}", f"-max_len={args.longest}"]
    options += ["-timeout=5", "-rss_limit_mb=1024", f"-artifact_prefix={Path(args.corpus or '.')}/"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.run)
    atheris.Fuzz()


def _escaped(piece: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in piece)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", help="what is fuzzed: toml, cron, crontab, pipeline, query, record, dates, …")
    parser.add_argument("--minutes", type=float, default=4.0, help="how long")
    parser.add_argument("--corpus", help="a folder in which what is found stays")
    parser.add_argument("--longest", type=int, default=LARGE // 16, help="bytes of an input")
    parser.add_argument("--file", help="run this input once, and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
