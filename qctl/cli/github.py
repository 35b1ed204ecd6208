"""Marks that GitHub Actions understands in a log: what is folded away, and what an annotation is made of."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def wants_marks(environ: Mapping[str, str]) -> bool:
    """Whether the log is one of GitHub Actions."""
    return environ.get("GITHUB_ACTIONS") == "true"


def folded_away(title: str, lines: Sequence[str]) -> list[str]:
    """Lines that stand folded below a title."""
    return [f"::group::{_data(title)}", *lines, "::endgroup::"]


def annotation(title: str, text: str) -> str:
    """A line of which an annotation of the run is made: what failed, and why."""
    return f"::error title={_data(title).replace(':', '%3A').replace(',', '%2C')}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
