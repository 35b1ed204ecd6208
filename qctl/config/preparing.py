"""Against what a request is checked, and how strictly: the same for one job and for each step of a workflow."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.config.moulds import Moulds
from qctl.model.names import new_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from qctl.config.values import Config


@dataclass(frozen=True, slots=True)
class Preparing:
    """What all that makes submissions of requests is given."""

    config: Config
    strict: bool = True  #: false: a task that the caller does not have goes through unchecked, for workers may have it
    draw: Callable[[], str] = new_id  #: draws ids
    secret: frozenset[str] = frozenset()  #: parameters of such a task whose values nobody may see
    moulds: Moulds = field(default_factory=Moulds)  #: of what was made before in the same submit
