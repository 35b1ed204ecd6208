"""Protections in the script that fires schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.support.mutations.altering import InScript
from tests.support.mutations.protection import Protection

PROTECTIONS: Final[Mapping[str, Protection]] = {
    "cursor": Protection(
        "two beats fire the same instant (C21; faults 49, 62 and 63)",
        (InScript("fire", "if state.cursor ~= one.cursor then return 'STALE' end"),),
    ),
    "active": Protection(
        "a run starts beside one that it must not overlap, or is skipped for one that has ended (O5, O9; fault 66)",
        (InScript("fire", "if not same_ids(one.active, found) then return 'STALE' end"),),
    ),
    "server-time": Protection(
        "a beat whose clock is fast fires before the instant (fault 57)",
        (InScript("fire", "if one.due > now then return 'EARLY' end"),),
    ),
    "boot": Protection(
        "a restarted beat runs once more what runs at each boot (O2)",
        (InScript("fire", "if one.boot ~= '' and state['boot ' .. one.host] == one.boot then return 'STALE' end"),),
    ),
    "id-of-run": Protection(
        "a firing that passes no instant is carried out twice (fault 49)",
        (InScript("fire", " or is_known(one.runs)"),),
    ),
    "generation": Protection(
        "a beat fires by a definition that is not in force (fault 65)",
        (InScript("fire", "if state.gen ~= one.generation then return 'DRIFT' end"),),
    ),
    "disabled": Protection(
        "a beat starts a job of what was disabled, until its next pulse",
        (InScript("fire", "disabling_order(state, now) or "),),
    ),
    "ledger": Protection(
        "an instant that was fired before the clock was set back runs twice (C4; fault 58)",
        (InScript("fire", "    leave_out_fired(one, state)\n"),),
    ),
}
