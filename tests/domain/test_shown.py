"""Parts of others' texts that people are shown."""

from uuid import UUID

import pytest

from wzrd.domain.shown import name_flow_run, plain, shown, shown_line, unturned

TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
RUN = UUID(int=1)


def test_nothing_turns_a_line_round() -> None:
    """Each of the nine marks goes; what is written from right to left stays, and so do our own colors."""
    for mark in TURNS:
        assert unturned(f"a{mark}b") == shown(f"a{mark}b") == plain(f"a{mark}b") == "ab"
    assert shown_line("\u05e9\u05dc\u05d5\u05dd \u200f!") == "\u05e9\u05dc\u05d5\u05dd \u200f!"
    assert unturned("\x1b[1mbold\x1b[0m\n") == "\x1b[1mbold\x1b[0m\n"


def test_nothing_commands_a_terminal() -> None:
    """Control characters are spaces, tab and line feed stay; on one line these are spaces too."""
    assert shown("a\x1b[2Jb\x07\x9bc\u2028d\ud800\te\n") == "a [2Jb  c d \te\n"
    assert shown_line(" a\x1b\n\tb\r") == "a b"


@pytest.mark.parametrize("label", [f"Film{TURNS}mliF\x1b[2J\n", "", None])
def test_the_name_of_a_flow_run(label: str | None) -> None:
    """The project's title is one plain line of it."""
    name = name_flow_run("compute", RUN, {"label": label})
    assert name == ("FilmmliF [2J · compute 00000000" if label else "compute 00000000")
