"""docs/fakes.md is true: its examples are run as they stand, its tables are those of the code."""

import dataclasses
import os
import re
import shutil
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from server.fakes import Behaviour, Fakes
from server.fakes.app import environment
from server.fakes.script import GOOD_DAY, WORDS, steer
from server.fakes.vendors import VENDORS
from tests.server.fakes import doc_examples

DOCUMENT = (Path(__file__).parents[3] / "docs" / "fakes.md").read_text()
EXAMPLES = doc_examples.read_examples(DOCUMENT)
TOOLS = ("curl", "jq", "bash")


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"the examples need {', '.join(TOOLS)}")
async def test_the_examples_do_what_they_say(fakes: Fakes) -> None:
    """One shell runs them in order, with the variables that `wzrd fakes` prints."""
    told = {"PATH": os.environ["PATH"], **fakes.environment()}
    for example in EXAMPLES:
        assert "127.0.0.1:8790" not in example.command or example.command.startswith("FAKES=")
    commands = [example.command.replace("http://127.0.0.1:8790", fakes.base_url) for example in EXAMPLES]
    outputs = await doc_examples.run_commands(commands, told)
    for example, output in zip(EXAMPLES, outputs, strict=True):
        assert doc_examples.agrees(example.output, output), f"{example.command}\n{output}"


def test_there_are_examples_of_every_chapter() -> None:
    """They were found at all."""
    assert len(EXAMPLES) > 30
    assert sum(bool(example.output) for example in EXAMPLES) > 20


def test_an_output_that_differs_is_seen() -> None:
    """The comparison can fail."""
    assert doc_examples.agrees('{"a":"…","b":1}', '{"a":"xyz","b":1}')
    assert not doc_examples.agrees('{"a":"…","b":1}', '{"a":"xyz","b":2}')
    assert not doc_examples.agrees("", "something")


def test_every_field_of_a_behaviour_is_in_the_table() -> None:
    """With every value that it can have."""
    section = DOCUMENT.partition("| field |")[2].partition("\n\n")[0]
    table = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.MULTILINE))
    fields = {one.name: one for one in dataclasses.fields(Behaviour)}
    assert set(table) == set(fields)
    choices = {name: get_args(one.type) for name, one in fields.items() if get_origin(one.type) is Literal}
    assert len(choices) == 7
    for name, values in choices.items():
        assert re.findall(r"`(\w+)`", table[name]) == [value for value in values if value], name


def test_every_word_is_in_the_table() -> None:
    """And everything in the table is a word."""
    rows = DOCUMENT.partition("| words |")[2].partition("\n\n")[0].splitlines()[2:]
    told = {word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])} - {"4xx", "5xx"}
    assert set(WORDS) <= told
    assert [word for word in told if steer(f"[fake: {word}]", GOOD_DAY) == GOOD_DAY] == []


def test_the_providers_are_those_that_are_faked() -> None:
    """Those that a script can name, and the variables that are named in passing."""
    table = re.search(r"^\| `provider` \| ([^|]*) \|", DOCUMENT, re.MULTILINE)
    assert table is not None
    assert set(re.findall(r"`([\w-]+)`", table[1])) == {
        "fal-ai",
        "elevenlabs",
        *(vendor.provider for vendor in VENDORS),
    }
    named = set(re.findall(r"\b[A-Z][A-Z_]+_(?:KEY|URL)\b", DOCUMENT))
    assert named <= set(environment("http://x"))


async def test_the_shell_is_ended_with_its_examples() -> None:
    """A command that never ends is told, not waited for."""
    with pytest.raises(TimeoutError):
        await doc_examples.run_commands(["sleep 60; echo never"], {"PATH": os.environ["PATH"]}, seconds=0.2)
