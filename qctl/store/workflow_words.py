"""How the plan of a workflow becomes the words of a command, and the terms and nodes that the store keeps of it.

What the scripts read of a node is one line of JSON; the body of its job follows as it is. Short names, because there
may be 100,000 of them.
"""

from __future__ import annotations

from qctl import json_text
from qctl.classes import replace
from qctl.model.submission import Submission
from qctl.model.workflow.plan import MOST_NODES_AT_ONCE, GroupTerms, Node, Plan
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from qctl.store.command import Word


def plan_words(plan: Plan) -> list[Word]:
    """A plan as `submit.lua` has it.

    How many main nodes, its terms, the last node that was uploaded, and the rest of the nodes.
    """
    uploaded, rest = uploaded_apart(plan)
    return [
        plan.main,
        _compact(_terms(plan)),
        uploaded[-1].name if uploaded else "",
        *node_words(rest),
    ]


def uploaded_apart(plan: Plan) -> tuple[Sequence[Node], Sequence[Node]]:
    """The nodes that are to be uploaded before the submit, and those that go with it."""
    start = max(0, len(plan.nodes) - MOST_NODES_AT_ONCE)
    return plan.nodes[:start], plan.nodes[start:]


def node_words(nodes: Sequence[Node]) -> list[Word]:
    """Nodes as the scripts have them, after their number."""
    words: list[Word] = [len(nodes)]
    for node, place in zip(nodes, _places(nodes), strict=True):
        words += (node.name, _node_line(node, place), node.job.secrets if node.job else b"", member_field(node))
    return words


def _places(nodes: Sequence[Node]) -> list[int]:
    """Of each node how many jobs stand before it in declared order: by this a group finds its place among them."""
    numbers = [int(node.name) for node in nodes if node.name.isdecimal()]
    before = min(numbers, default=1) - 1
    places = []
    for node in nodes:
        places.append(before)
        before = int(node.name) if node.name.isdecimal() else before
    return places


def added_words(nodes: Sequence[Node], group: str) -> list[Word]:
    """Nodes of new members as `extend.lua` has them: it gives those that are directly in the group their positions.

    An empty name of the group stands for the one that the members say they are within.
    """
    direct = group or next((node.within or "" for node in nodes if node.within is not None), "")
    positions = list(dict.fromkeys(node.position for node in nodes if node.within == direct))
    words: list[Word] = [len(nodes)]
    for node, place in zip(nodes, _places(nodes), strict=True):
        secrets = node.job.secrets if node.job else b""
        if node.within != direct:
            words += (node.name, _node_line(node, place), secrets, member_field(node), "")
        else:
            bare = replace(node, within=None)
            end = "h" if node.previous is None else "t" if node.next is None else ""
            words += (node.name, _node_line(bare, place), secrets, end, positions.index(node.position))
    return words


def member_field(node: Node) -> str:
    """Under which name a node is kept as the first or the last one of a group's member; "" for any other."""
    if node.within is None or (node.previous is not None and node.next is not None):
        return ""
    return f"{'' if node.previous is None else 't '}{node.within} {node.position}"


def read_node(name: str, line: bytes) -> Node | None:
    """A node as it is kept; None for what somebody wrote by hand."""
    said, _, body = line.partition(b"\n")
    try:
        return _node(name, json_text.loads(said), body)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _node(name: str, terms: Mapping[str, Any], body: bytes) -> Node:
    return Node(
        name=name,
        job=_job(terms["j"], name, body) if "j" in terms else None,
        group=_group(terms["g"]) if "g" in terms else None,
        previous=terms.get("pv"),
        next=terms.get("nx"),
        within=terms.get("wi"),
        position=int(terms.get("po", 0)),
        takes_input=not terms.get("ni"),
        tolerant=bool(terms.get("tl")),
        handler=bool(terms.get("ha")),
        links=tuple(terms.get("ln", ())),
        error_links=tuple(terms.get("el", ())),
    )


def place_of(line: bytes) -> int:
    """Of a group that is kept, how many jobs stand before it."""
    return int(json_text.loads(line.partition(b"\n")[0]).get("at", 0))


def size_of(line: bytes) -> int:
    """Of a group that is kept, how many members it was declared with."""
    return int(json_text.loads(line.partition(b"\n")[0])["g"]["n"])


