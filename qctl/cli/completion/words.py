"""What may stand at the cursor of a QUERY, or for a zone: known by heart, and not worth an import at each Tab."""

from __future__ import annotations

from zoneinfo import available_timezones

from qctl.model.query_fields import FIELDS, STANDINGS, written
from qctl.model.state import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = tuple[str, str]


def zones() -> list[Row]:
    """All zones."""
    return [(zone, "") for zone in sorted(available_timezones())]


def of_query(prefix: str) -> list[Row]:
    """Fields, and once one stands there its values."""
    name, sign, _ = prefix.partition(":")
    if not sign:
        return [(written(each), about) for each, about in FIELDS.items()]
    known: Mapping[str, Iterable[str]] = {"state": STANDINGS, "reason": Reason}
    return [(f"{name}:{word}", "") for word in known.get(name, ())]
