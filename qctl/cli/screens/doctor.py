"""A check-up as people read it: a sign, what was looked at, what was found; below it what to type."""

from __future__ import annotations

from collections import Counter

from qctl.model.cells import fold, pad
from qctl.model.finding import Verdict
from qctl.model.show import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.cli.terminal import Look
    from qctl.model.finding import Finding

_SIGNS: Final = {Verdict.OK: ("✔", "green"), Verdict.WARN: ("!", "yellow"), Verdict.FAIL: ("✗", "red")}
_NAME: Final = 15  #: cells of the names


def doctor(findings: Sequence[Finding], look: Look) -> list[str]:
    """All findings, and how many are not fine."""
    lines = [line for finding in findings for line in _finding(finding, look)]
    numbers = Counter(finding.verdict for finding in findings)
    said = [count(len(findings), "check")]
    said += [f"{numbers[Verdict.FAIL]} failed"] if numbers[Verdict.FAIL] else []
    said += [count(numbers[Verdict.WARN], "warning")] if numbers[Verdict.WARN] else []
    return [*lines, look.sign(" · ".join(said if len(said) > 1 else [*said, "all is well"]))]


def _finding(finding: Finding, look: Look) -> list[str]:
    sign, colour = _SIGNS[finding.verdict]
    plain = look.sign(sign)
    room = max(len(look.sign(each)) for each, _ in _SIGNS.values())
    head = look.paint(pad(plain, room), colour) + " " + pad(finding.name, _NAME)
    indent = " " * (room + 1 + _NAME)
    texts = [look.safe(finding.found)]
    if finding.next:
        texts.append(look.sign("→") + " " + look.safe(finding.next))
    lines = []
    for text in texts:
        lines += [text] if look.width is None else fold(text, look.width - len(indent))
    return [head + lines[0], *(indent + line for line in lines[1:])]