def read_numbers(text: bytes) -> tuple[int, int]:
    """From a plan's terms the highest number of a job, and of a group: nodes are named by them."""
    terms: dict[str, Any] = json_text.loads(text)
    return int(terms.get("jobs", 0)), int(terms.get("groups", 0))


def read_plan(text: bytes, nodes: Iterable[Node] = (), main: int = 0) -> Plan | None:
    """A plan from its terms; None for what somebody wrote by hand."""
    try:
        return _plan(json_text.loads(text), nodes, main)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _plan(terms: Mapping[str, Any], nodes: Iterable[Node], main: int) -> Plan:
    return Plan(
        first=terms["f"],
        last=terms["l"],
        nodes=tuple(nodes),
        main=main,
        timeout_ms=terms.get("to"),
        on_error=tuple(terms.get("oe", ())),
        on_success=tuple(terms.get("os", ())),
        each_error=bool(terms.get("ee")),
        text=terms.get("text", ""),
        digest=terms.get("digest", ""),
    )


def _terms(plan: Plan) -> dict[str, Any]:
    groups = [int(node.name[1:]) for node in plan.nodes if node.group]
    jobs = [int(node.name) for node in plan.nodes if node.name.isdecimal()]
    said = {
        "f": plan.first,
        "l": plan.last,
        "to": plan.timeout_ms,
        "oe": plan.on_error,
        "os": plan.on_success,
        "ee": plan.each_error,
        "jobs": max(jobs, default=0),
        "groups": max(groups, default=0),
        **_main_numbers(plan, max(jobs, default=0)),
        "text": plan.text,
        "digest": plan.digest,
    }
    return {name: value for name, value in said.items() if value or name in ("f", "l")}


def _main_numbers(plan: Plan, jobs: int) -> dict[str, int]:
    """Where there are side branches, up to which number jobs are none, and how many groups are none."""
    main = [node.group is None for node in plan.nodes[: plan.main]]
    return {} if sum(main) == jobs else {"mj": sum(main), "mg": main.count(False)}


def read_main_numbers(text: bytes) -> tuple[int, int]:
    """From a plan's terms up to which number jobs are no side branch's, and how many groups are none."""
    terms: dict[str, Any] = json_text.loads(text)
    return int(terms.get("mj", terms.get("jobs", 0))), int(terms.get("mg", terms.get("groups", 0)))


def _node_line(node: Node, place: int) -> bytes:
    said = {
        "j": _job_terms(node.job) if node.job else None,
        "g": _group_terms(node.group) if node.group else None,
        "pv": node.previous,
        "nx": node.next,
        "wi": node.within,
        "ni": int(not node.takes_input),
        "tl": int(node.tolerant),
        "ha": int(node.handler),
        "ln": node.links,
        "el": node.error_links,
        "at": place if node.group else 0,
    }
    said = {name: value for name, value in said.items() if value}
    if node.within is not None:
        said["po"] = str(node.position)
    return _compact(said) + b"\n" + (node.job.body if node.job else b"")


def _job_terms(job: Submission) -> dict[str, Any]:
    said = {
        "d": job.delay_ms,
        "du": job.due_ms,
        "e": job.expires_ms,
        "u": job.unique or None,
        "sk": 1 if job.secrets else None,
    }
    known = {name: value for name, value in said.items() if value is not None}
    return {"t": job.task, "q": job.queue, "p": str(job.priority)} | known


def _job(terms: Mapping[str, Any], name: str, body: bytes) -> Submission:
    return Submission(
        id=name,
        task=terms["t"],
        body=body,
        queue=terms["q"],
        priority=int(terms["p"]),
        delay_ms=terms.get("d"),
        due_ms=terms.get("du"),
        expires_ms=terms.get("e"),
        unique=terms.get("u", ""),
    )


def _group_terms(group: GroupTerms) -> dict[str, Any]:
    said = {
        "ff": int(group.fail_fast),
        "mp": group.max_parallel,
        "mf": group.max_fail,
        "op": int(group.open),
    }
    return {"n": len(group.heads), "po": group.policy.value} | {name: value for name, value in said.items() if value}


def _group(terms: Mapping[str, Any]) -> GroupTerms:
    return GroupTerms(
        heads=(),
        policy=Policy(terms["po"]),
        fail_fast=bool(terms.get("ff")),
        max_parallel=terms.get("mp"),
        max_fail=int(terms.get("mf", 0)),
        open=bool(terms.get("op")),
    )


def _compact(said: Mapping[str, Any]) -> bytes:
    return json_text.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
