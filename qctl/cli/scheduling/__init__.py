"""Schedules on the command line: which are meant, when they are due, and what each word of `qctl schedule` does."""
