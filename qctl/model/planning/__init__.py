"""What becomes of the instants of a schedule: which run, which do not and why. Decided without a clock or a store."""

from qctl.model.planning.dues import Taken, take_dues
from qctl.model.planning.plan import Plan, Situation, Start, plan_dues, plan_event
from qctl.model.planning.setback import CLOCK_SET_MS, follows_the_clock_back

__all__ = [
    "CLOCK_SET_MS",
    "Plan",
    "Situation",
    "Start",
    "Taken",
    "follows_the_clock_back",
    "plan_dues",
    "plan_event",
    "take_dues",
]
