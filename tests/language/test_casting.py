"""Scratch voices on paper: who sounds like what, what can be said, and which line is heard over which shot."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.animatic.writer.shots import write_shots
from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.people.register import Register
from wzrd.language.sound.casting import NARRATOR, cast_voices, heard_as
from wzrd.language.sound.speech import phrases, silence_for, speakable
from wzrd.language.sound.spotting import ShotText, assign_lines
from wzrd.screenplay.model import scene_brief
from wzrd.screenplay.parse import parse

EXAMPLES = sorted(Path("examples").glob("*.*"))
NAMES = st.sampled_from(["MARA", "TOM", "OLD MAN", "GIRL", "\u739b\u62c9", "UNIT 7", "", "MARA (V.O.)", "x" * 80])
TEXTS = st.sampled_from(
    ["Yes.", "No.", "We turn the lens by hand.", "...", "", "\u5feb\u70b9\u3002", "\U0001f525", "word " * 90]
)
LINES = st.builds(Line, NAMES, TEXTS | st.text(max_size=30))
PAGES = st.lists(st.sampled_from(["The lamp turns.", "Mara climbs the iron stairs alone.", ""]) | LINES, max_size=25)
SHOTS = st.lists(
    st.builds(ShotText, st.sampled_from(["Mara climbs the iron stairs.", "A wide shot.", ""]), TEXTS, NAMES), max_size=8
)


def test_forty_characters_are_all_told_apart() -> None:
    """No two of forty share pitch and pace, and the narrator is nobody's double."""
    cast = cast_voices([f"PERSON {number}" for number in range(40)])
    assert len(cast) == 41
    assert len({(voice.pitch, voice.speed) for voice in cast.values()}) == 41


def test_few_characters_are_far_apart() -> None:
    """Any four leading characters differ by more than a semitone in pitch, or by a tenth in pace."""
    for four in combinations(["JUNO", "PIKE", "ILSE", "TOBIAS", "MR. VANE", "ANNA", "BEN"], 4):
        cast = cast_voices(four)
        for one, other in combinations([voice for key, voice in cast.items() if key], 2):
            apart = max(one.pitch, other.pitch) / min(one.pitch, other.pitch)
            assert apart > 1.06 or abs(one.speed - other.speed) > 0.1, (four, one, other)


@given(st.lists(NAMES, max_size=12), st.lists(st.text(min_size=1, max_size=8), max_size=12))
def test_a_voice_stays_when_others_come(first: list[str], later: list[str]) -> None:
    """Whoever was cast keeps the voice when characters are added behind; the same list gives the same cast."""
    before = cast_voices(first)
    after = cast_voices([*first, *later])
    assert {key: after[key] for key in before} == before
    assert cast_voices(first) == before
    assert all(0.5 < voice.pitch < 1.4 and 0.8 < voice.speed < 1.4 for voice in after.values())


def test_a_name_says_something_of_the_voice() -> None:
    """Men below women, children on top, the old slowly, a radio through its loudspeaker; nobody's line is narrated."""
    cast = cast_voices(["OLD MAN", "MRS. BEAN", "LITTLE GIRL", "RADIO", "THE OLD MAN (O.S.)"])
    assert cast["old man"].pitch < cast["mrs. bean"].pitch < cast["little girl"].pitch
    assert cast["old man"].speed < 1
    assert cast["radio"].radio
    assert len(cast) == 5
    assert cast[""] == NARRATOR


def test_the_page_says_more_than_the_name() -> None:
    """An age and a pronoun in the action are heard: a boy of nine is high, a man of sixty low and slow."""
    page = ["PIKE, sixty, clips his harness on.", "TOBIAS, nine, wet, heaves it up.", "JUNO turns. She lifts her head."]
    cast = cast_voices(
        ["PIKE", "TOBIAS", "JUNO"],
        Register([SceneBrief(1, actions=tuple(page), characters=("PIKE", "TOBIAS", "JUNO"))]),
    )
    assert cast["pike"].pitch < 0.9
    assert cast["pike"].speed < 1
    assert cast["pike"].pitch < cast["juno"].pitch < cast["tobias"].pitch


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*Hello* **world**!!!", "Hello world!"),
        ("INT. KITCHEN - NIGHT", "interior, KITCHEN - NIGHT"),
        ("(beat) Sure. What?!?!", "Sure. What?"),
        ("HELP ME, YOU FOOL!", "Help me, you fool!"),
        ("I love \u5bff\u53f8 a lot \U0001f363\U0001f363", "I love a lot"),
        ("He said \u201cgo\u201d \u2026 she\u2019s gone", 'He said "go"... she\'s gone'),
        ("caf\u00e9 na\u00efve", "caf\u00e9 na\u00efve"),
        ("\u4f60\u597d\uff0c\u4e16\u754c\uff01", ""),
        ("\u041f\u0440\u0438\u0432\u0435\u0442", ""),
        ("\U0001f389", ""),
        ("...?!", ""),
        ("", ""),
    ],
)
def test_only_what_can_be_said_is_said(text: str, said: str) -> None:
    """Markup, directions, emoji and foreign scripts go; abbreviations are spelled out; the rest stays."""
    assert speakable(text) == said


