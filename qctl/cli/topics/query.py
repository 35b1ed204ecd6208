"""`qctl help query`: examples, and the fields as the reader of queries has them."""

from __future__ import annotations

from qctl.cli.manual.page import Section
from qctl.cli.topics.topic import Topic
from qctl.model.query_fields import FIELDS, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_TEXT: Final = """\
QUERY says which jobs are meant, for ps, history, cancel, retry and rm.

  qctl ps 'task:back* wait>5m'             waits for more than five minutes
  qctl history 'state:failed since:24h'    failed in the last day
  qctl history 'exit:22 -label:env=test'   not those of the test environment
  qctl history 'error:"no space"'          by what went wrong
  qctl history '"to prod" OR keep=14'      by the text of a parameter
  qctl cancel --query 'queue:night state:active (by:ana OR by:bo)'

Words are looked for in the task's name, the parameters, the words after -- and
the labels; case means nothing there. A blank is AND, OR is weaker than that, -
negates what follows it; parentheses make groups, double quotes hold blanks.
In words and names * stands for any text. What begins with - stands after --,
as in: qctl history -- -state:succeeded

"""

QUERY: Final = Topic(
    "which jobs are meant: fields, signs, examples",
    (_TEXT, Section("Fields", tuple((written(name), text) for name, text in FIELDS.items()))),
)
