"""Decisions about the instants of schedules."""
