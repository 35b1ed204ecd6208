"""qctl: tasks declared once, run now, later or on a schedule, over one Redis."""

from __future__ import annotations

__version__ = "0.1.0"
