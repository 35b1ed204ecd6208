"""The command: `python -m tests.bench.scale [part …]`."""

from __future__ import annotations

import sys

from tests.bench.scale import cluster, fleet, model

PARTS = {"model": model.measure, "cluster": cluster.measure, "fleet": fleet.measure}


def main(parts: list[str]) -> None:
    """Measure these parts, or all, and print what was found as it comes."""
    for part in parts or PARTS:
        for title, facts in PARTS[part]():
            print(f"\n{title}", flush=True)
            width = max(map(len, facts))
            for name, said in facts.items():
                print(f"  {name:{width}}  {said}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
