"""The beat: fires the jobs of schedules when they are due.

Owns which schedules this process has declared, when each is due by the server's clock, and the asking of the store to
fire. What becomes of an instant is decided in `model.planning`; that each is fired once is the store's word.
"""

from qctl.engine.beat.duty import Beat
from qctl.engine.beat.options import BeatOptions

__all__ = ["Beat", "BeatOptions"]
