"""What happens while a composition is worked off: how each step ends, who adds what, and who interferes when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from qctl.model.workflow.tree import Step, Tree
from tests.property.compositions import Trees
from tests.support.canvas import Act, Feed, Told, perform

ORIGINAL = "s"  #: what the names of a composition's own steps begin with; only those add members or are replaced


@dataclass
class Script:
    """By step what it does; no two things happen at the same instant."""

    seed: int
    failing: float = 0.25
    growing: float = 0.0  #: how many steps add members, and how many have others take their places
    until: float = math.inf
    how: str = "cancel"  #: how all is stopped then: `cancel` or `timeout`
    cancels: Mapping[str, float] = field(default_factory=dict)
    feed: Feed | None = None

    def act(self, task: str) -> Act:
        dice = Random(f"{self.seed} {task}")
        act = Act(1 + dice.random(), dice.random() >= self.failing, task)
        if not task.startswith(ORIGINAL) or dice.random() >= self.growing:
            return act
        trees = [Trees(dice, name=f"{kind}{task}x", plain=True).tree(dice.randint(1, 4)) for kind in "ab"]
        if dice.random() < 0.5:
            return act._replace(adds=tuple(trees[: dice.randint(1, 2)]))
        return act._replace(instead=trees[0])

    def told(self, tree: Tree) -> Told:
        """What becomes of a composition by the interpreter."""
        return perform(tree, self._play, until=self.until, cancels=self.cancels, feed=self.feed)

    def events(self) -> Iterator[tuple[float, str, Any]]:
        """What happens from outside: when, what, and to whom."""
        if self.until < math.inf:
            yield self.until, "stop", self.how
        for task, at in self.cancels.items():
            yield at, "cancel", task
        if self.feed:
            for at, member in self.feed.members:
                yield at, "feed", member
            yield self.feed.sealed_at, "seal", None

    def _play(self, step: Step, received: Any) -> Act:
        del received
        return self.act(step.task)
