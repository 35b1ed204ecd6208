"""What another program's word is called here, told to a person at a terminal: once for each word."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from qctl.config.cache import cache_folder
from qctl.config.own_files import make_folders
from qctl.config.places import home_of


def tell_once(said: str, meant: str) -> None:
    """Say on a terminal that `qctl said` is `qctl meant`, unless this user has been told before. Scripts never are."""
    if sys.stderr.isatty() and _is_new(said):
        print(f"`qctl {said}` is `qctl {meant}`", file=sys.stderr)


def _is_new(word: str) -> bool:
    """Remember the word; where that cannot be, it is new each time."""
    try:
        folder = Path(cache_folder(os.environ))
        if os.stat(home_of(os.environ) or folder.parent).st_uid != os.geteuid():
            return True  # as by `sudo -E`: what root makes there its owner could not write to
        make_folders(folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with open(os.open(folder / "told-words", flags, 0o600), "r+", encoding="utf-8", errors="replace") as file:
            known = word in file.read().splitlines()
            if not known:
                file.write(f"{word}\n")
    except OSError:
        return True
    return not known
