"""Kills, pauses and cut replies, with an outside record of every run."""
