"""`qctl help dates`."""

from __future__ import annotations

from qctl.cli.topics.topic import Topic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_TEXT: Final = """\
Dates, for --at, --expires and --since. What they come to is always echoed in
full, with its zone.

  10m  +90s  1h30m  in 2h  in an hour  2d        a time from now; of history
                                                 --since and --until a time ago
  15:30  3pm  6:30am  noon  midnight             the next such time
  tomorrow  tomorrow 6am  today 18:00            a day, at 00:00 without a time
  mon 09:00  friday 5pm  next monday             the next such day
  24 dec 18:00  dec 24  24.12. 18:00             the next such date
  2026-12-24  2026-12-24 18:00  24.12.2026
  2026-12-24T18:00:00Z  2026-12-24T18:00+01:00   RFC 3339
  2026-12-24 18:00 Europe/Berlin  15:30 UTC      in another zone
  @1700000000                                    seconds since 1970

A day here is 24 hours and a date without a zone is in `timezone` of tasks.toml,
else in this machine's. A time that the clocks skip is the first instant after
the gap; of a time that comes twice it is the first. Both are said. What could
mean two things is refused: 12/24/2026, `90` alone, months as a distance.
"""

DATES: Final = Topic("how --at, --in, --since and --until are written", (_TEXT,))