@given(st.text(max_size=300))
def test_any_text_can_be_asked_for(text: str) -> None:
    """Nothing breaks; what is said is plain Latin; phrases lose no word; a silence is 1 to 20 seconds long."""
    said = speakable(text)
    assert said == "" or any(char.isalnum() for char in said)
    assert not any(char > "\u3000" or char in "*_<>\n" for char in said)
    assert 1 <= silence_for(text) <= 20
    assert "".join("".join(phrase.text for phrase in phrases(text)).split()) == "".join(text.split())


def test_a_long_speech_is_said_breath_by_breath() -> None:
    """Titles end no sentence, and a sentence without an end is cut into parts that memory can hold."""
    assert [phrase.text for phrase in phrases("Dr. Reyes left. Who? Him.")] == ["Dr. Reyes left.", "Who?", "Him."]
    assert max(len(phrase.said) for phrase in phrases("on and on " * 400)) <= 280


def test_silences_follow_the_reading() -> None:
    """CJK is read by characters, other scripts by words."""
    assert silence_for("\u4eca\u5929\u5929\u6c14\u5f88\u597d" * 5) == pytest.approx(6.0)
    assert silence_for("\u041f\u0440\u0438\u0432\u0435\u0442 " * 13) == pytest.approx(5.0)
    assert silence_for("\u4eca" * 500) == 20


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        (Line("A", "x"), "near"),
        (Line("A", "x", None, "O.S."), "far"),
        (Line("A", "x", None, "V.O."), "over"),
        (Line("A", "x", "on the walkie-talkie", "V.O."), "through"),
        (Line("A", "x", "into the walkie-talkie"), "near"),
        (Line("A (ON PHONE)", "x"), "through"),
    ],
)
def test_where_a_voice_comes_from(line: Line, heard: str) -> None:
    """The name's extension and the parenthetical say through what it is heard; speaking into it is not that."""
    assert heard_as(line) == heard


@settings(max_examples=150, deadline=None)
@given(PAGES, SHOTS)
def test_every_line_is_heard_once(page: list[str | Line], shots: list[ShotText]) -> None:
    """Each spoken line of the page lands in one shot, in the page's order; a shot adds its own words at most."""
    heard = assign_lines(page, shots)
    assert len(heard) == len(shots)
    spoken = [part for part in page if isinstance(part, Line) and part.text.strip()]
    if shots:
        found = [line for group in heard for line in group]
        places = iter(found)
        speakers = [voice_key(line.character) for line in spoken]
        assert all(any(voice_key(line.character) == speaker for line in places) for speaker in speakers)
        assert len(spoken) <= len(found) <= len(spoken) + len(shots)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("count", [1, 3, 4, 5, 6])
def test_the_examples_are_spotted_sensibly(path: Path, count: int) -> None:
    """Each quoting shot says its line, all lines are there in order, and no shot carries most of a talkative scene."""
    for scene in parse(path.read_bytes(), path.name).scenes:
        brief = scene_brief(scene)
        shots = write_shots(brief, count)
        heard = assign_lines(
            brief.script,
            [
                ShotText(one.idea, one.dialogue, one.extra.get("speaker", ""), one.brief.lines if one.brief else ())
                for one in shots
            ],
        )
        assert tuple(line for group in heard for line in group) == brief.dialogue
        for shot, group in zip(shots, heard, strict=True):
            assert not shot.dialogue or shot.dialogue.strip('"') in {line.text.strip('"') for line in group}
        if count > 3:
            assert max(map(len, heard)) <= 5


def test_a_shortened_quote_still_finds_its_line() -> None:
    """A quote that was cut short, or with other marks around it, anchors the line, which is spoken whole."""
    page = [Line("TOM", "They saw us the night your father drowned."), Line("MARA", "Then we turn the lens by hand.")]
    shots = [
        ShotText("A wide.", ""),
        ShotText("Close.", "\u201cThey saw us the night\u2026\u201d", "Tom"),
        ShotText("Mara.", ""),
    ]
    assert assign_lines(page, shots) == [(), (page[0],), (page[1],)]


def test_a_users_own_words_are_spoken() -> None:
    """A line that the page has not is spoken by the shot's speaker; one that rewords the page's is spoken instead."""
    page = [Line("MARA", "Then we turn the lens by hand.")]
    assert assign_lines(page, [ShotText("Tom.", "Wait for me!", "Tom"), ShotText("Mara turns.", "")]) == [
        (Line("Tom", "Wait for me!"),),
        (page[0],),
    ]
    reworded = assign_lines(page, [ShotText("Mara.", "Then we will turn that lens by hand.", "Mara")])
    assert reworded == [(Line("MARA", "Then we will turn that lens by hand."),)]


def test_no_script_and_no_shots() -> None:
    """Without a page the shots speak for themselves; without shots nothing is heard."""
    assert assign_lines([], [ShotText("x", '"Go."', "Mara"), ShotText("y", "")]) == [(Line("Mara", "Go."),), ()]
    assert assign_lines([Line("A", "Hello.")], []) == []
