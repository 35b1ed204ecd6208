"""What the worker's log says of attempts that are over."""

from __future__ import annotations

from qctl.engine.journal import Level
from qctl.engine.settle import CRASHES, Verb
from qctl.model.job_words import beside_cause
from qctl.model.show import signal_words
from qctl.model.state import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.engine.claims import Held
    from qctl.engine.journal import Journal
    from qctl.engine.settle import Ruling
    from qctl.model.ended import Ended


def tell(journal: Journal, held: Held, ended: Ended, ruling: Ruling, at: float) -> None:
    """Say how an attempt ended and what becomes of its job; of a success only where everything is said."""
    claim = held.claim
    if ruling.verb is Verb.COMPLETE and not journal.writes(Level.DEBUG):
        return
    said = {"job": claim.id, "task": claim.task, "attempt": claim.attempt}
    what = f"{claim.task} {claim.id}"
    if ruling.verb is Verb.COMPLETE:
        journal.debug("complete", f"{what} succeeded in {at - held.started:.3f} s", **said)
        return
    why = _why(ended)
    because = f" ({ruling.because})" if ruling.because else ""
    if ruling.missing:
        journal.warning("missing", f"{what} waits for a worker that has its task: {why}", **said)
    elif ruling.verb is Verb.RELEASE:
        journal.info("release", f"{what} was cut off and given back", **said)
    elif ruling.verb is Verb.REPLACE and ended.instead is not None:
        journal.info("replace", f"{what} is replaced by workflow {ended.instead.id}", **said)
    elif ruling.verb is Verb.RETRY:
        journal.info("retry", f"{what} is tried again in {ruling.delay:.1f} s{because}: {why}", **said)
    elif ended.reason in CRASHES:
        journal.error("bury", f"{what} crashed and is not tried again{because}: {why}", **said)
    else:
        journal.warning("bury", f"{what} ended: {ruling.outcome}{because}: {why}", **said)


def _why(ended: Ended) -> str:
    """How a command ended and what it said last; of all else its error."""
    if ended.error is None:
        return str(ended.reason)
    message = ended.error.message
    if ended.reason is Reason.EXIT and ended.exit_code is not None:
        how = f"exit {ended.exit_code}"
    elif ended.reason is Reason.SIGNAL and ended.signal is not None:
        how = signal_words(ended.signal)
    else:
        return message
    said = beside_cause(message, how)
    return f"{how}: {said}" if said else how
