"""Schedules on the command line: which are meant, when they are due."""
