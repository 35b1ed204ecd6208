"""Pure values and decisions: what a task, a job and an attempt are, and what is lawful.

Owns the words of the domain. Knows nothing of files, clocks, processes, Redis or terminals: `now` and dice are
arguments.
"""
