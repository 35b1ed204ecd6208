"""Completion: what the scripts of three shells are made of, and what they ask `qctl __complete` at each Tab.

Owns the scripts and their installing. What is asked at a Tab costs little more than bare Python does: `answer` imports
nothing but `os`, and hands over to `live` what only Redis, or a tasks.toml not read before, can tell.
"""
