"""The processes below the worker: real pools, real processes, no Redis."""
