"""What becomes of the instants of a schedule: which run, which do not and why. Decided without a clock or a store."""

from qctl.model.planning.dues import Taken, take_dues
from qctl.model.planning.plan import Plan, Situation, Start, plan_dues, plan_event
from qctl.model.planning.setback import CLOCK_SET_MS, followed_ms, lies_ahead

__all__ = [
    "CLOCK_SET_MS",
    "Plan",
    "Situation",
    "Start",
    "Taken",
    "followed_ms",
    "lies_ahead",
    "plan_dues",
    "plan_event",
    "take_dues",
]
