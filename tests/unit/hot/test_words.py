"""Plain words of hot commands mean what they mean to the full parser; what is odd about others is left to that one."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from importlib import import_module
from random import Random
from typing import Any

import pytest
from typer.main import get_command

from qctl.classes import asdict
from qctl.cli import calling
from qctl.cli.hot.options import HOT, MAY_BE_ONE, NEEDED, NUMBER, SEVERAL, TEXTS, YES
from qctl.cli.hot.words import read
from qctl.cli.invocation import Invocation
from qctl.errors import QctlError

LINES = 200  #: of each command

PLAIN = """
run backup
run backup keep:=14 target=/srv/x
run backup --wait
run -w backup name=@file
run backup -wq --timeout 10m
run backup --timeout=10m --follow
run --queue batch -p 9 backup
run backup -Qbatch --label a=b --label c=d --env X=1
run backup --in 10m --retries 3
run backup --retries=0 --key nightly --if-exists skip
run -- rsync -a /srv/a/ /srv/b/
run -q -- true
run --sh 'a && b'
run 'dump | gzip' --policy any
run resize --each -
run resize -0 --each list
run backup -o json
run backup --output=jsonl --utc
--file ops.toml run backup
-q --redis redis://db1/0 run backup -vv
-C /srv run backup --dry-run
wait 7kq2
wait 7kq2 8abc --any --timeout 10m
wait @last --for started
-q wait 7kq2 -o json
progress 50%
progress 3/10 copying files
progress 0.5 -q
status
status -q
status -o json --namespace ops
--redis-timeout 1s status
ps
ps -a
ps -qn5
ps --limit=5 --queue batch -t
ps 'by:ana wait>5m'
ps -w --task 'back*' --state queued
ps -aq --no-pager --color never
ls -q
""".strip().splitlines()

ODD = """
run backup --help
run -h
run backup --timeout -5
run backup --timeout=
run --wait=yes backup
run --wai backup
run backup --queue a --queue b
run backup -o json -o tsv
-o json run backup -o json
run backup --retries -1
run backup --retries three
run backup --queue
run backup -z
wait
wait -- 7kq2
wait 7kq2 --any=1
progress
progress -5
status now
status --all
ps -n 0
ps -n=5
ps --limit 1_0
ps --limit ٣
ps --limit 9999999999999999999
ps --state ''
ps -- words
top
logs 7kq2
""".strip().splitlines()

WORDS = {
    "run": "backup keep=14 x:=[1] name=@f 'dump | gzip' - -- true --sh 'a && b' --queue batch -Q hi --queue=lo -Qhi "
    "--priority high -p9 -p 3 --wait -w --follow -f -wf -fq --timeout 5m --timeout=5m --timeout= --graph --local "
    "--as-scheduled --schedule s --in 10m --countdown=1h --at 18:00 --eta mon --after 7kq2 --after=8abc --expires 1d "
    "--retries 3 --retries=-1 --retries 0x1 --key k --if-exists skip --host web1 --env A=1 --env=B=2 --label a=b "
    "--input - --each - --each list --null -0 --policy any --polic --wait=1",
    "wait": "7kq2 8abc @last @failed -- - --any --any=x --for started --for=ended --for --timeout 1s --timeout=10m -t",
    "progress": "50% 3/10 0.5 copying 'half way' -- - -5 --done",
    "status": "- -- now --health",
    "ps": "7kq2 by:ana 'wait>5m' -- - --all -a -aq -at -ta --state queued --state=failed --state --queue batch -Qhi "
    "-Q hi --task back* --tree -t --limit 5 --limit=7 -n 3 -n9 -n=4 -n0 -n ٣ -nx --watch -w -wa --wat",
}
FLAGS = (
    "-q --quiet -v -vv -vq --verbose -o json -ojson -o=json --output=tsv --output --output= --utc --no-input -y --yes "
    "--dry-run --no-pager --color never --color=always --file f.toml --file=f.toml -C /srv -C/srv --dir=/srv "
    "--redis redis://h:1/0 --namespace ops --redis-timeout 2s --redis-timeout=-2s --help -h --version --utc=1 --quie -z"
)


class FullParserNeeded(BaseException):
    """The short way does not answer."""


def test_plain_lines_are_read_without_the_full_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _Asked(monkeypatch)
    for line in PLAIN:
        assert asked.shortly(shlex.split(line)) is not None, line


def test_odd_lines_are_left_to_the_full_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _Asked(monkeypatch)
    for line in ODD:
        assert asked.shortly(shlex.split(line)) is None, line


@pytest.mark.parametrize("command", HOT)
def test_what_is_read_shortly_is_what_the_full_parser_reads(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answered = _Asked(monkeypatch), 0
    listed = [shlex.split(line) for line in (*PLAIN, *ODD)]
    lines = [words for words in listed if command in words] + [_drawn(command, Random(n)) for n in range(LINES)]
    for words in lines:
        found = asked.shortly(words)
        if found is not None:
            answered += 1
            assert found == asked.in_full(words), shlex.join(words)
    assert answered >= 15, "this compares too little"


@pytest.mark.parametrize("command", HOT)
def test_the_words_of_a_hot_command_are_those_that_it_declares(command: str) -> None:
    declared = get_command(import_module(f"qctl.cli.commands.{command}").app).params
    options = {one.name: one for one in declared if one.param_type_name == "option"}

    assert {one.parameter: set(one.names) for one in HOT[command].options} == {
        name: set(one.opts) for name, one in options.items()
    }
    for one in HOT[command].options:
        param: Any = options[one.parameter]
        assert (one.kind == YES) == param.is_flag
        assert (one.kind == TEXTS) == param.multiple
        assert (one.kind == NUMBER) == (param.type.name == "int range")
        assert one.default == param.default
        assert one.kind != NUMBER or (one.least, None) == (param.type.min, param.type.max)
        assert not param.secondary_opts
        assert param.envvar is None
    arguments = [one for one in declared if one.param_type_name == "argument"]
    assert [(name, kind in SEVERAL, kind in NEEDED) for name, kind in HOT[command].arguments] == [
        (one.name, one.nargs == -1, one.required) for one in arguments
    ]
    assert all(one.default is None for one in arguments if one.nargs == 1), MAY_BE_ONE


def _drawn(command: str, random: Random) -> list[str]:
    """A line of pieces that fit, in an order that is none."""
    before = random.sample(_pieces(FLAGS), random.choice((0, 0, 0, 1, 1, 2)))
    own = random.choices(_pieces(WORDS[command]), k=random.choice((0, 1, 1, 2, 2, 3, 4, 6)))
    more = random.sample(_pieces(FLAGS), random.choice((0, 0, 0, 1, 2)))
    after = random.sample([*own, *more], len(own) + len(more))
    return [*(word for piece in before for word in piece), command, *(word for piece in after for word in piece)]


def _pieces(text: str) -> list[list[str]]:
    """Options with the words that stand behind them, each a piece."""
    pieces: list[list[str]] = []
    for word in shlex.split(text):
        if (word.startswith("-") and word != "-") or not pieces or len(pieces[-1]) > 1 or "=" in pieces[-1][0]:
            pieces.append([word])
        elif pieces[-1][0].startswith("-") and pieces[-1] != ["-"]:
            pieces[-1].append(word)
        else:
            pieces.append([word])
    return pieces


class _Asked:
    """What reaches the functions that carry a command out, by either way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._read = read
        self._patch = monkeypatch
        self._found: Any = None
        for name in HOT:
            for where in (f"qctl.cli.hot.{name}", f"qctl.cli.commands.{name}"):
                if name != "run":
                    monkeypatch.setattr(f"{where}.of_words", self._keep)
        for where, opened in (("hot", "open_session"), ("commands", "session")):
            monkeypatch.setattr(f"qctl.cli.{where}.run.{opened}", lambda given, *_: getattr(given, "obj", given))
        for where in ("qctl.cli.hot.run", "qctl.cli.running"):
            monkeypatch.setattr(f"{where}.run", lambda asked, here, _: self._keep(here, **asdict(asked)))

    def _keep(self, invocation: Invocation, **said: object) -> int:
        self._found = (invocation.command, invocation.flags, invocation.rest, said)
        return 0

    def shortly(self, words: Sequence[str]) -> object:
        """What is handed over by the short way; None where that leaves the line to the full parser."""
        self._patch.setattr(calling, "read", self._read)
        try:
            return self._call(words, _no_full_parser)
        except (FullParserNeeded, QctlError):
            return None

    def in_full(self, words: Sequence[str]) -> object:
        """What is handed over by the full parser, or its error."""
        self._patch.setattr(calling, "read", lambda *_: None)
        self._patch.setattr(calling, "load", lambda name: import_module(f"qctl.cli.commands.{name}"))
        try:
            return self._call(words, calling.load)
        except QctlError as error:
            return error

    def _call(self, words: Sequence[str], load: Callable[[str], Any]) -> object:
        self._found = None
        self._patch.setattr(calling, "load", load)
        calling._call(words, Invocation(load=load))
        return self._found


def _no_full_parser(_: str) -> Any:
    raise FullParserNeeded
