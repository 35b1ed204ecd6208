"""Fuzzing of everything that qctl reads from strangers: files, words of the command line, bytes from Redis.

`targets` has a plain function for each kind of input, `target(data: bytes) -> None`, which raises for a defect alone.
Hypothesis calls them in the suite; `python -m tests.fuzz TARGET --minutes M` lets atheris search for longer, led by the
branches that it sees. What either has found stands in `found`.
"""
