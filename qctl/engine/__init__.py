"""The engine: what machines do. A worker is a parent, a template and slots; only the slots ever run task code.

Owns processes, signals, leases, limits and clocks. Knows nothing of terminals, of who asks for jobs, or of how Redis is
spoken to: the store's verbs are values here, and `line` carries them.

The doors are `worker.run_worker` with `options.WorkerOptions`, and `pool.Pool` for whoever runs a job without a store.
They are not imported here: who only reads a worker's options should not load a worker.
"""

from __future__ import annotations
