"""`qctl stats`: counts, rates and times of ended jobs."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from qctl.cli.emit import emit_list, emit_one
from qctl.cli.grammar import new_app
from qctl.cli.grid import foot
from qctl.cli.querying import tell_read, tell_sampled
from qctl.cli.screens import figures as screens
from qctl.cli.session import server_name, session
from qctl.cli.stretch import DAY, begin_ms
from qctl.client.figures import SAMPLE, read_or_sample
from qctl.clock import rfc3339
from qctl.errors import UsageError
from qctl.model.show import count
from qctl.model.suggest import did_you_mean
from qctl.model.tally import BY, Tally, counted, most_failing, slowest, stats_view, tallies, tally, tally_view

app = new_app()

_HOUR_MS: Final = 3_600_000
_COLUMNS: Final = (
    *("name", "jobs", "succeeded", "failed", "timeout", "cancelled", "expired", "skipped", "lost", "failures"),
    *("success_percent", "wait_p50_s", "wait_p95_s", "run_p50_s", "run_p95_s"),
)


@app.command()
def stats(
    context: typer.Context,
    since: Annotated[str | None, typer.Option("--since", help="7d, yesterday, mon 09:00 (default: 24h)")] = None,
    by: Annotated[str | None, typer.Option("--by", help="a row for each task, queue, worker or day")] = None,
    read: Annotated[
        int | None,
        typer.Option("--read", min=1, help=f"look at the newest N jobs (default: {SAMPLE:,} of all the time)"),
    ] = None,
) -> None:
    """Tell how many jobs ended, how well, and how long they waited and ran.

    A workflow counts by its steps, and itself only where it failed by itself. Of more than 1,000 jobs as many are
    looked at, spread evenly over the time: it takes no longer for a million. --read N looks at the newest N.

    \b
    qctl stats                     of the last 24 hours
    qctl stats --since 7d --by day
    qctl stats --by task -o tsv

    See also: errors, history, qctl help dates
    """
    here = session(context)
    if by is not None and by not in BY:
        raise UsageError(f"--by is one of {', '.join(BY)}, not `{by}`{did_you_mean(by, BY)}")
    config = here.instance_config()
    zone = here.zone_of_dates(config)
    begin = begin_ms(since, here, zone)
    with here.client(config) as client:
        now_ms = client.reading.now_ms()
        found, extent = read_or_sample(client.reading, begin, read)
        name = server_name(client.instance)
    (tell_sampled if read is None else tell_read)(here, extent)
    endings = counted(found)
    total = round(extent.total * len(endings) / len(found)) if found else 0  # what was not read is taken to be alike
    whole, parts = tally("all", endings), tallies(endings, by, zone) if by else []
    if here.settings.output in ("tsv", "name"):
        rows = [_row(each) for each in (parts if by else [whole])]
        return emit_list(here.settings, rows, list, columns=_COLUMNS, name="name")
    per_hour = total / max(1, now_ms - begin) * _HOUR_MS
    document = stats_view(whole, parts, endings, total, per_hour) | {
        "by": by,
        "since": rfc3339(begin),
        "until": rfc3339(now_ms),
    }

    def lines() -> list[str]:
        period = _period(total, per_hour, since or DAY)
        shown = screens.stats(whole, by, parts, slowest(endings), most_failing(endings), period, here.out)
        return [*shown, *foot([name], here.out)]

    return emit_one(here.settings, document, lines, name="jobs")


def _period(total: int, per_hour: float, since: str) -> str:
    """What the figures are of: how many jobs since when, and how many in an hour."""
    rate = f"{per_hour:,.0f}" if per_hour >= 10 else f"{per_hour:.2g}"
    return f"{count(total, 'job')} since {since}, {rate}/h" if total else f"since {since}"


def _row(one: Tally) -> dict[str, Any]:
    """The figures in one line, for columns."""
    view = tally_view(one)
    spreads = {f"{kind}_{which}_s": value for kind in ("wait", "run") for which, value in view[f"{kind}_s"].items()}
    return {**view, **view["outcomes"], **spreads}
