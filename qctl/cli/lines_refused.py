"""What is told of many lines of which Redis took some alone: which it did not, and what to type for those."""

from __future__ import annotations

from shlex import quote

from qctl.cli.each import STDIN
from qctl.errors import QctlError, TryAgain
from qctl.model.spans import FEW, span_words, spans

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.cli.each import Each
    from qctl.client.sending import SomeRefused
    from qctl.model.spans import Span


class LinesRefused(QctlError):
    """{accepted:,} of {count:,} jobs were accepted, not {which} of {source}: {reason}"""

    def __init__(self, error: SomeRefused, wanted: Each) -> None:
        numbers = wanted.numbers
        lines = spans(numbers[place - 1] for place in error.refused)
        which = f"line{'s' * (len(error.refused) > 1)} {span_words(lines)}"
        source = "stdin" if wanted.source == STDIN else wanted.source
        then = [error.advice] if error.advice else []
        if error.exit_code == TryAgain.exit_code and len(lines) <= FEW:
            then.append(_of_lines(lines, wanted))
        accepted, reason = len(error.receipts), error.facts["reason"]
        count, advice = accepted + len(error.refused), "\n".join(then)
        super().__init__(accepted=accepted, count=count, which=which, source=source, reason=reason, help=advice)
        self.exit_code, self.code = error.exit_code, error.code  # type: ignore[misc]
        self.accepted = error.accepted


def _of_lines(lines: Sequence[Span], wanted: Each) -> str:
    """What to type, that these lines alone are submitted."""
    pick = ";".join(f"{first},{last}p" for first, last in lines)
    picked = f"sed -n{'z' * wanted.null} '{pick}'"
    picked = f"… | {picked}" if wanted.source == STDIN else f"{picked} {quote(wanted.source)}"
    return f"{picked} | qctl run … --each -{' -0' * wanted.null}        then submits the others"
