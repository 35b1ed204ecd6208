"""A topic of `qctl help`: texts as they are read, and tables, so that a man page can be made of it as well."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.cli.manual.plain import table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.cli.manual.page import Section


@dataclass(frozen=True, slots=True)
class Topic:
    """What is told of one thing."""

    line: str  #: what it is about, for the list of topics
    parts: tuple[str | Section, ...]  #: a text is of 80 columns; what is indented in it stays as it is

    def __str__(self) -> str:
        """The topic as `qctl help` prints it."""
        parts = (part.strip("\n") if isinstance(part, str) else _titled(part) for part in self.parts)
        return "\n\n".join(parts) + "\n"


def _titled(section: Section) -> str:
    return f"{section.title}\n\n{table(section.rows)}"
