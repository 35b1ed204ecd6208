"""The verbs of schedules: what beats do with them, and those who look after them."""

from __future__ import annotations

import json

from qctl.classes import dataclass
from qctl.store.command import Command, script, script_call
from qctl.store.replies import texts
from qctl.store.schedule_replies import read_fired, read_published, read_pulse, read_rewound, read_states
from qctl.store.words import json_word, or_empty, submission_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qctl.model.occurrence import Occurrence
    from qctl.store.command import Word
    from qctl.store.keys import Keys
    from qctl.store.schedule_values import Firing, FiringAnswer, Publication, Published, Pulse, ScheduleState


@dataclass(frozen=True)
class ScheduleVerbs:
    """What may be done with schedules. Each call takes what its caller thinks fits into a few milliseconds."""

    keys: Keys

    def pulse(self, beat: str, about: Mapping[str, object]) -> Command[Pulse]:
        """Say that a beat is there, and what it says of itself. Without one for 20 s it is dead to the others."""
        k = self.keys
        keys = (k.door, k.beats, k.schedules_version, k.beat(beat))
        return script_call(script("pulse"), keys, [beat, json_word(about)], read_pulse)

    def leave(self, beat: str) -> Command[bool]:
        """A beat goes. False if it was not there."""
        k = self.keys
        return script_call(script("leave"), (k.door, k.beats, k.schedules_version, k.beat(beat)), [beat], bool)

    def publish(self, beat: str, publications: Sequence[Publication]) -> Command[list[tuple[Published, ScheduleState]]]:
        """Declare schedules.

        Answers in their order how the beat stands with each, and the schedule as it is now. A beat gives its first
        pulse before it publishes: one that nobody knows cannot hold a definition against others.
        """
        words: list[Word] = [beat, len(publications)]
        for one in publications:
            words += (one.name, one.hash, one.definition, int(one.keeps_cursor), int(one.changed))
        names = [one.name for one in publications]
        return script_call(script("publish"), self._published, words, lambda reply: read_published(names, reply))

    def withdraw(self, beat: str, names: Sequence[str]) -> Command[list[str]]:
        """Take back schedules that are not declared any more. Answers those that are gone: nobody else holds them."""
        return script_call(script("withdraw"), self._published, [beat, len(names), *names], texts)

    def fire(self, beat: str, firings: Sequence[Firing]) -> Command[list[FiringAnswer]]:
        """Carry out what a beat has decided, all of a firing or nothing of it.

        The same firing sent again answers STALE: by `last_job` of the state that is told a beat knows whether it was
        its own. A run by hand that is sent again answers OK and is not started twice. STALE is also a firing that
        starts something though somebody has disabled the schedule. In a run, `after` of the submission is not looked
        at: that of the run holds. After the clock was set back, rows and runs of instants that were fired in an
        earlier turn are left out, unless these come once more (see `rewind`).
        """
        words: list[Word] = [beat, len(firings)]
        for one in firings:
            words += _firing_words(one)
        names = [one.name for one in firings]
        return script_call(
            script("fire"), (self.keys.door, self.keys.beats), words, lambda reply: read_fired(names, reply)
        )

    def rewind(
        self, beat: str, name: str, generation: int, cursor_ms: int, followed_ms: int = 0
    ) -> Command[FiringAnswer]:
        """Let a schedule that lies over a minute ahead of the clock go on from now: the clock was set back (C4, C5).

        Its cursor is the present then, it is in its next turn, and this beat the one that fires it. After a step of at
        most `followed_ms` its instants come once more; otherwise `fire` leaves those out that have been fired. STALE:
        it does not lie ahead.
        """
        k = self.keys
        keys = (k.door, k.beats, k.schedule(name), k.schedules_version)
        words: list[Word] = [beat, name, generation, cursor_ms, followed_ms]
        return script_call(script("rewind"), keys, words, lambda reply: read_rewound(name, reply))

    def disable(
        self, names: Sequence[str], order: Mapping[str, object], for_ms: int | None = None
    ) -> Command[list[str]]:
        """Let schedules start nothing. `order` may hold `by` and `reason`. Answers OK, ALREADY or UNKNOWN for each."""
        words: list[Word] = [json_word(order), or_empty(for_ms), len(names), *names]
        return script_call(script("disable"), (self.keys.door, self.keys.schedules_version), words, texts)

    def enable(self, names: Sequence[str]) -> Command[list[str]]:
        """Let schedules start their task again. Answers OK, ALREADY or UNKNOWN for each."""
        keys = (self.keys.door, self.keys.schedules_version)
        return script_call(script("enable"), keys, [len(names), *names], texts)

    def schedule_names(self) -> Command[list[str]]:
        """Read the names of all schedules, in no order."""
        return Command(("SMEMBERS", self.keys.schedules), texts)

    def schedule_states(self, names: Sequence[str]) -> Command[list[ScheduleState]]:
        """Read schedules in the order of their names; those that are unknown are left out."""
        keys = (self.keys.door, self.keys.beats)
        return script_call(script("schedules"), keys, [len(names), *names], lambda reply: read_states(names, reply))

    @property
    def _published(self) -> tuple[str, ...]:
        return (self.keys.door, self.keys.beats, self.keys.schedules, self.keys.schedules_version)


def _firing_words(one: Firing) -> list[Word]:
    host, boot = one.boot or ("", "")
    words: list[Word] = [one.name, one.generation, one.cursor_ms, one.new_cursor_ms, one.due_ms]
    words += (host, boot, int(one.manual), len(one.active), *one.active, len(one.replaced), *one.replaced)
    words += (json_word({"by": f"schedule {one.name}"}), len(one.rows))
    for row in one.rows:
        words += _row_words(row)
    words.append(len(one.runs))
    for run in one.runs:
        # The instant's key names the newest job of that instant: the cursor decides whether it is fired, not the key.
        words += submission_words(run.submission, if_exists="move", after=run.after)
    return words


def _row_words(row: Occurrence) -> tuple[Word, ...]:
    """A row in those parts that the script may change, and the rest of it as JSON."""
    rest = {name: value for name, value in json.loads(row.encode()).items() if name not in ("at", "end", "job", "rec")}
    return row.at_ms, row.end.value, row.job, row.count, json_word(rest)
