"""What the words of `qctl run` come to, before anything is sent."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qctl import Qctl
from qctl.cli.commands.cancel import signal_number
from qctl.cli.each import each
from qctl.cli.hot.progress import fraction_of
from qctl.cli.requesting import options, request
from qctl.cli.submit_options import Wish
from qctl.config import Config
from qctl.config.host_zone import host_zone, named_zone
from qctl.config.jobs import submission_of
from qctl.config.requests import Options, Request, prepare
from qctl.errors import UsageError
from qctl.model.call import Call, Kind, Values
from qctl.model.params import ParameterError
from qctl.model.submission import IfExists
from qctl.model.task import Param, ParamType, Task

NOW = datetime(2026, 11, 22, 14, 2, 11, tzinfo=UTC)


def test_options_are_read_and_dates_are_given_back_to_be_echoed() -> None:
    wish = Wish(priority="high", eta="15:30", expires="tomorrow", key="k", if_exists="skip", labels=["env=prod", "a="])
    said, dates = options(wish, NOW, UTC)
    assert said == Options(
        priority=7,
        eta_ms=round(datetime(2026, 11, 22, 15, 30, tzinfo=UTC).timestamp() * 1000),
        expires=(datetime(2026, 11, 23, tzinfo=UTC) - NOW).total_seconds(),
        key="k",
        if_exists=IfExists.SKIP,
        labels={"env": "prod", "a": ""},
    )
    assert [(word, moment.at.hour) for word, moment in dates] == [("starts", 15), ("expires", 0)]


def test_durations_say_how_long_from_now() -> None:
    said, dates = options(Wish(countdown="1h30m", expires="90", priority="9", retries=0), NOW, UTC)
    assert (said.countdown, said.eta_ms, said.expires, said.priority, said.retries) == (5400.0, None, 90.0, 9, 0)
    assert [(word, moment.echo(NOW)) for word, moment in dates] == [
        ("starts", "Sun 2026-11-22 15:32:11 +00:00 UTC (in 1h30m)")
    ]


def test_a_label_given_twice_alike_is_one() -> None:
    assert options(Wish(labels=["env=prod", "env=prod"]), NOW, UTC)[0].labels == {"env": "prod"}


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(countdown="1h", eta="15:30"), "give one"),
        (Wish(countdown="soon"), "--in: `soon` is no duration"),
        (Wish(eta="yesterday"), "ago"),
        (Wish(expires="yesterday"), "ago"),
        (Wish(eta="9999-12-31"), "more than 100 years away is surely a slip"),
        (Wish(priority="10"), "--priority is 0 to 9"),
        (Wish(if_exists="repalce"), "did you mean `replace`"),
        (Wish(if_exists="skip"), "it goes with --key"),
        (Wish(labels=["prod"]), "--label is name=value"),
        (Wish(labels=["env=prod", "env=test"]), "--label env is given twice: `prod` and `test`"),
    ],
)
def test_a_wrong_option_is_refused_with_its_flag(wish: Wish, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        options(wish, NOW, UTC)


def test_a_task_that_is_not_declared_here_takes_any_parameters(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("from a file\n")
    words = ["a=1", "b:=[1, null]", f"c=@{tmp_path / 'note'}"]
    wanted = request("remote", words, ["--", "x"], Config(), "/", Options())
    assert wanted.params == {"a": "1", "b": [1, None], "c": "from a file\n"}
    assert (wanted.args, wanted.adhoc) == (("--", "x"), False)


@pytest.mark.parametrize(
    ("type_", "typed", "value"),
    [(ParamType.INT, "12345", 12345), (ParamType.JSON, '{"a": 1}', {"a": 1}), (ParamType.LIST, "a1, b2", ["a1", "b2"])],
)
def test_a_secret_that_is_typed_is_read_by_its_type(type_: ParamType, typed: str, value: object) -> None:
    config = having(Param(name="token", type=type_, secret=True, required=True))
    assert request("t", [], None, config, "/", Options(), lambda _: typed).params == {"token": value}
    words = ("t", ["file={}"], None)
    assert [one.params["token"] for one in each("-", [(1, "a")], words, config, "/", Options(), lambda _: typed)] == [
        value
    ]


def test_a_secret_that_is_typed_and_does_not_fit_is_refused_and_not_shown() -> None:
    config = having(Param(name="token", type=ParamType.INT, secret=True, required=True))
    typed = "hunter" + "22"  # in two pieces: a traceback shows this line as well
    with pytest.raises(ParameterError, match="is not a whole number") as refused:
        request("t", [], None, config, "/", Options(), lambda _: typed)
    assert typed not in "".join(traceback.format_exception(refused.value))


def having(*params: Param) -> Config:
    """A configuration with the task `t`."""
    all_of_them = (*params, Param(name="file", required=False))
    return Config(tasks={"t": Task(name="t", kind=Kind.RUN, run="true", params=all_of_them)})


def test_words_after_two_dashes_alone_are_a_command_of_its_own() -> None:
    wanted = request(None, [], ["rsync", "-a", "a b"], Config(), "/srv", Options())
    assert (wanted.adhoc, wanted.args, wanted.cwd) == (True, ("rsync", "-a", "a b"), "/srv")
    with pytest.raises(UsageError, match="run what"):
        request(None, [], [], Config(), "/srv", Options())


@pytest.mark.parametrize(("said", "fraction"), [("0.5", 0.5), ("50%", 0.5), ("3/10", 0.3), ("1", 1.0), ("0", 0.0)])
def test_progress_is_read_as_people_say_it(said: str, fraction: float) -> None:
    assert fraction_of(said) == fraction


@pytest.mark.parametrize("said", ["half", "2", "150%", "1/0", "-1", "nan", "3/"])
def test_progress_that_says_nothing_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match="does not say how far"):
        fraction_of(said)


def test_a_signal_has_a_name_or_a_number() -> None:
    assert [signal_number(text) for text in ("TERM", "sigkill", "2")] == [15, 9, 2]
    for wrong in ("TREM", "0", "999"):
        with pytest.raises(UsageError, match="there is no signal"):
            signal_number(wrong)


def test_the_zone_of_this_host_is_one_that_knows_its_clocks() -> None:
    assert str(host_zone({"TZ": "Europe/Berlin"})) == "Europe/Berlin"
    assert str(host_zone({"TZ": ":America/New_York"})) == "America/New_York"
    assert host_zone({"TZ": "Nowhere/Land"}) is UTC
    assert host_zone({}) is not None
    assert named_zone("../../etc/passwd") is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(countdown=-1), "countdown is a number of seconds"),
        (Options(countdown=float("nan")), "countdown is a number of seconds"),
        (Options(expires=1e12), "expires is a number of seconds"),
    ],
)
def test_a_distance_that_is_none_is_refused_from_python_too(options: Options, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        prepare(Request(task="t", options=options), Config(), strict=False)


def test_what_send_does_not_understand_is_named() -> None:
    with pytest.raises(TypeError, match=r"send\(\) takes no option qeue"):
        Qctl().send("t", qeue="high")
    with pytest.raises(UsageError, match="named by a text, not by NoneType"):
        prepare(Request(task=None), Config(), strict=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wanted",
    [
        Request(task="adhoc", args=("printf", "caf\udce9"), adhoc=True, cwd="/"),
        Request(task="adhoc", args=("ls",), adhoc=True, cwd="/srv/caf\udce9"),
        Request(task="t", options=Options(labels={"a": "caf\udce9"})),
    ],
)
def test_words_that_are_not_utf_8_are_refused_by_name_and_no_bug(wanted: Request) -> None:
    with pytest.raises(UsageError, match=r"caf.* is not UTF-8"):
        prepare(wanted, Config(), strict=False)


def test_what_no_worker_would_read_is_refused_before_it_is_sent() -> None:
    """Attack 30: the limit is that of the reader."""

    def deep(levels: int) -> object:
        given: list[object] = []
        for _ in range(levels - 1):
            given = [given]
        return given

    def body(levels: int) -> bytes:
        given = Values(positional=(deep(levels),))
        return submission_of(Request(task="t"), None, Config(), draw=lambda: "one", values=given).body

    assert len(Call.decode(body(797)).positional) == 1
    for levels in (799, 960):
        with pytest.raises(UsageError, match="nested too deep: a job holds at most 800"):
            body(levels)


@pytest.mark.parametrize(("secret", "given"), [(False, "size=…"), (True, "size=@FILE")])
def test_a_variable_does_not_take_the_place_of_a_parameter(secret: bool, given: str) -> None:
    config = having(Param(name="size", secret=secret))
    wanted = Request(task="t", options=Options(env={"size": "12345"}))
    with pytest.raises(UsageError, match=f"`size` is a parameter of t: give it as {given}"):
        prepare(wanted, config, strict=False)  # as a worker does of what a job submits
