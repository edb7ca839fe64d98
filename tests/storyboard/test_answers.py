"""A model's answer, however it is written, cut up or broken: what is complete comes out, once, in order."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wzrd.domain.shots import ShotIdea
from wzrd.storyboard.answers import MAX_IDEA, AnswerReader
from wzrd.storyboard.json_stream import MAX_ANSWER, JsonStream

TWO = ["Wide shot of the lighthouse in rain.", "Close-up on Mara as she turns."]


def read(text: str, cuts: list[int] | None = None) -> list[ShotIdea]:
    """Everything that a text gives when it arrives cut at these places."""
    reader = AnswerReader()
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts or [])})
    pieces = [text[start:end] for start, end in pairwise(places)]
    return [shot for piece in pieces for shot in reader.feed(piece)] + reader.finish()


def ideas(text: str) -> list[str]:
    """The descriptions alone."""
    return [shot.idea for shot in read(text)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TWO),
        json.dumps({"shots": TWO}),
        json.dumps({"ideas": TWO}),
        json.dumps({"descriptions": TWO}),
        "```json\n" + json.dumps({"shots": TWO}, indent=2) + "\n```",
        "Sure! Here are [two] {great} shots:\n" + json.dumps(TWO) + "\nEnjoy {them}.",
        json.dumps({"shots": [{"description": text} for text in TWO]}),
        json.dumps([{"prompt_idea": text, "n": 1} for text in TWO]),
        json.dumps({"result": {"scene": 3, "shots": [{"text": text, "tags": ["a b c"]} for text in TWO]}}),
        json.dumps({"scene": {"description": "Not a shot."}, "shots": TWO}),
        json.dumps({"shot_1": TWO[0], "shot_2": {"idea": TWO[1]}}),
        json.dumps({"shots": {"1": TWO[0], "2": TWO[1]}}),
        "\n".join(json.dumps({"description": text}) for text in TWO),
        f'{{"shots": ["{TWO[0]}" "{TWO[1]}",]}}',
        f'["1. {TWO[0]}", "**Shot 2:** {TWO[1]}"]',
        f'["{TWO[0]}", "{TWO[0].upper()}", "{TWO[1]}"]',
        json.dumps({"shots": [TWO[0], 3, None, "", "  ", "!!", [TWO[0] + "x"], {"size": "CU"}, TWO[1]]}),
        f"1. {TWO[0]}\n2) {TWO[1]}\n3. A third one that broke o",
        f'{{"shots": ["{TWO[0]}", "{TWO[1]}"',
        f'{{"shots": ["{TWO[0]}", {{"description": "{TWO[1]}"}}, {{"description": "Cut off here',
        f'[{{"description": "{TWO[0]}"}}, }} {{"description": "{TWO[1]}"}}]]}}',
    ],
)
def test_every_dialect_gives_the_same_two_shots(text: str) -> None:
    """Bare, wrapped, fenced, keyed, numbered, listed, repeated or truncated: the two complete shots and no other."""
    assert ideas(text) == TWO


def test_shots_come_out_while_later_ones_are_written() -> None:
    """A string or an object is given as soon as it is closed; nothing waits for the end."""
    reader = AnswerReader()
    assert reader.feed('{"shots":[{"description":"Wide of the sea."') == []
    assert [shot.idea for shot in reader.feed("}")] == ["Wide of the sea."]
    assert [shot.idea for shot in reader.feed(',"A second one.",')] == ["A second one."]
    assert reader.feed('"A third that never') == []
    assert reader.finish() == []


def test_fields_of_an_object_are_understood() -> None:
    """Synonyms of keys and values, numbers as text, nested camera details: all become the shot's own values."""
    shot = read(
        json.dumps(
            {
                "shots": [
                    {
                        "promptIdea": "Mara lifts the lantern.",
                        "Shot-Type": "MCU",
                        "camera": {"movement": "slow push in", "angle": "Low angle", "focal length": "50mm"},
                        "title": "The lantern",
                        "dialogue": "Who is there?",
                    }
                ]
            }
        )
    )[0]
    assert (shot.size, shot.move, shot.angle, shot.lens_mm) == ("medium_close_up", "dolly_in", "low", 50)
    assert (shot.title, shot.dialogue) == ("The lantern", "Who is there?")


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("CU", "close_up"),
        ("ECU", "extreme_close_up"),
        ("WS", "wide"),
        ("EWS", "extreme_wide"),
        ("medium close-up", "medium_close_up"),
        ("Medium Close Up", "medium_close_up"),
        ("close_up", "close_up"),
        ("Full body", "full"),
        ("Establishing shot", "extreme_wide"),
        ("insert", "insert"),
        ("MS (waist up)", "medium"),
        ("something else", "medium"),
    ],
)
def test_size_synonyms(value: str, size: str) -> None:
    """The abbreviations of the set and their spellings; an unknown word leaves the guess."""
    assert read(json.dumps([{"description": "Mara waits.", "size": value}]))[0].size == size


def test_over_the_shoulder_is_an_angle() -> None:
    """OTS in a size field sets the angle, at a medium size."""
    shot = read('[{"description": "Mara listens.", "shot_type": "OTS"}]')[0]
    assert (shot.size, shot.angle) == ("medium", "over_the_shoulder")


