"""What a command says last before it fails is the message of its error."""

from __future__ import annotations

from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import shell

SAYS = 'echo working; echo "E: no space" >&2; echo bye; '


def test_the_error_of_a_command_is_what_it_said_last(hire: Hire) -> None:
    """P13, P14: its code and signal stand beside that, and alone where it said nothing."""
    crew = hire(
        shell(SAYS + "exit 22", name="code"),
        shell(SAYS + "kill -TERM $$", name="killed"),
        shell("exit 22", name="silent"),
        shell("echo only out; exit 22", name="out"),
        shell('seq 9999; echo "E: disk" >&2; exit 22', name="flood", output_max=1024),
        shell(SAYS, name="fine"),
    )

    ended = {name: crew.run(name) for name in ("code", "killed", "silent", "out", "flood", "fine")}

    errors = {name: one.error and (one.error.type, one.error.message) for name, one in ended.items()}
    assert errors == {
        "code": ("exit", "E: no space"),
        "killed": ("signal", "E: no space"),
        "silent": ("exit", "exit 22"),
        "out": ("exit", "only out"),
        "flood": ("exit", "E: disk"),
        "fine": None,
    }
    assert (ended["code"].exit_code, ended["killed"].signal) == (22, 15)


def test_an_error_that_differs_in_numbers_only_is_the_same(hire: Hire) -> None:
    crew = hire(shell('echo "curl: (22) error: $1" >&2; exit 22'))

    one, other, third = (crew.run("sh", args=(text,)) for text in ("503", "504", "none"))

    assert one.error is not None
    assert other.error is not None
    assert third.error is not None
    assert one.error.fingerprint == other.error.fingerprint != third.error.fingerprint
