"""Fountain, rule by rule (https://fountain.io/syntax)."""

import pytest

from wzrd.domain.errors import ScreenplayError
from wzrd.domain.shots import Line
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.model import Screenplay


def read(text: str) -> Screenplay:
    return parse_fountain(text.encode())


def body(text: str) -> list[tuple[str, str]]:
    """Kind and text of the elements of one scene with this body."""
    (scene,) = read(f"INT. ROOM - DAY\n\n{text}").scenes
    return [(element.kind, element.text) for element in scene.elements]


def lines(text: str) -> tuple[Line, ...]:
    return read(f"INT. ROOM - DAY\n\n{text}").scenes[0].dialogue


def headings(text: str) -> list[str]:
    return [scene.heading for scene in read(text).scenes]


# The title page.


def test_a_title_page_has_keys_with_values_of_one_or_many_lines() -> None:
    """Indented lines continue a value; emphasis is taken off; unknown keys are kept."""
    made = read(
        "Title:\n    _**BRICK & STEEL**_\n    _**FULL RETIRED**_\nAuthor: Stu\nContact:\n\tNext Level\n\tSolvang\n"
        "Studio cat: Ilse\nTone: Dry\nGenre: Noir\nStyle: Ink\nAspect Ratio: 2.39 : 1\n\nINT. A - DAY\n\nSo."
    )
    assert (made.title, made.author, made.tone, made.genre) == ("BRICK & STEEL FULL RETIRED", "Stu", "Dry", "Noir")
    assert (made.style, made.aspect_ratio) == ("Ink", "2.39:1")
    assert made.metadata["contact"] == "Next Level\nSolvang"
    assert made.metadata["studio cat"] == "Ilse"


def test_a_title_page_may_have_empty_lines_between_known_keys() -> None:
    """Title, empty line, Author is one title page."""
    assert read("Title: A\n\nAuthor: B\n\nINT. A - DAY").author == "B"


@pytest.mark.parametrize("opening", ["FADE IN:", "He says: no.", "INT. HOUSE: KITCHEN - DAY", "CUT TO:"])
def test_a_colon_alone_makes_no_title_page(opening: str) -> None:
    """A transition, a line of action or a heading with a colon at the top stays what it is."""
    assert not read(f"{opening}\n\nINT. A - DAY").metadata


def test_without_a_title_page_the_screenplay_still_has_a_title() -> None:
    """The project will be named, whatever the file lacks."""
    assert read("INT. A - DAY").title == "Untitled screenplay"


def test_an_aspect_ratio_that_is_none_is_told_with_its_place() -> None:
    """The remedy is part of the message."""
    with pytest.raises(ScreenplayError, match=r"line 2, column 14: .*'banana'.*write it as 16:9") as caught:
        read("Title: A\nAspect Ratio: banana\n\nINT. A - DAY")
    assert caught.value.line == 2


# Scene headings.


@pytest.mark.parametrize(
    "heading",
    [
        "INT. ROOM - DAY", "EXT. ROOM - DAY", "EST. ROOM - DAY", "INT./EXT. ROOM - DAY", "INT/EXT ROOM - DAY",
        "INT/EXT. ROOM - DAY", "I/E ROOM - DAY", "I/E. ROOM - DAY", "int. room - day", "EXT ROOM - DAY",
    ],
)  # fmt: skip
def test_headings_begin_with_a_known_word(heading: str) -> None:
    """In any case, with a full stop or a space behind it."""
    assert headings(f"{heading}\n\nSo.") == [heading]


@pytest.mark.parametrize("text", ["INTERIOR MONOLOGUE", "Extra chairs.", "EXTRAS RUN.", "ESTHER sits."])
def test_other_words_that_begin_alike_make_no_heading(text: str) -> None:
    """INTERIOR and ESTHER are action."""
    assert body(text) == [("action", text)]


