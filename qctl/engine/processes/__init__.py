"""The processes below a worker: a template that has imported the task code, and the slots that run attempts.

Owns forking, sockets and shared memory between them, how a command or a function is run, what it prints, and how a
tree of processes is ended. Knows nothing of Redis, of leases or of what becomes of an attempt that failed: it tells
its worker what happened, as `events`. The door is `pool.Pool`, made from a `plan.PoolPlan`.
"""

from __future__ import annotations
