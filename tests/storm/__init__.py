"""Kills, pauses, cut replies and clocks that jump, with an outside record of every run: `python -m tests.storm`."""