def test_a_heading_needs_an_empty_line_before_it() -> None:
    """Within a paragraph it is action, as the syntax says."""
    assert headings("INT. A - DAY\n\nShe reads:\nINT. B - DAY\n\nEXT. C - DAY") == ["INT. A - DAY", "EXT. C - DAY"]


def test_a_full_stop_forces_a_heading_and_an_ellipsis_does_not() -> None:
    """Only a single full stop with a letter or digit behind it."""
    assert headings(".SNIPER SCOPE POV\n\nSo.\n\n...and on.\n\n.2ND UNIT") == ["SNIPER SCOPE POV", "2ND UNIT"]


@pytest.mark.parametrize(("mark", "label"), [("#1#", "1"), ("#1A#", "1A"), ("#I-1-A.#", "I-1-A."), ("#110A#", "110A")])
def test_scene_numbers_leave_the_heading(mark: str, label: str) -> None:
    """The author's number is kept beside ours."""
    (scene,) = read(f"INT. HOUSE - DAY {mark}").scenes
    assert (scene.number, scene.label, scene.heading) == (1, label, "INT. HOUSE - DAY")


def test_what_only_looks_like_a_scene_number_stays() -> None:
    """Suite #5 has one sign, and a name of two words is no number."""
    assert headings("INT. SUITE #5 - DAY\n\nINT. ROOM #big room#") == ["INT. SUITE #5 - DAY", "INT. ROOM #big room#"]


# Action.


def test_action_is_what_is_nothing_else_and_keeps_its_lines() -> None:
    """One paragraph, one element; indentation by tabs or spaces does not matter."""
    assert body("One.\n\tTwo.\n\n    Three.") == [("action", "One.\nTwo."), ("action", "Three.")]


def test_an_exclamation_mark_forces_action() -> None:
    """A line that would be a cue or a heading is action, and ends a speech."""
    assert body("!SCANNING THE AISLES\nShe runs.") == [("action", "SCANNING THE AISLES\nShe runs.")]
    assert body("!CUT TO:") == [("action", "CUT TO:")]
    assert body("!INT. NOT A SCENE") == [("action", "INT. NOT A SCENE")]
    assert body("ANN\nHi.\n!BOOM") == [("dialogue", "Hi."), ("action", "BOOM")]


# Characters and what they say.


def test_a_cue_is_in_capitals_between_an_empty_line_and_a_speech() -> None:
    """Without a speech below, or without the empty line above, capitals are action."""
    assert body("STEEL\nThe man's a myth!") == [("dialogue", "The man's a myth!")]
    assert body("STEEL\n\nThe man.") == [("action", "STEEL"), ("action", "The man.")]
    assert body("He sees:\nSTEEL\nand runs.") == [("action", "He sees:\nSTEEL\nand runs.")]


@pytest.mark.parametrize(
    ("cue", "name", "extension"),
    [
        ("MOM (O. S.)", "MOM", "O. S."),
        ("HANS (on the radio)", "HANS", "on the radio"),
        ("ANN (CONT'D)", "ANN", ""),
        ("ANN (CONT\u2019D)", "ANN", ""),
        ("ANN (V.O.) (CONT'D)", "ANN", "V.O."),
        ("R2D2", "R2D2", ""),
        ("MR. O'NEIL-SMITH", "MR. O'NEIL-SMITH", ""),
        ("@McCLANE", "McCLANE", ""),
        ("@山田 (声)", "山田", "声"),
        ("ИВАН ПЕТРОВИЧ (V.O.)", "ИВАН ПЕТРОВИЧ", "V.O."),
        ("ÉLODIE", "ÉLODIE", ""),
        ("    ANN   LEE", "ANN LEE", ""),
        ("**ANN**", "ANN", ""),
        ("ANN (V.O.) \u2020", "ANN", "V.O."),
        ("*ANN", "ANN", ""),
    ],
)
def test_a_name_is_what_is_left_without_its_extensions(cue: str, name: str, extension: str) -> None:
    """One character, one voice, however the cue is written and in whatever script."""
    (element,) = read(f"INT. ROOM - DAY\n\n{cue}\nHello.").scenes[0].elements
    assert (element.kind, element.character, element.extension) == ("dialogue", name, extension)


