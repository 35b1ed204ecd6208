"""The text of `qctl help pipelines`. A test runs every line of it that begins with a command, with the tasks in it."""

from __future__ import annotations

from qctl.cli.topics.topic import Topic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

#: What the examples run, as it stands in the text.
EXAMPLE: Final = """\
[tasks.dump]
run = 'echo "rows of $db"'
params.db = {}
[tasks.gzip]
run = "gzip -c"
[tasks.checksum]
run = "sha256sum"
[tasks.check]
exec = ["grep", "{word}"]
params.word = { default = "rows" }
[tasks.report]
run = "cat"
[workflows.nightly]
pipeline = "dump(db={db}) | [gzip, checksum] | report"
params.db = { default = "main" }
on_error = "report"
"""

_EXAMPLES: Final = """\
Pipelines compose tasks: `|` is one after the other, brackets are side by side.
Quote them, or the shell takes the signs for its own.

  qctl run 'dump(db=main) | gzip'
  qctl run 'dump(db=main) | [gzip, checksum] | report' --wait
  qctl run 'dump(db=main) | [check | gzip, checksum]' --dry-run
  qctl run '[dump(db=a), dump(db=b)] | report' --wait
  printf 'a\\nb\\n' | qctl run 'dump(db=each(@-)) | report' --wait
  qctl run 'dump(db=each(["a", "b"])) | report' --wait
  qctl run 'dump(db=main) | check(word=cash)? | report' --wait
  qctl run 'dump(db=main) | check(word=cash) | report!' --wait
  qctl run 'dump(db=main)*3 | gzip@default | .report'

A step is given what the one before it left: a command on stdin and in the file
QCTL_INPUT, a Python task in its first parameter that is not given by name.
After a group that is the list of its members' values, in the order written.

  step?       who comes after it goes on, with null, when it has failed
  step!       runs only if what comes before has failed, and gets the error
  step*3      is tried again up to 3 times
  step@fast   waits in the queue `fast`
  .step       is not given the value before it
  [a, b]?     as step?, of a whole group

  step(a, b)        values fill the parameters in order
  step(k=a b)       up to the next `,` or `)`, and read by the declared type
  step(k="a, b")    in quotes, with the escapes of JSON
  step(k:=[1, 2])   JSON
  step(k=@FILE)     the text of a file, or of stdin: @-
  step(k=each(@-))  a member of a group for each line

A workflow of tasks.toml is run, scheduled and listed as a task is; `{db}` is
its parameter. It may be a step of another.

"""

_FOLLOW: Final = """
  qctl run nightly db=shop --wait
  qctl chain 'dump db=main' gzip
  qctl group 'dump db=a' 'dump db=b' --wait
  qctl chord 'dump db=a' 'dump db=b' --then report --wait

`show`, `logs -f`, `wait`, `cancel` and `ps -t` take the workflow's id, or that
of a step: 7kq50xyz.2. `retry ID --failed` runs what has failed or was skipped,
and keeps what the others left.
"""

TEXT: Final = _EXAMPLES + "".join(f"  {line}\n" for line in EXAMPLE.splitlines()) + _FOLLOW
PIPELINES: Final = Topic("workflows as `a | [b, c] | d`", (TEXT,))
