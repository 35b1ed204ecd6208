"""`python -m tests.storm --seed N`: one storm, told in one line of JSON."""

from __future__ import annotations

import argparse
import json
import sys

from tests.storm.storm import Scale, Storm


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    usual = Scale()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=usual.jobs)
    parser.add_argument("--faults", type=int, default=usual.faults)
    parser.add_argument("--workers", type=int, default=usual.workers)
    parser.add_argument("--slots", type=int, default=usual.slots)
    parser.add_argument("--lease", type=float, default=usual.lease)
    parser.add_argument("--without", action="append", default=[])
    said = parser.parse_args()
    scale = Scale(jobs=said.jobs, faults=said.faults, workers=said.workers, slots=said.slots, lease=said.lease)
    storm = Storm(said.seed, scale, said.without)
    try:
        figures = storm.run()
    finally:
        storm.close()
    print(json.dumps(figures))
    return 1 if figures["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
