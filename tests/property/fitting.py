"""Values of workflows compared with those of the interpreter, as far as these are determined."""

from __future__ import annotations

from typing import Any


def fits(found: Any, expected: Any, own: set[str]) -> bool:
    """Whether a value is the one that was expected. `own` are the steps that failed by themselves.

    Of those that are stopped together any may be named as the first; a tolerated failure is none.
    """
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(fits(one, other, own) for one, other in zip(found, expected, strict=True))
        )
    if isinstance(expected, dict) and "failed" in expected:
        return found == expected or not {*found["failed"], *expected["failed"]} <= own
    if isinstance(expected, dict) and "ok" in expected:
        errors = {found["error"], expected["error"]}
        known = expected["ok"] or len(errors) == 1 or not errors <= own
        return known and found["ok"] is expected["ok"] and fits(found["value"], expected["value"], own)
    return bool(found == expected)
