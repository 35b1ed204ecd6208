"""Options that many commands have: what their value is called, and under which title they stand in a long list."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

#: option -> what stands for its value
VALUES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("--at", "--since", "--until", "--from"), "DATE"),
    **dict.fromkeys(("--in", "--for", "--timeout", "--grace", "--older-than", "--jitter", "--deadline"), "DURATION"),
    **dict.fromkeys(("--drain-timeout", "--catchup-spread"), "DURATION"),
    "--expires": "DATE",
    **dict.fromkeys(("--env", "--label", "--with"), "NAME=VALUE"),
    **dict.fromkeys(("--input", "--each", "--backup"), "FILE"),
    **dict.fromkeys(("--after", "--before"), "JOB"),
    "--sh": "TEXT",
    "--reason": "TEXT",
    "--set": "KEY=VALUE",
    "--log-level": "LEVEL",
    "--timezone": "ZONE",
    "--blackout": "WINDOW",
    "--if-exists": "WHAT",
    "--by": "WHAT",
    "--max-fail": "N|P%",
    "--max-memory-per-child": "SIZE",
    "--read": "N",
}

_WHEN: Final = ("--in", "--at", "--after", "--expires")
_WORKED: Final = ("--queue", "--priority", "--retries", "--host", "--policy", "--max-parallel", "--max-fail")
_KNOWN: Final = ("--key", "--if-exists", "--label")
_GIVEN: Final = ("--env", "--input", "--each", "--null")
_TRIED: Final = ("--local", "--as-scheduled", "--schedule", "--graph")

#: option -> the title under which it stands
HEADINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_WHEN, "When it starts"),
    **dict.fromkeys((*_WORKED, "--fail-fast"), "How it is worked off"),
    **dict.fromkeys(_GIVEN, "What it is given"),
    **dict.fromkeys(_KNOWN, "What it is known by"),
    **dict.fromkeys(_TRIED, "To try it out"),
}
