"""Which tasks a test wants, and how many of them at once."""

from __future__ import annotations

from typing import Final

from qctl.classes import dataclass, replace
from qctl.config import Config, load

SLOTS: Final = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """The tasks of a test."""

    file: str = ""  #: of the tasks.toml; empty: there is none
    modules: tuple[str, ...] = ()  #: beside those that the file names
    concurrency: int = SLOTS

    def config(self) -> Config:
        """What the file says, with the modules. Raises what reading it raises."""
        config = load(self.file) if self.file else Config()
        return replace(config, modules=tuple(dict.fromkeys((*config.modules, *self.modules))))
