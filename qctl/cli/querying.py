"""QUERY on the command line: which jobs a command is about, and how far was read to find them."""

from __future__ import annotations

from qctl.errors import UsageError
from qctl.model.query import parse
from qctl.model.query_fields import STANDINGS, Unfit, check_state
from qctl.model.query_tree import Field, either, every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from qctl.cli.session import Session
    from qctl.client.searching import Extent, Search
    from qctl.model.query_tree import Query


def query_of(here: Session, words: Sequence[str] | None, zone: tzinfo) -> Query:
    """The query that the words of the command line make, several of them with blanks between. Raises UsageError."""
    return parse(" ".join(words or ()), here.out.now, zone)


def must_be_a_state(state: str) -> None:
    """Say nothing of what `state:` of a query takes, where it stands behind --state. Raises UsageError."""
    try:
        check_state(state)
    except Unfit as error:
        raise UsageError(f"--state: {error}", help=f"qctl ps --help\nit takes {' '.join(STANDINGS)}") from None


def one_of(name: str, values: Iterable[str]) -> Query:
    """Any of the values in a field; without values, every job."""
    found = [Field(name, value) for value in values]
    return either(found) if found else every(())


def named_or_meant(ids: Sequence[str] | None, asked: object) -> None:
    """Hold a command to one way of saying which jobs are meant. Raises UsageError."""
    if ids and asked:
        raise UsageError("ids and a query both say which jobs are meant: give one")
    if not ids and not asked:
        raise UsageError("which jobs? Name them, or say which with --query", help="qctl help query")


def tell_extent(here: Session, search: Search, end: str = "newest") -> None:
    """Say how far was read: of text always, for no index knows it; else if the bound has hidden jobs."""
    extent = search.extent
    if extent.cut:
        here.warn(
            f"read the {end} {extent.read:,} of {extent.total:,} jobs: more may be meant; task: or since: narrows it"
        )
    elif search.seeks_text and extent.read < extent.total:
        here.say(f"read the {end} {extent.read:,} of {extent.total:,} jobs")
    elif search.seeks_text:
        here.say(f"read all {extent.read:,} jobs")


def tell_read(here: Session, extent: Extent) -> None:
    """Say that figures are those of the newest jobs alone, where they are."""
    if extent.cut:
        here.warn(f"read the newest {extent.read:,} of {extent.total:,} jobs (--read {extent.total} reads them all)")


def tell_sampled(here: Session, extent: Extent) -> None:
    """Say that figures are those of a sample, where they are."""
    if extent.cut:
        here.warn(f"looked at {extent.read:,} of {extent.total:,} jobs (--read {extent.total} looks at them all)")
