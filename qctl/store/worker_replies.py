"""How the answers to workers are read: what they claimed, what is ordered, whose jobs nobody has any more."""

from __future__ import annotations

from functools import partial
from itertools import repeat

from qctl.model.units import LATEST_MS
from qctl.store.replies import pairs_of, said_in, text
from qctl.store.values import Beat, Claim, Claimed, Order, Orphan, Promoted, Reclaimed, Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Final

_CLAIMS_AT: Final = 6
_RUN_WIDTH: Final = 10  #: words before the ids
_ORPHAN_WIDTH: Final = 7
_LAST_SIGNAL: Final = 64
_STANDINGS: Final = {one.value.encode(): one for one in Standing}
#: Make a claim of a tuple, and a text: without a function of Python's, for they are called for every job.
_claim: Final = partial(tuple.__new__, Claim)
_decoded: Final = partial(bytes.decode, errors="backslashreplace")  #: as `text`


def _ms_or_none(word: Any) -> int | None:
    return int(float(word)) if word else None


def _read_claims(reply: Sequence[Any]) -> tuple[Claim, ...]:
    with_secrets, with_sources = int(reply[4]), int(reply[5])
    sources_at = len(reply) - 2 * with_sources
    end = sources_at - 2 * with_secrets
    claims: list[Claim] = []
    at = _CLAIMS_AT
    while at < end:
        at = _read_run(reply, at, claims)
    if not (with_secrets or with_sources):
        return tuple(claims)
    secrets, sources = dict(pairs_of(reply[end:sources_at])), dict(pairs_of(reply[sources_at:]))
    return tuple(c._replace(secrets=secrets.get(c.id, b""), source=text(sources.get(c.id, ""))) for c in claims)


def _read_run(reply: Sequence[Any], at: int, claims: list[Claim]) -> int:
    """Read jobs that are told together, see `claim.lua`. Answers where the next ones stand."""
    task, queue, fence, attempt, failures, crashes, losses, enqueued, body, count = reply[at : at + _RUN_WIDTH]
    start, count = at + _RUN_WIDTH, int(count)
    end = start + count
    said = (int(fence), int(attempt), text(task), text(queue), int(failures), int(crashes), int(losses))
    if count == 1 and enqueued and body:  # what an idle worker gets: few steps, for each is new to a process that slept
        claims.append(_claim((text(reply[start]), *said, int(enqueued), body, b"", "")))
        return end
    ids = map(_decoded, reply[start:end])
    times: Iterable[int] = repeat(int(enqueued or 0))
    bodies: Iterable[bytes] = repeat(body)
    if not enqueued:
        times, end = map(int, reply[end : end + count]), end + count
    if not body:
        bodies, end = reply[end : end + count], end + count
    claims.extend(map(_claim, zip(ids, *map(repeat, said), times, bodies, repeat(b""), repeat(""), strict=False)))
    return end


def read_claimed(reply: Sequence[Any]) -> Claimed:
    standing, more = _STANDINGS.get(reply[0]) or Standing(text(reply[0])), int(reply[3])
    return Claimed(standing, int(reply[1]), _ms_or_none(reply[2]), more == 1, more == 2, _read_claims(reply))


def read_promoted(reply: Sequence[Any]) -> Promoted:
    return Promoted(int(reply[0]), _ms_or_none(reply[1]), int(reply[2]), bool(int(reply[3])))


def read_reclaimed(reply: Sequence[Any]) -> Reclaimed:
    rows = (reply[at : at + _ORPHAN_WIDTH] for at in range(3, len(reply), _ORPHAN_WIDTH))
    refused = tuple(text(job) for job in reply[2])
    return Reclaimed(text(reply[0]), int(reply[1]), tuple(_read_orphan(*row) for row in rows), refused)


def _read_orphan(job: Any, fence: Any, attempt: Any, task: Any, losses: Any, started: Any, most: Any) -> Orphan:
    budget = int(most) if most != b"" else None
    return Orphan(text(job), int(fence), int(attempt), text(task), int(losses), int(started), budget)


def _orders(flat: Sequence[Any]) -> dict[str, Order]:
    """The orders of a worker by job; what nobody can read is none."""
    found = {job: _order_if_sound(word) for job, word in pairs_of(flat)}
    return {job: order for job, order in found.items() if order}


def _order_if_sound(word: Any) -> Order | None:
    fence, _, said = text(word).partition(" ")
    facts = said_in(said)
    by, reason, signal, grace = (facts.get(name) for name in ("by", "reason", "signal", "grace"))
    if not (fence.isdecimal() and isinstance(by, str | None) and isinstance(reason, str | None)):
        return None
    if not isinstance(signal, int | None) or not (signal is None or _is_within(signal, 1, _LAST_SIGNAL)):
        return None
    if not (grace is None or _is_within(grace, 0, LATEST_MS)):
        return None
    return Order(fence=int(fence), by=by or "", reason=reason or "", signal=signal, grace=grace)


def _is_within(number: Any, least: int, most: int) -> bool:
    """Whether it is a number between two; NaN is none."""
    return isinstance(number, int | float) and not isinstance(number, bool) and least <= number <= most


def _numbers(flat: Sequence[Any]) -> dict[str, int]:
    """Numbers by name; what is none somebody wrote by hand."""
    return {name: int(word) for name, word in pairs_of(flat) if text(word).removeprefix("-").isdecimal()}


def read_beat(reply: Sequence[Any]) -> Beat:
    return Beat(
        standing=Standing(text(reply[0])),
        now_ms=int(reply[1]),
        command=text(reply[2]),
        owned=_numbers(reply[3]),
        orders=_orders(reply[4]),
        peers=_numbers(reply[5]),
        forgotten=bool(reply[6]),
        others=int(reply[7]),
    )