@pytest.mark.parametrize("cue", ["23", "山田は走る。", "Ann", "ANN (off", "(V.O.)", "@"])
def test_what_cannot_be_a_name_is_action(cue: str) -> None:
    """No letter, a sentence, no capital in a script that has them, an open parenthesis: no cue."""
    assert body(f"{cue}\nHello.")[0][0] == "action"


def test_a_name_keeps_its_first_spelling() -> None:
    """A forced McCLANE and a later MCCLANE are one voice."""
    assert {line.character for line in lines("@McCLANE\nA.\n\nMCCLANE\nB.")} == {"McCLANE"}


def test_directions_divide_a_speech() -> None:
    """Each line is spoken as the parenthetical before it says."""
    text = "ANN\n(quiet)\nOne\ntwo.\n(beat; then\nlouder)\nThree.\n(she goes)"
    assert lines(text) == (Line("ANN", "One two.", "quiet"), Line("ANN", "Three.", "beat; then louder"))
    assert body(text)[-1] == ("parenthetical", "she goes")


def test_a_parenthesis_that_does_not_close_is_speech() -> None:
    """Nothing said is lost."""
    assert lines("ANN\n(and then\nhe went\naway\nfor\never\nand ever)\nSo.")[0].text.startswith("(and then he went")


def test_two_spaces_keep_a_speech_going_over_an_empty_line() -> None:
    """An empty line ends it; so does a line with other white space."""
    assert body("ANN\nOne.\n  \nTwo.") == [("dialogue", "One.\n\nTwo.")]
    assert body("ANN\nOne.\n\nTwo.") == [("dialogue", "One."), ("action", "Two.")]
    assert body("ANN\nOne.\n\t\nTwo.") == [("dialogue", "One."), ("action", "Two.")]


def test_dual_dialogue_marks_the_second_speaker() -> None:
    """Both speeches stay in order."""
    elements = read("INT. A - DAY\n\nBRICK\nScrew it.\n\nSTEEL (V.O.) ^\nScrew it!").scenes[0].elements
    assert [(e.character, e.dual) for e in elements] == [("BRICK", False), ("STEEL", True)]


def test_lyrics_are_sung_by_whoever_has_the_cue() -> None:
    """Within a speech a lyric has a singer; alone it has none."""
    assert lines("WILLY\n~Come with me") == (Line("WILLY", "Come with me", "singing"),)
    assert body("~La la") == [("lyric", "La la")]
    assert lines("~La la") == ()


# Transitions, centred text, structure.


@pytest.mark.parametrize("text", ["CUT TO:", "SMASH CUT TO:", "> Burn to white.", ">FADE OUT.", "FADE IN:"])
def test_transitions(text: str) -> None:
    """Capitals that end in TO:, the usual fades, or anything behind a `>`."""
    assert body(text) == [("transition", text.lstrip("> "))]


@pytest.mark.parametrize("text", ["Cut to:", "WE GO TO: ", "THEY SAY TO: \t"])
def test_no_transitions(text: str) -> None:
    """Lower case, or a space behind the colon, is action."""
    assert body(text) == [("action", text.strip())]


def test_centred_text_is_seen() -> None:
    """A title card is an action that a shot can show."""
    assert body("> THE END <") == [("centered", "THE END")]
    assert read("INT. A - DAY\n\n> THE END <").scenes[0].actions == ("THE END",)


