"""A zone that is looked for when a date is shown in it shows the dates that the zone itself shows."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from qctl.config.late_zone import LateZone
from qctl.model.local_time import full, zone_name

#: Before, in and after the hour that is shown twice when summer ends in Berlin.
INSTANTS = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)]


@pytest.mark.parametrize("at", INSTANTS)
@pytest.mark.parametrize(
    ("late", "zone"),
    [
        (LateZone({"TZ": "Europe/Berlin"}), ZoneInfo("Europe/Berlin")),
        (LateZone({"TZ": "UTC"}, "Europe/Berlin"), ZoneInfo("Europe/Berlin")),
        (LateZone({"TZ": "America/New_York"}), ZoneInfo("America/New_York")),
        (LateZone({"TZ": "UTC"}), UTC),
        (LateZone({"TZ": "no/such"}), UTC),
    ],
)
def test_a_late_zone_shows_the_dates_of_the_zone_that_it_stands_for(
    late: LateZone, zone: ZoneInfo, at: datetime
) -> None:
    shown, meant = at.astimezone(late), at.astimezone(zone)
    assert (shown.replace(tzinfo=None), shown.fold) == (meant.replace(tzinfo=None), meant.fold)
    assert (shown.utcoffset(), shown.dst(), shown.tzname()) == (meant.utcoffset(), meant.dst(), meant.tzname())
    assert shown.timestamp() == at.timestamp()
    assert (full(shown), zone_name(late)) == (full(meant), zone_name(zone))
