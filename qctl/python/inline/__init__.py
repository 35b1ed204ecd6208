"""Jobs and workflows that run in this process, at the call: no Redis, no worker, no waiting.

`InlineQctl` is an instance like any other, so that handles, signatures and options are the very same. The plan is the
one that a worker would be given, and what runs a task is what a slot runs it with. Made for tests, and for `apply()`.

    room        takes what is submitted, and works it off in the order in which it came
    flows       a workflow, along its plan
    attempts    a job's attempts, up to its end
    here        one attempt of a Python task, in this process
    commands    one attempt of a command, as a process of its own
    book        what is known of all of them
    desk        answers handles, as a client does
"""
