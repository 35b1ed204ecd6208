"""Where each shell looks for completion by itself, and putting the script there. No file of settings is touched."""

from __future__ import annotations

import os
import shlex
from enum import Enum
from pathlib import Path

from qctl.cli.completion.scripts import FILES, OPENING
from qctl.config.home import needed_home
from qctl.errors import NotPermitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

#: Where the machine's administrator puts it: not among the files of packages.
_OF_MACHINE: Final[Mapping[str, str]] = {
    "bash": "/usr/local/share/bash-completion/completions/qctl",
    "zsh": "/usr/local/share/zsh/site-functions/_qctl",
    "fish": "/etc/fish/completions/qctl.fish",
}
_BASH_COMPLETION: Final = "/usr/share/bash-completion/bash_completion"


class Standing(Enum):
    """What stands where the script goes."""

    ABSENT = "absent"
    SAME = "same"
    OURS = "ours"  #: of another version
    FOREIGN = "foreign"


def place_of(shell: str, environ: Mapping[str, str]) -> Path:
    """Where the script of a shell goes: for root, where it is for everybody. Raises ConfigError without a home."""
    if os.geteuid() == 0:
        return Path(_OF_MACHINE[shell])
    if shell == "bash":
        chosen = environ.get("BASH_COMPLETION_USER_DIR", "").partition(":")[0]
        chosen = chosen if chosen.startswith("/") else ""
        return Path(chosen or _below("XDG_DATA_HOME", ".local/share", "bash-completion", environ), "completions/qctl")
    if shell == "fish":
        return Path(_below("XDG_CONFIG_HOME", ".config", "fish/completions", environ), FILES[shell])
    return Path(_own_of_fpath(environ) or _below("XDG_DATA_HOME", ".local/share", _ZSH, environ), FILES[shell])


_ZSH: Final = "zsh/site-functions"


def _below(variable: str, otherwise: str, name: str, environ: Mapping[str, str]) -> str:
    chosen = environ.get(variable, "")
    folder = chosen if chosen.startswith("/") else os.path.join(needed_home(environ, variable), otherwise)
    return os.path.join(folder, name)


def _own_of_fpath(environ: Mapping[str, str]) -> str | None:
    """The first folder of the user's own that zsh looks into, as far as its FPATH is told to programs."""
    for folder in environ.get("FPATH", "").split(":"):
        if folder.startswith("/") and os.path.isdir(folder) and os.stat(folder).st_uid == os.geteuid():
            return folder
    return None


def standing(path: Path, text: str) -> Standing:
    """What stands there. Raises NotPermitted if that cannot be read."""
    try:
        there = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return Standing.FOREIGN if path.is_symlink() else Standing.ABSENT
    except OSError as error:
        raise NotPermitted(f"cannot read {path}: {error.strerror}") from None
    if path.is_symlink() or not any(OPENING in line for line in there.splitlines()[:3]):
        return Standing.FOREIGN
    return Standing.SAME if there == text else Standing.OURS


def next_steps(shell: str, path: Path, environ: Mapping[str, str]) -> list[str]:
    """What to type for it to work in this shell, and what a new one still needs, if anything."""
    named = shlex.quote(str(path))
    if shell == "fish":
        return ["fish loads it by itself, here too"]
    if shell == "bash":
        if os.path.exists(_BASH_COMPLETION):
            return [f"new shells load it at the first Tab; this one: source {named}"]
        return [
            f"in this shell: source {named}",
            "bash loads it by itself with the package bash-completion, which is not here; without it, in ~/.bashrc:",
            f"  source {named}",
        ]
    if os.geteuid() == 0 or _own_of_fpath(environ):
        return ["new shells load it; this one: autoload -Uz compinit && compinit"]
    return [
        "in ~/.zshrc, before `compinit` is called (once, if it is there already):",
        f"  fpath=({shlex.quote(str(path.parent))} $fpath)",
        "  autoload -Uz compinit && compinit",
        "the same two lines load it in this shell",
    ]