@pytest.mark.parametrize(
    ("text", "size", "angle", "move", "lens"),
    [
        ("Low-angle 24mm wide: Jonah runs.", "wide", "low", "static", 24),
        ("Extreme close-up of her eye, slow push in.", "extreme_close_up", "eye_level", "dolly_in", 100),
        ("Handheld medium shot, the crowd surges.", "medium", "eye_level", "handheld", 40),
        ("Her wide eyes close as the full moon rises.", "medium", "eye_level", "static", 40),
        ("Overhead wide shot on an 18mm, craning up.", "wide", "overhead", "crane_up", 18),
        ("Two-shot of Mara and Tom, panning left.", "medium", "two_shot", "pan_left", 40),
    ],
)
def test_a_plain_description_is_read_for_its_framing(text: str, size: str, angle: str, move: str, lens: int) -> None:
    """Size, angle, move and lens come from the words that mean framing, and from no others."""
    shot = read(json.dumps([text]))[0]
    assert (shot.size, shot.angle, shot.move, shot.lens_mm) == (size, angle, move, lens)


def test_strings_are_decoded_and_cleaned() -> None:
    """Escapes, surrogate pairs, lone halves, NUL, direction marks, raw newlines, unescaped quotes."""
    assert ideas(r'["caf\u00e9 \ud83d\ude00 \ud83d lone\u0000 \u202etext"]') == ["caf\u00e9 \U0001f600 lone text"]
    assert ideas('["a raw\n\tnew line"]') == ["a raw new line"]
    assert ideas('["He says "go" and runs", "Next one"]') == ['He says "go" and runs', "Next one"]
    assert ideas('["\ud800 half a pair"]') == ["half a pair"]


def test_long_ideas_end_at_a_sentence() -> None:
    """An essay becomes its first sentences; a text without any end is cut at a word."""
    essay = ideas(json.dumps(["The sea is rough. " * 200]))[0]
    assert len(essay) <= MAX_IDEA
    assert essay.endswith("rough.")
    assert ideas(json.dumps(["sea " * 600]))[0].endswith("sea\u2026")
    assert len(ideas(json.dumps(["x" * 5000]))[0]) <= MAX_IDEA


SIGNS = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\",
    "\n",
    " ",
    "'",
    '","',
    '"}',
    "\x00",
    "\ud800",
    "```json",
    "null",
    "12",
]
WORDS = [
    "shots",
    '"shots":[',
    '"description":"',
    "A wide shot",
    "1. ",
    "- Wide shot of the sea.\n",
    "\\u",
    "d83d",
    "\\ude00",
]
PIECES = st.sampled_from([*SIGNS, *WORDS, "\u96e8\u591c\u3002", "\U0001f600"])
MESSY = st.lists(PIECES | st.text(max_size=6), max_size=60).map("".join)


@given(MESSY, st.lists(st.integers(0, 10_000), max_size=20))
@example('["a\\ud83d\\ude00b" , "c"]', list(range(30)))
def test_cuts_make_no_difference(text: str, cuts: list[int]) -> None:
    """Any text in any pieces gives exactly the shots that it gives in one piece; nothing ever raises."""
    whole = read(text)
    assert read(text, cuts) == whole
    assert read(text, list(range(len(text)))) == whole


@given(MESSY)
def test_what_comes_out_is_usable(text: str) -> None:
    """Every idea says something, is bounded, holds no control characters, and none comes twice."""
    found = [shot.idea for shot in read(text)]
    assert len({idea.casefold() for idea in found}) == len(found)
    for idea in found:
        assert 0 < len(idea) <= MAX_IDEA
        assert any(char.isalnum() for char in idea)
        assert idea.isprintable() or "\x00" not in idea
        idea.encode("utf-8")


@given(st.lists(st.text(min_size=1, max_size=80), max_size=8), st.integers(0, 3), st.lists(st.integers(0, 5000)))
def test_valid_json_is_read_whole(texts: list[str], encoder: int, cuts: list[int]) -> None:
    """An answer that a JSON library wrote is found again, in each accepted form and however it is cut."""
    forms = [
        texts,
        {"shots": texts},
        [{"description": text} for text in texts],
        {"ideas": [{"idea": text} for text in texts]},
    ]
    found = read(json.dumps(forms[encoder], ensure_ascii=len(texts) % 2 == 0), cuts)
    assert found == read(json.dumps(texts))
    assert len(found) <= len(texts)


@pytest.mark.parametrize(
    "text",
    [
        '["' + '" ' * 200_000,
        "[" * 400_000,
        '["a' + "\\" * 400_000,
        "\n- " * 200_000,
        '{"a":' * 100_000,
        '["a"' + "\n" * 400_000,
    ],
)
def test_hostile_texts_cost_linear_time(text: str) -> None:
    """Input that is built to hurt is read up to the cap, within a bound, without raising."""
    started = time.process_time()
    reader = AnswerReader()
    for at in range(0, len(text), 1000):
        reader.feed(text[at : at + 1000])
    reader.finish()
    assert time.process_time() - started < 5


class _Watched(list[Any]):
    """A stack that counts how often it is looked through."""

    passes = 0

    def __iter__(self) -> Iterator[Any]:
        _Watched.passes += 1
        return super().__iter__()


def test_a_wrong_closer_is_passed_over_in_one_step() -> None:
    """It does not look through what is open, however much that is and however many follow."""
    reader = JsonStream()
    reader._stack = _Watched()
    reader.feed('{"shots":' * 64 + "]" * 10_000)
    assert (_Watched.passes, len(reader._stack)) == (0, 64)
    reader.feed("}" * 64)
    assert not reader._stack


def test_input_beyond_the_cap_is_ignored() -> None:
    """A stream without an end is heard only up to MAX_ANSWER characters."""
    reader = AnswerReader()
    assert reader.feed("x" * MAX_ANSWER) == []
    assert reader.feed(json.dumps(TWO)) == []
    assert reader.finish() == []
