"""Completion: the scripts, what is kept for them, and what they are told."""
