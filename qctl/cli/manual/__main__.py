"""`python -m qctl.cli.manual` writes the man pages anew, after a change of a command, a topic or a key."""

from __future__ import annotations

from qctl.cli.calling import load
from qctl.cli.manual.pages import files

if __name__ == "__main__":
    for path, text in files(load).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)