def test_sections_and_page_breaks_are_structure_and_a_synopsis_belongs_to_its_scene() -> None:
    """A synopsis below a section tells the section, not the scene before it."""
    made = read(
        "# Act\n\n= The act.\n\n## Part\n\nINT. A - DAY\n\n= *She* waits.\n\nSo.\n\n==="
        "\n\n# Act 2\n= All falls.\n\nINT. B"
    )
    assert [scene.synopsis for scene in made.scenes] == ["She waits.", ""]
    assert made.scenes[0].actions == ("So.",)


def test_what_stands_before_the_first_heading_opens_the_first_scene() -> None:
    """A voice over black is not lost."""
    made = read("FADE IN:\n\nANN (V.O.)\nLong ago.\n\nINT. A - DAY\n\nSo.")
    assert made.scenes[0].dialogue == (Line("ANN", "Long ago.", extension="V.O."),)
    assert [element.kind for element in made.scenes[0].elements] == ["transition", "dialogue", "action"]


# Notes, boneyard, emphasis.


def test_notes_and_boneyard_are_gone_wherever_they_stand() -> None:
    """In a line, over lines, over empty lines; the rest of the line stays."""
    assert body("He [[who?]] runs.") == [("action", "He runs.")]
    assert body("One. [[a\n  \nb]] Two.") == [("action", "One.\nTwo.")]
    assert body("One.\n[[here]]\nANN\nHi.") == [("action", "One."), ("dialogue", "Hi.")]
    assert body("One.\n\n/*\nINT. GONE\n\nANN\nGone.\n*/\n\nTwo.") == [("action", "One."), ("action", "Two.")]
    assert body("[[/* not a boneyard]]So.") == [("action", "So.")]
    assert body("/* [[ not a note */So.") == [("action", "So.")]


def test_a_comment_on_a_line_of_its_own_does_not_end_a_speech() -> None:
    """The speech goes on below it, and a cue may have a note below it."""
    assert body("ANN\n[[softer?]]\nOne\n/* old */\ntwo.") == [("dialogue", "One\ntwo.")]


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("*a* **b** ***c*** _d_", "a b c d"),
        ("_**both**_ and *in **side** it*", "both and in side it"),
        (r"the code is **\*9765\***", "the code is *9765*"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a lone *star", "a lone *star"),
        ("snake_case_name", "snake_case_name"),
        (r"\_not\_ under", "_not_ under"),
        ("*one\ntwo*", "*one\ntwo*"),
        ("***bold italic* bold**", "bold italic bold"),
        ("C:\\temp", "C:\\temp"),
    ],
)
def test_emphasis_is_taken_off(marked: str, plain: str) -> None:
    """Markers that have a partner on their line go, others are text; a backslash keeps one."""
    assert body(marked) == [("action", plain)]


# Encodings and line ends.


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\u2028", "\u2029", "\u200b\n\u200e", "\n\ufeff"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_change_nothing(end: str, mark: bytes) -> None:
    """A file from any system is the same screenplay."""
    text = "Title: A\n\nINT. ROOM - DAY\n\nANN\nOne.\n  \nTwo.\n\nSo."
    assert parse_fountain(mark + text.replace("\n", end).encode()) == read(text)


def test_a_text_of_old_macs_is_read() -> None:
    """Its apostrophe between small letters is no letter of any other encoding."""
    data = "INT. CAFÉ - DAY\n\nAnna\u2019s hat.\n".encode("mac_roman")
    made = parse_fountain(data)
    assert (made.scenes[0].heading, made.scenes[0].actions) == ("INT. CAFÉ - DAY", ("Anna\u2019s hat.",))
    assert "Mac Roman" in made.warnings[0]


def test_control_characters_do_not_reach_a_terminal() -> None:
    """An escape sequence in a name or line is harmless text."""
    made = read("INT. ROOM\x1b[2J - DAY\n\nANN\x07\nHi\x1b[31m.\n\nA\u2028B\x0c")
    assert not [char for char in repr(made) if char in "\x1b\x07\u2028\x0c"]
    assert "\x1b" not in made.scenes[0].heading + made.scenes[0].dialogue[0].text
