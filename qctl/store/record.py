"""The forms in which a job stands in the store: a hash while it lives, one packed string once it ended.

Two fields are the scripts' own: `sd`, the schedule of whose active jobs it is one as long as it has not ended (of a run
by hand there is none, and `Call.schedule` says whose it is), and `aw`, of a job that waits for the ends of others,
however they come.
"""

from __future__ import annotations

import struct

from qctl import json_text
from qctl.model.attempt import Attempt, Value, ValueKind
from qctl.model.call import Call
from qctl.model.job import TOLD_APART, Job
from qctl.model.state import Outcome, Reason, State
from qctl.model.units import LATEST_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_LENGTH = struct.Struct(">I")


def unpack(packed: bytes) -> dict[str, bytes]:
    """Read the packed form that `pack` in `lua/_prelude.lua` writes."""
    fields, at = {}, 0
    while at < len(packed):
        name_end = at + 1 + packed[at]
        name = packed[at + 1 : name_end].decode()
        (length,) = _LENGTH.unpack_from(packed, name_end)
        start = name_end + _LENGTH.size
        fields[name] = packed[start : start + length]
        at = start + length
    return fields


def read_fields(form: bytes | Sequence[bytes]) -> dict[str, bytes]:
    """Read either form of a job."""
    if isinstance(form, bytes):
        return unpack(form)
    return {name.decode(): value for name, value in zip(form[::2], form[1::2], strict=True)}


def read_job(job_id: str, form: bytes | Sequence[bytes]) -> Job:
    """Build a job from either form. A body that is no call (somebody wrote it by hand) leaves only the task's name."""
    fields = read_fields(form)
    attempts = _attempts(fields)
    outcome, reason = _text(fields, "oc"), _text(fields, "rs")
    kind, size = _value_facts(fields)
    state = State.ENDED if outcome else State(_text(fields, "s") or "queued")
    last = attempts[-1] if attempts else None
    return Job(
        id=job_id,
        call=_call(fields),
        state=state,
        queue=_text(fields, "q") or "",
        priority=_number(fields, "p") or 0,
        enqueued_ms=_number(fields, "at") or 0,
        outcome=Outcome(outcome) if outcome else None,
        reason=Reason(reason) if reason else None,
        eta_ms=_number(fields, "et"),
        due_ms=_number(fields, "due"),
        expires_ms=_number(fields, "ex"),
        started_ms=_number(fields, "st") or _number(fields, "sw") or (last.started_ms if last else None),
        ended_ms=_number(fields, "en"),
        fence=_number(fields, "f") or 0,
        attempt=_number(fields, "n") or 0,
        failures=_number(fields, "x") or 0,
        crashes=_number(fields, "c") or 0,
        losses=_number(fields, "l") or 0,
        owner=_text(fields, "o"),
        worker=last.worker if last and state is not State.RUNNING else None,
        parked_by=_text(fields, "pk"),
        upstream=_text(fields, "up"),
        cancelling="cx" in fields and state is State.RUNNING,
        **{**_progress(fields), **_cancel_order(fields), **_revival(fields)},
        attempts=attempts,
        value_kind=kind,
        value_bytes=size,
        source=_text(fields, "in") or "",
        awaiting=_text(fields, "rp"),
        failed_nodes=_number(fields, "nf") or 0,
    )


def read_job_if_sound(job_id: str, form: bytes | Sequence[bytes]) -> Job | None:
    """As `read_job`, but None for a record that nobody can read: somebody wrote it by hand."""
    try:
        return read_job(job_id, form)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error):
        return None


def inline_value(fields: Mapping[str, bytes]) -> Value | None:
    """The value that stands in the record itself."""
    return read_value(fields["v"]) if "v" in fields else None


def read_value(stored: bytes) -> Value:
    """Read a value as it is stored: its kind in one letter, then its bytes. What has no kind somebody wrote by hand."""
    try:
        return Value(ValueKind(stored[:1].decode()), stored[1:])
    except ValueError:
        return Value(ValueKind.BYTES, stored)


def _call(fields: Mapping[str, bytes]) -> Call:
    try:
        return Call.decode(fields.get("b", b""))
    except ValueError:
        return Call(task=_text(fields, "t") or "?")


def _attempts(fields: Mapping[str, bytes]) -> tuple[Attempt, ...]:
    records = [Attempt.decode(value) for name, value in fields.items() if name[0] == "a" and name[1:].isdecimal()]
    if len(records) > 1:
        records.sort(key=lambda attempt: attempt.number)
    return tuple(records)


def _progress(fields: Mapping[str, bytes]) -> dict[str, Any]:
    """How far a running job is, and what else it has told of itself."""
    if "pg" not in fields:
        return {}
    fraction, _, rest = fields["pg"].decode(errors="replace").partition(" ")
    text, _, told = rest.partition(TOLD_APART)
    progress = float(fraction) if fraction else None
    if progress is not None and not 0 <= progress <= 1:
        raise ValueError(f"a progress of {progress}")
    return {"progress": progress, "progress_text": text or None, "told": told or None}


def _cancel_order(fields: Mapping[str, bytes]) -> dict[str, str | None]:
    """Who asked for a cancel, and why: of a running job from its order, of an ended one from what was kept of it."""
    kept = fields.get("cb") or fields.get("cx")
    if not kept:
        return {}
    try:
        order = json_text.loads(kept)
    except (ValueError, RecursionError):
        order = {}
    said = order if isinstance(order, dict) else {}
    by, why = said.get("by"), said.get("reason")
    return {"cancelled_by": by if isinstance(by, str) else None, "cancel_reason": why if isinstance(why, str) else None}


def _revival(fields: Mapping[str, bytes]) -> dict[str, Any]:
    """When somebody had it run again last, and who."""
    return {"revived_ms": _number(fields, "ra"), "revived_by": _text(fields, "rb")}


def _value_facts(fields: Mapping[str, bytes]) -> tuple[str | None, int]:
    if "v" in fields:
        return fields["v"][:1].decode(), len(fields["v"]) - 1
    if "vb" in fields:
        return fields["vb"][:1].decode(), int(fields["vb"][1:])
    return None, 0


def _text(fields: Mapping[str, bytes], name: str) -> str | None:
    value = fields.get(name)
    return value.decode(errors="replace") if value else None


def _number(fields: Mapping[str, bytes], name: str) -> int | None:
    value = fields.get(name)
    if not value:
        return None
    number = int(float(value))
    if not 0 <= number <= LATEST_MS:
        raise ValueError(f"{name} is {number}")
    return number
