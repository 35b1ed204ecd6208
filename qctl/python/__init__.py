"""qctl as Python programs write it: tasks declared by a decorator, and what is composed of them.

Owns `@task` and the words that Celery's users know. Knows nothing of how jobs are run. Each name is imported from where
it lives, as `qctl` itself offers them: a worker's task modules declare tasks without loading a client.
"""
