"""Values as JSON carries them: what a call is given, and what a signature is made of."""

from __future__ import annotations

import json
from typing import Any

from qctl.errors import UsageError
from qctl.model.own_json import own_json


def plain(value: Any, what: str) -> Any:
    """A value as JSON carries it: tuples become lists, signatures their dicts, handles their ids.

    Raises UsageError that begins with `what` for one that JSON has no form for.
    """
    if (
        value is None
        or isinstance(value, str | bool)
        or type(value) is int
        or (isinstance(value, dict | list) and not value)
    ):
        return value
    try:
        return json.loads(json.dumps(value, allow_nan=False, default=own_json))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{what} is not JSON: {error}", help="JSON is the only form in which values travel") from None


def comparable(value: Any, what: str) -> Any:
    """A value as `plain` has it, so that equal JSON is equal; one that JSON has no form for as it is."""
    try:
        return plain(value, what)
    except UsageError:
        return value
