"""`python -m tests.fuzz TARGET --minutes M`: atheris looks for inputs that break a target, led by branches it sees.

The inputs that it finds worth keeping stay in --corpus; one that breaks the target is written beside it as `crash-…`,
and told of with the traceback.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.fuzz.bounds import LARGE


def main() -> None:
    args = _arguments()
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: pip install -e '.[fuzz]'")
    with atheris.instrument_imports(include=["qctl"]):
        targets = importlib.import_module("tests.fuzz.targets").TARGETS
    if args.target not in targets:
        sys.exit(f"there is no target {args.target}: {' '.join(targets)}")
    target = targets[args.target]
    if args.file:
        target.run(Path(args.file).read_bytes())
        return
    with TemporaryDirectory(prefix="qctl-fuzz-") as folder:
        corpus = Path(args.corpus or folder) / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(dict.fromkeys(target.seeds())):
            (corpus / f"seed-{number:04}").write_bytes(seed)
        words = Path(folder) / "words"
        words.write_text("".join(f'"{_escaped(piece)}"\n' for piece in target.pieces))
        options = [f"-max_total_time={round(args.minutes * 60)}", f"-dict={words}", f"-max_len={args.longest}"]
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
    main()
