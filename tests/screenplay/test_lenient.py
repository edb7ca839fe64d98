"""Files that other readers would refuse: no headings, marks left open, other encodings, no title."""

import pytest

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse


def read(text: str) -> Screenplay:
    return parse_fountain(text.encode())


def kinds(made: Screenplay) -> list[list[str]]:
    return [[element.kind for element in scene.elements] for scene in made.scenes]


# Headings that are not there.


def test_a_script_without_headings_is_one_scene_and_says_so() -> None:
    """Title page, action and talk are read as ever."""
    made = read("Title: Ferry\n\nRain.\n\nANN\nHi.\n\nShe goes.")
    assert (made.title, kinds(made)) == ("Ferry", [["action", "dialogue", "action"]])
    assert made.scenes[0].heading == made.scenes[0].place == ""
    assert [warning for warning in made.warnings if "all of it is one scene" in warning]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("ANN\nHi.", "dialogue"), ("> THE END <", "centered"), ("~La la", "lyric"), ("CUT TO:", "transition"),
     ("/*", ""), ("[[ who?", "action"), ("(low)", "action")],
)  # fmt: skip
def test_one_element_is_a_screenplay(text: str, kind: str) -> None:
    """Whatever stands alone in a file; but nothing at all is refused."""
    if kind:
        assert kinds(read(text)) == [[kind]]
    else:
        with pytest.raises(ScreenplayError, match="empty"):
            read(text)


@pytest.mark.parametrize("text", ["# One\n\n# Two", "= One.\n\n= Two.", "# Act\n= One.\n# Act 2\n= Two."])
def test_an_outline_is_a_scene_that_tells_it(text: str) -> None:
    """Sections and synopses are all there is; the writer of shots learns them."""
    (scene,) = read(text).scenes
    assert "One" in scene.description
    assert "Two" in scene.description


def test_action_before_the_first_heading_is_a_scene_of_its_own() -> None:
    """It is not staged in the first heading's place, and takes no light from it."""
    made = read("FADE IN:\n\nA night sky.\n\nINT. KITCHEN - DAY\n\nANN\nHi.")
    assert [(scene.heading, scene.title) for scene in made.scenes] == [
        ("", "Opening"),
        ("INT. KITCHEN - DAY", "Kitchen, day"),
    ]
    assert (made.scenes[0].actions, made.scenes[0].location, made.scenes[0].lighting) == (("A night sky.",), "", "")
    assert made.warnings == ()


@pytest.mark.parametrize("opening", ["FADE IN:", "ANN (V.O.)\nLong ago.", "ANN (O.S.)\n(low)\nHey."])
def test_fades_and_voices_from_off_lead_into_the_first_scene(opening: str) -> None:
    """There is nothing to be seen before it."""
    assert len(read(f"{opening}\n\nINT. KITCHEN - DAY\n\nSo.").scenes) == 1


def test_without_a_heading_the_prose_says_where() -> None:
    """The first place that it names, inside or outside; where it names none, nothing is said."""

    def where(text: str) -> list[str]:
        return [scene.location for scene in read(text).scenes]

    assert where("The bells of the city. A kitchen, later.") == ["Exterior, city"]
    assert where("A lamp in the office window.") == ["Interior, office"]
    assert where("Rain.\n\nINT. A - DAY") == ["", "Interior, a"]


def test_a_title_page_ends_where_an_indented_value_is_followed_by_a_flush_line() -> None:
    """An empty line is missing, the text is not lost."""
    made = read("Title: A\nContact:\n    Somewhere\nA dog barks.\nIt stops.")
    assert (made.metadata, made.scenes[0].actions) == (
        {"title": "A", "contact": "Somewhere"},
        ("A dog barks. It stops.",),
    )


# Marks that are never closed.


@pytest.mark.parametrize(
    ("text", "actions", "line"),
    [
        ("A dog /* barks.\n\nIt stops.", ("A dog barks.", "It stops."), 3),
        ("A dog.\n\nIt [[why? stops.", ("A dog.", "It why? stops."), 5),
        ("[[one\n\nB [[two]] C", ("one", "B C"), 3),
    ],
)
def test_a_comment_that_is_never_closed_is_text(text: str, actions: tuple[str, ...], line: int) -> None:
    """No word is lost, and the place is told."""
    made = read(f"INT. A\n\n{text}")
    assert made.scenes[0].actions == actions
    assert [warning.split(":")[0] for warning in made.warnings] == [f"line {line}"]


def test_a_note_within_a_note_is_part_of_it() -> None:
    """As in most programs: the first ]] closes both."""
    made = read("INT. A\n\nOne. [[why [[really]] Two.")
    assert (made.scenes[0].actions, made.warnings) == (("One. Two.",), ())


# Encodings.

PAGE = "Title: Café\n\nINT. CAFÉ - DAY\n\nRENÉ\nÇa va\u2026 \u201coui\u201d.\n"


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"), ("utf-32", "UTF-32"),
     ("cp1252", "Windows-1252")],
)  # fmt: skip
def test_other_encodings_are_converted_and_told(codec: str, name: str) -> None:
    """A file in another encoding reads as in UTF-8, with a warning that names the encoding."""
    made, plain = parse_fountain(PAGE.encode(codec)), read(PAGE)
    assert (made.title, made.scenes) == (plain.title, plain.scenes)
    assert [warning for warning in made.warnings if name in warning] == list(made.warnings) != []


def test_latin_1_is_told_from_windows_1252() -> None:
    """They differ in quotes and dashes alone."""
    made = parse_fountain("INT. CAFÉ - DAY\r\n\r\nRené rit.".encode("latin-1"))
    assert made.scenes[0].actions == ("René rit.",)
    assert "Latin-1" in made.warnings[0]


