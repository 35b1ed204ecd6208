"""How far one Redis goes: a measured model of a primary, its spread over a cluster, and a fleet of 200 workers.

    python -m tests.bench.scale [model] [cluster] [fleet]

Times here are processor time of Redis, which neighbours on the machine change little, and counts, which they do not.
"""
