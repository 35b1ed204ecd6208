"""What the next instants of an expression cost, beside what bare croniter takes for as many naive times.

    python -m tests.bench.bench_cron [rounds]

Prints one JSON object per expression: the processor time in ms of the next 1,000 instants in Europe/Berlin, or all
within 30 years, the median of `rounds` (5), that of croniter alone in the same run, and how many times as long ours is:
at most 3. In place of what croniter does not read it is given an expression of as many days.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice, takewhile
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from croniter import croniter

from qctl.model.cron import parse_cron

ZONE: Final = ZoneInfo("Europe/Berlin")
BEGIN: Final = datetime(2026, 1, 1)
END: Final = BEGIN + timedelta(days=30 * 365.25)
COUNT: Final = 1000
#: an expression, and what bare croniter is asked in its place
EXPRESSIONS: Final = (
    ("* * * * *", "* * * * *"),
    ("*/5 * * * *", "*/5 * * * *"),
    ("* * * * * *", "* * * * * *"),
    ("30 2 * * *", "30 2 * * *"),
    ("0 9-17 * * mon-fri", "0 9-17 * * mon-fri"),
    ("0 0 13 * 5", "0 0 13 * 5"),
    ("0 0 */2 * 1", "0 0 */2 * 1"),
    ("0 0 L * *", "0 0 L * *"),
    ("0 0 15W * *", "0 0 15W * *"),
    ("0 0 * * 5L", "0 0 * * L5"),
    ("0 0 LW * *", "0 0 28W * *"),
    ("0 0 1 1 *", "0 0 1 1 *"),
    ("0 0 29 2 *", "0 0 29 2 *"),
    ("0 0 * 2 MON#5", "0 0 * 2 MON#5"),
)


def ours(text: str) -> int:
    """How many instants were found."""
    begin, end = (round(at.replace(tzinfo=ZONE).timestamp() * 1000) for at in (BEGIN, END))
    dues = takewhile(lambda due: due.ms <= end, parse_cron(text).upcoming(begin, ZONE))
    return sum(1 for _ in islice(dues, COUNT))


def bare(text: str) -> int:
    """How many naive times croniter alone has found."""
    walker = croniter(text, BEGIN, second_at_beginning=True, implement_cron_bug=True)
    return sum(1 for _ in islice(takewhile(lambda at: at <= END, walker.all_next(datetime)), COUNT))


def cost_ms(work: Callable[[str], int], text: str, rounds: int) -> float:
    """The processor time that it takes, in ms."""
    spent = []
    for _ in range(rounds):
        begin = time.process_time()
        work(text)
        spent.append((time.process_time() - begin) * 1000)
    return median(spent)


def main() -> None:
    """Measure each expression."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ours("@daily")  # croniter is loaded
    for text, plain in EXPRESSIONS:
        here, there = cost_ms(ours, text, rounds), cost_ms(bare, plain, rounds)
        found = {"expression": text, "instants": ours(text), "ms": round(here, 2), "croniter_ms": round(there, 2)}
        print(json.dumps(found | {"times": round(here / there, 2)}))


if __name__ == "__main__":
    main()