@pytest.mark.parametrize(
    "garbled", ["It\u00e2\u0080\u0099s", "It\u00e2\u20ac\u2122s", "It\u201a\u00c4\u00f4s", "It\u00d5s"]
)
def test_letters_taken_for_another_encoding_are_read_as_they_were(garbled: str) -> None:
    """Of Latin-1, Windows and old Macs, beside whole letters."""
    made = parse_fountain(f"INT. CAF\u00c9 - DAY\n\n{garbled} ten \u2014 now.".encode())
    assert made.scenes[0].actions == ("It\u2019s ten \u2014 now.",)
    assert made.warnings


def test_a_broken_byte_in_utf_8_is_shown() -> None:
    """The rest is not turned into another encoding for its sake."""
    made = parse_fountain("INT. CAFÉ - DAY\n\nRené".encode() + b"\xff.")
    assert made.scenes[0].actions == ("René\ufffd.",)
    assert "line 3: byte 0xff" in made.warnings[0]


def test_json_in_another_encoding_is_read_as_well() -> None:
    """It has the same bytes to be told."""
    made = parse('{"title": "Café", "scenes": [{"heading": "INT. A"}]}'.encode("latin-1"), "x.json")
    assert (made.title, len(made.warnings)) == ("Café", 1)


# Titles.


@pytest.mark.parametrize(
    ("name", "title"),
    [("the-night_bus.fountain", "The night bus"), ("Ferry v2.final.txt", "Ferry v2.final"), ("x.json", "X"),
     ("\x1b[31m.fountain", "[31m"), ("", "Untitled screenplay"), (".fountain", ".fountain")],
)  # fmt: skip
def test_an_untitled_screenplay_takes_the_files_name(name: str, title: str) -> None:
    """A title page's own title wins."""
    assert parse(b'{"scenes": [{"heading": "INT. A"}]}' if name.endswith("json") else b"INT. A", name).title == title
    assert parse(b"Title: Mine\n\nINT. A", "x.fountain").title == "Mine"


def test_marks_typed_twice_and_forced_fades() -> None:
    """`!!WIDE` is action without its marks; a fade forced to be action opens no scene, and nobody tells it."""
    made = read("!FADE IN:\n\nINT. BAR - NIGHT\n\n!!WIDE ON THE BAR\n\nEd pours.")
    (scene,) = made.scenes
    assert [(element.kind, element.text) for element in scene.elements][:2] == [
        ("transition", "FADE IN:"),
        ("action", "WIDE ON THE BAR"),
    ]


@pytest.mark.parametrize(
    ("name", "cue"),
    [("ANNA", "ANNA'S VOICE"), ("JAMES", "JAMES\u2019 VOICE"), ("ANNA", "ANNAS STIMME"), ("HANS", "STIMME VON HANS"),
     ("PAUL", "VOIX DE PAUL"), ("ANNE", "VOIX D\u2019ANNE"), ("ANA", "VOZ DE ANA"), ("ANNA", "VOCE DI ANNA"),
     ("ANA", "VOZ DA ANA"), ("KEES", "STEM VAN KEES"), ("ANNA", "ANNAS RÖST"), ("ANNA", "GŁOS ANNY"),
     ("ИВАН", "ГОЛОС ИВАНА"), ("МАРИЯ", "ГОЛОС МАРИИ"), ("アンナ", "アンナの声")],
)  # fmt: skip
def test_a_voice_is_its_owners(name: str, cue: str) -> None:
    """Who speaks elsewhere speaks from off; 126 of 216 such cues in the scripts of florian-rieder/Movie-Scripts do."""
    made = read(f"INT. BAR - NIGHT\n\nEd pours.\n\n@{cue}\nHo.\n\n@{name}\nHello.\n")
    assert [(line.character, line.extension) for line in made.scenes[0].dialogue] == [(name, "O.S."), (name, "")]


def test_a_voice_of_nobody_known_is_somebody() -> None:
    """WOMAN'S VOICE is no ANNA; a mark behind a long name, or behind a name's S, is found."""
    made = read("INT. BAR - NIGHT\n\nWOMAN'S VOICE\nHo.\n\nRADIO DISPATCHER ONE V.O.\nGo.\n\nGARY'S VOICE OVER\nSo.\n")
    assert [(line.character, line.extension) for line in made.scenes[0].dialogue] == [
        ("WOMAN'S VOICE", ""),
        ("RADIO DISPATCHER ONE", "V.O."),
        ("GARY", "VOICE OVER"),
    ]


@pytest.mark.parametrize(
    "view",
    ["48    PAINTING - HER POV    48", "4A NEW ANGLE 4A", "27 ZAGON", "ANGLE ON DREW", "CLOSER SHOT ON DREW",
     "DREW'S POV", "BACK TO DREW", "GROS PLAN SUR LA MAIN", "NAHAUFNAHME AUF DREW", "PLANO DETALLE DE LA MANO",
     "PRIMO PIANO DI DREW", "CLOSE EM DREW", "NÄRBILD PÅ DREW", "ZBLIŻENIE NA DREWA", "КРУПНЫЙ ПЛАН ДРЮ",
     "MOMENTS LATER", "ON DREW AND THE DOGS"],
)  # fmt: skip
def test_a_shot_is_no_cue(view: str) -> None:
    """A shot with the number in its margin, a view or a time above its action; a number of people speaks."""
    made = read(f"INT. BAR - NIGHT\n\n{view}\nDrew looks up.\n\nDREW\nHello.\n\n2 COPS\nFreeze!\n")
    assert [line.character for line in made.scenes[0].dialogue] == ["DREW", "2 COPS"]
