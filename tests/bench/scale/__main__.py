"""The command: `python -m tests.bench.scale [part …] [--readme]`."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from tests.bench.scale import cluster, model, readme, trials

PARTS: Final = ("model", "cluster", "fleet")


def main(words: list[str]) -> None:
    """Measure these parts, or all, and print what was found as it comes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {' '.join(PARTS)}")
    parser.add_argument("--readme", action="store_true", help="write all of it into the README")
    given = parser.parse_args(words)
    for name in given.parts:
        if name not in PARTS:
            parser.error(f"there is no part `{name}`: {', '.join(PARTS)}")
    if given.readme and given.parts:
        parser.error("--readme takes all parts")
    if given.readme:
        readme.written(readme.README.read_text(), "")  # raises, if it must: minutes later it would be too late
    costs = shares = fleet = None
    for name in given.parts or PARTS:
        if name == "model":
            costs = model.measure()
            for title, facts in costs.facts():
                tell(title, facts)
        elif name == "cluster":
            shares = cluster.measure()
            tell("namespaces over a cluster of three nodes", shares.facts())
        else:
            fleet = trials.measure(tell)
    if given.readme and costs and shares and fleet:
        readme.write(readme.Figures(costs, shares, fleet))


def tell(title: str, facts: dict[str, str]) -> None:
    """Print what was found."""
    print(f"\n{title}", flush=True)
    width = max(map(len, facts))
    for name, said in facts.items():
        print(f"  {name:{width}}  {said}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
