"""Workflows: chain, group and chord as one flat plan of nodes, whoever composed it: a shell, tasks.toml or Python.

A composition is a tree (`tree`); what the store keeps and works off is a plan (`plan`). Nothing here knows a
configuration, a store or a clock.
"""

from __future__ import annotations
