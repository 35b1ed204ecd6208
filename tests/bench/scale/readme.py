"""The figures of the README's page "How far it goes", which `python -m tests.bench.scale --readme` writes: page.md."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from tests.bench.scale.cluster import Shares
from tests.bench.scale.model import USABLE, Costs, jobs_per_second
from tests.bench.scale.trials import AFTERWARDS, AGAIN, FleetFigures
from tests.support.source import ROOT

README: Final = ROOT / "README.md"
OPEN: Final = "<!-- scale: written by python -m tests.bench.scale --readme -->\n"
CLOSE: Final = "<!-- end of scale -->"
_PAGE: Final = Path(__file__).with_name("page.md")


class Figures(NamedTuple):
    """What the page is drawn from."""

    costs: Costs
    shares: Shares
    fleet: FleetFigures


def page(figures: Figures) -> str:
    """Two tables, and what follows from the first."""
    return _PAGE.read_text().format(**_of_one_primary(figures), **_of_the_fleet(figures.fleet)).rstrip()


def written(text: str, page: str) -> str:
    """The README's text with this page between its marks. Raises ValueError if they are gone."""
    before, mark, rest = text.partition(OPEN)
    _, end, after = rest.partition(CLOSE)
    if not mark or not end:
        raise ValueError(f"README.md has no {OPEN.strip()} … {CLOSE}")
    return f"{before}{mark}\n{page}\n\n{end}{after}"


def write(figures: Figures, readme: Path = README) -> None:
    """Write the page into the README."""
    readme.write_text(written(readme.read_text(), page(figures)))


def _of_one_primary(figures: Figures) -> dict[str, str]:
    """What jobs and workers cost it. A worker that waits: the dearer of real and simulated ones."""
    costs, shares, rest = figures.costs, figures.shares, figures.fleet.rest
    cpu, queued, ended = costs.fit("cpu_us"), costs.fit("queued"), costs.fit("ended")
    alone, several = costs.turns[1], (costs.turns[16] + costs.turns[64]) / 2
    short = costs.rows[0].cpu_us
    share = max(figures.fleet.real.share_percent, rest.share_percent)
    return {
        "short_us": f"{short:.0f}",
        "kb_us": f"{cpu.per_kb:.0f}",
        "short_rate": _rate(jobs_per_second(short)),
        "several_us": f"{several:.0f}",
        "several_rate": _rate(jobs_per_second(several)),
        "alone_us": f"{alone:.0f}",
        "alone_rate": _rate(jobs_per_second(alone)),
        "share": f"{share:.2g}",
        "fraction": f"{share / 100:.2g}",
        "connection": f"{rest.bytes_each / 1000:.0f}",
        "scripts": f"{rest.scripts:.2f}",
        "queued": f"{queued.fixed / 1000:.1f}",
        "queued_kb": f"{queued.per_kb / 1000:.1f}",
        "ended": f"{ended.fixed / 1000:.1f}",
        "ended_kb": f"{ended.per_kb / 1000:.1f}",
        "rest_of_10": f"{10 * share:.1f}",
        "rest_of_100": f"{100 * share:.0f}",
        "busy_80": _busy(80, alone),
        "busy_800": _busy(800, alone),
        "busy_8000": _busy(8000, alone),
        "most_of_10": _rate(jobs_per_second(several, 10, share)),
        "most_of_100": _rate(jobs_per_second(alone, 100, share)),
        "home_least": f"{shares.at_home[0]:.0f}",
        "home_most": f"{shares.at_home[-1]:.0f}",
        "elsewhere": f"{shares.elsewhere:.1f}",
    }


def _of_the_fleet(fleet: FleetFigures) -> dict[str, str]:
    rest, calls, work, deaths, restart = fleet.rest, fleet.calls, fleet.work, fleet.deaths, fleet.restart
    return {
        "fleet_at_rest": f"{rest.cpu_percent:.1f}",
        "connections": f"{rest.connections}",
        "parent": f"{rest.parent_percent:.2f}",
        "real": f"{fleet.real.share_percent:.2f}",
        "calls": f"{calls.jobs}",
        "tokens": f"{calls.tokens:.1f}",
        "p50": f"{calls.p50_ms:.0f}",
        "p99": f"{calls.p99_ms:.0f}",
        "callees": f"{calls.workers}",
        "jobs": f"{work.jobs:,}",
        "least": f"{work.least}",
        "most": f"{work.most}",
        "twice": f"{work.twice or 'none'}",
        "orphans": f"{deaths.jobs}",
        "last": f"{max(0.1, deaths.last_s):.1f}",
        "once": f"{deaths.twice} of them twice" if deaths.twice else "each once",
        "meanwhile": f"{deaths.cpu_percent:.0f}",
        "back": f"{restart.back_s:.1f}",
        "back_percent": f"{restart.cpu_percent:.0f}",
        "afterwards": f"{AFTERWARDS + AGAIN:.0f}",
        "heartbeats": f"{restart.most}",
    }


def _busy(rate: float, us: float) -> str:
    """How busy so many jobs a second keep Redis."""
    share = rate * us / 1e6
    return f"{100 * share:.0f} % of a core" if share <= USABLE else "more than one primary carries"


def _rate(rate: float) -> str:
    """Two digits that count."""
    return f"{float(f'{rate:.2g}'):,.0f}"
