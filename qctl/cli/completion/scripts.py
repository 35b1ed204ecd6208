"""The scripts of the three shells: how they are made, and where they stand in this package."""

from __future__ import annotations

from pathlib import Path

from qctl.cli.completion import bash, fish, zsh
from qctl.cli.completion.verbs import all_verbs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    from qctl.cli.completion.verbs import Verb

_MAKERS: Final[Mapping[str, Callable[[list[Verb], str], str]]] = {
    "bash": bash.script,
    "zsh": zsh.script,
    "fish": fish.script,
}
FILES: Final[Mapping[str, str]] = {"bash": "qctl.bash", "zsh": "_qctl", "fish": "qctl.fish"}
#: How a script says whose it is; `install` writes over no file without these words.
OPENING: Final = "Made from qctl's table of commands: edit that, not this."
REGENERATE: Final = "python -m qctl.cli.completion.scripts"


def path_of(shell: str) -> Path:
    """Where the script of a shell is kept."""
    return Path(__file__).with_name("shells") / FILES[shell]


def generated() -> dict[str, str]:
    """By shell the script that the commands, as they are, make."""
    verbs = all_verbs()
    return {shell: make(verbs, OPENING) for shell, make in _MAKERS.items()}


def main() -> None:
    """Write all scripts anew, where they are kept."""
    for shell, text in generated().items():
        path_of(shell).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
