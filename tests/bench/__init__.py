"""Figures, measured by hand: python -m pytest tests/bench -m bench."""
