"""The commands that are typed thousands of times: their words, read without the full parser, and what they do.

Owns how plain command lines of `run`, `wait`, `progress`, `status` and `ps` are read, and the functions that carry
them out, which the full parser calls as well. Knows nothing of typer, which takes longer to import than they to run.
"""
