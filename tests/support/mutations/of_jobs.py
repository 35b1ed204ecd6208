"""Protections in the scripts of jobs, of workers and of limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.support.mutations.altering import InScript
from tests.support.mutations.protection import Protection

_OWNED: Final = "job.f == fence and running == key('running', job.o)"
#: The same where `complete` goes the short way.
_FENCED_PLAIN: Final = InScript("_complete_plain", " or fields[f + 1] ~= fence")
_OWNED_PLAIN: Final = InScript("_complete_plain", " or fields[o + 1] ~= owner")

PROTECTIONS: Final[Mapping[str, Protection]] = {
    "ownership": Protection(
        "who comes late ends a job that runs elsewhere (faults 9 and 48)",
        (InScript("_prelude", _OWNED, "true"), _FENCED_PLAIN, _OWNED_PLAIN),
    ),
    "fence": Protection(
        "a worker that was given a job anew is overtaken by its own past (faults 9 and 68)",
        (InScript("_prelude", _OWNED, "running == key('running', job.o)"), _FENCED_PLAIN),
    ),
    "owner": Protection(
        "who has read a fence ends the job of another worker (attack 47)",
        (InScript("_prelude", _OWNED, "job.f == fence"), _OWNED_PLAIN),
    ),
    "fence-of-reclaim": Protection(
        "a late finish is taken for the same call once more (fault 9)",
        (InScript("reclaim", "more[#more + 1], more[#more + 2] = 'f', int(tonumber(job.f) + 1)"),),
    ),
    "stepped-over": Protection(
        "one job of a dead worker that cannot be given back keeps all its others from that (fault 80)",
        (InScript("reclaim", "pcall(judge, id, job,", "true, judge(id, job,"),),
    ),
    "kept-place": Protection(
        "one job that can go nowhere keeps those behind it from being claimed (fault 80)",
        (InScript("claim", "local done, answer = pcall(act, ...)", "local done, answer = true, act(...)"),),
    ),
    "backoff": Protection(
        "after the clock was set back a job waits for its next try for as long as the step was (fault 58)",
        (InScript("heartbeat", "  move_tries(take_step())"),),
    ),
    "one-step": Protection(
        "after the clock was set back a job is tried again the earlier the more workers notice it (fault 58)",
        (InScript("heartbeat", "      call('HSET', key('worker', other), 'seen', int(now))\n"),),
    ),
    "condemned": Protection(
        "a worker that wakes up claims while its jobs are given away (fault 9)",
        (InScript("reclaim", "if not record[2] then call('HSET', KEYS[2], 'condemned', int(now)) end"),),
    ),
    "sign-of-life": Protection(
        "a worker is given up though it has given a sign of life that others did not see (faults 39 and 58)",
        (InScript("reclaim", "if not record[2] and (record[1] or '-1') ~= seen and", "if false and"),),
    ),
    "turn": Protection(
        "a claim that is sent again takes other jobs and strands the first (fault 47)",
        (
            InScript("claim", "if turn == record[2] then\n  tell_again()\nelseif", "if"),
            InScript("claim", " and tonumber(turn) > tonumber(record[2] or '-1')"),
            InScript("_claim_plain", " and tonumber(turn) > tonumber(record[2] or '-1')"),
        ),
    ),
    "id": Protection(
        "a submit that is sent again queues a job that runs (fault 46)",
        (InScript("_submitting", "local answer = known(id, one.body)", "local answer = nil"),),
    ),
    "body": Protection(
        "another job under an id that is taken is believed to be there (fault 46)",
        (InScript("_submitting", "if job.b == body then return 'EXISTS' end", "do return 'EXISTS' end"),),
    ),
    "delete-first": Protection(
        "a full Redis takes no results either, and stays full (fault 40)",
        (
            InScript("_prelude", "local function open_door() call('DEL', DOOR) end", "local function open_door() end"),
            InScript("_claim_plain", "call('DEL', KEYS[1])"),
            InScript("_complete_plain", "call('DEL', KEYS[1])"),
        ),
    ),
    "pause": Protection(
        "jobs of a paused queue are given out",
        (
            InScript(
                "_limits",
                "if pause_stands(queue, now) or pause_stands('*', now) then return 0 end\n    local rule",
                "local rule",
            ),
            InScript("_claim_plain", "      if pause then return nil end\n"),
        ),
    ),
    "limits-as-sets": Protection(
        "a place of a limit stays taken for ever by a job whose record is gone (faults 80 and 81)",
        (InScript("_limits", "local id = call('SRANDMEMBER', held)", "local id = nil"),),
    ),
    "remaining": Protection(
        "a job that waits under the same id for another is let go",
        (InScript("_concluding", "or call('SISMEMBER', key('remaining', id), upstream) == 0"),),
    ),
    "mark-until-told": Protection(
        "who cannot be told once that a job has ended waits for ever (fault 81)",
        (InScript("_ending", "local done, answer = pcall(act, ...)", "local done, answer = true, act(...)"),),
    ),
    "unsettled": Protection(
        "a job that was removed too early skips those that have not been told",
        (InScript("remove", " or call('SISMEMBER', PREFIX .. 'unsettled', id) == 1"),),
    ),
    "priority-at-rest": Protection(
        "a running job changes under its worker",
        (InScript("prioritise", "if job.s == 'running' then return 'RUNNING' end"),),
    ),
    "notice-claim": Protection(
        "a notice is told twice (faults 4 and 46)",
        (InScript("tell", "if call('ZSCORE', key('notices', notice.n), text) then answer", "if true then answer"),),
    ),
    "known-trouble": Protection(
        "each failure of one trouble is told",
        (
            InScript(
                "_notices",
                "if since and not (how.again and now - tonumber(last) >= how.again) then return nil end",
            ),
        ),
    ),
}
