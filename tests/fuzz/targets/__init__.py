"""The inputs that are fuzzed, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.fuzz.target import Target
from tests.fuzz.targets.asked import ASKED
from tests.fuzz.targets.cron import CRON
from tests.fuzz.targets.crontab import CRONTAB
from tests.fuzz.targets.dates import DATES
from tests.fuzz.targets.frames import FRAMES
from tests.fuzz.targets.pipeline import PIPELINE
from tests.fuzz.targets.query import QUERY
from tests.fuzz.targets.record import RECORD
from tests.fuzz.targets.toml import TOML

TARGETS: Final[Mapping[str, Target]] = {
    each.name: each for each in (TOML, CRON, CRONTAB, PIPELINE, QUERY, RECORD, DATES, FRAMES, ASKED)
}
