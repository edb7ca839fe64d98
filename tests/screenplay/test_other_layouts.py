"""Scripts in layouts of other hands: who speaks is read, doubt is told, no word is lost."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.screenplay.elements import elements_from_json, elements_to_json
from wzrd.screenplay.model import Screenplay, briefs_of
from wzrd.screenplay.parse import parse


def read(text: str) -> Screenplay:
    return parse(text.encode(), "film.txt")


def said(made: Screenplay) -> list[tuple[str, str, str]]:
    """Who speaks, how, and the words."""
    return [(one.character, one.parenthetical or "", one.text) for scene in made.scenes for one in scene.dialogue]


def kinds(made: Screenplay) -> list[str]:
    return [element.kind for scene in made.scenes for element in scene.elements]


def test_a_speech_goes_on_over_the_gap_between_two_pages() -> None:
    """Where names stand in the column of speeches, far from action, as in pages of Brazil; the next name ends it."""
    deep = " " * 20
    told = "".join(f"{deep}{name}\n{deep}Fique aqui.\n\n" for name in ["ANA", "LUIS"] * 3)
    last = f"{deep}ANA\n{deep}Meu irm\u00e3o\n\n\n{deep}foi embora.\n\nLuis sai.\n"
    made = read(f"CENA 1 - INT. SALA - DIA\n\nAna acorda.\n\n{told}{last}")
    assert said(made)[-1] == ("ANA", "", "Meu irm\u00e3o foi embora.")
    assert (len(said(made)), made.scenes[0].actions[-1]) == (7, "Luis sai.")


# An empty line between a name and what it says.


APART = """INT. KITCHEN - DAY

TOM wipes his plate.

TOM

I could do with a bit of steak.

LIZZIE

(tired)

Not a ha'penny.

MAN IN CROWD

Fight!

Tom (whispering)

One bit of steak.

LIZZIE

Good luck.

(she kisses him)

Tom goes.

BLACK RAIN

It falls on the roof.
"""


def test_names_apart_from_their_speech_speak() -> None:
    """A whole script with an empty line behind each name is read, and that is told with line and remedy."""
    made = read(APART)
    assert said(made) == [
        ("TOM", "", "I could do with a bit of steak."),
        ("LIZZIE", "tired", "Not a ha'penny."),
        ("MAN IN CROWD", "", "Fight!"),
        ("TOM", "whispering", "One bit of steak."),
        ("LIZZIE", "", "Good luck."),
    ]
    assert made.scenes[0].actions == ("TOM wipes his plate.", "Tom goes.", "BLACK RAIN", "It falls on the roof.")
    assert made.warnings[0].startswith("line 5: 5 names stand above an empty line")
    assert "line 31: a line that may name a speaker" in made.warnings[1]
    assert "@" in made.warnings[1]


def test_one_name_apart_is_a_slip_and_told() -> None:
    """It speaks where it speaks elsewhere; above a paragraph that tells of it, it is a shot of somebody."""
    block = "INT. A - DAY\n\nTOM\nHi.\n\nANN\nHo.\n\nTOM\nAh.\n\n"
    slip = read(f"{block}TOM\n\nI forgot.\n\nANN\nOh.")
    assert said(slip)[3] == ("TOM", "", "I forgot.")
    assert slip.warnings[0].startswith("line 12: a name stands above an empty line")
    shot = read(f"{block}TOM\n\nTom runs.\n\nANN\nOh.")
    assert len(said(shot)) == 4
    assert shot.scenes[0].actions == ("TOM", "Tom runs.")


def test_lines_in_capitals_between_paragraphs_of_action_speak_not() -> None:
    """A word in capitals that no script's person has, a noise, an overlay: nobody speaks."""
    text = "INT. A - DAY\n\nSILENCE\n\nRain falls.\n\nBANG!\n\nA door.\n\nSUPER: 1944\n\nHe goes.\n"
    assert kinds(read(text)) == ["action"] * 6


# Name and speech on one line.


@pytest.mark.parametrize("sign", [": ", ".\u2014 ", ". \u2013 ", " - ", " \u2014 ", "        "])
def test_name_and_speech_on_one_line(sign: str) -> None:
    """Whatever sign stands between them, where several names in capitals come again with it."""
    lines = (f"ANNA{sign}Hello.", "Anna waits.", f"BERT (aside){sign}Who is it?", f"ANNA{sign}Me.", f"BERT{sign}Ah.")
    made = read("INT. HALL - DAY\n\n" + "\n\n".join(lines))
    assert said(made) == [
        ("ANNA", "", "Hello."),
        ("BERT", "aside", "Who is it?"),
        ("ANNA", "", "Me."),
        ("BERT", "", "Ah."),
    ]
    assert made.warnings == ()
    assert made.scenes[0].actions == ("Anna waits.",)


def test_titles_directions_and_voices_from_off() -> None:
    """An abbreviation before a name, a direction at the head of a speech, OFF beside the name."""
    made = read(
        "INT. A - DAY\n\nMRS. WHITE: (softly) Come.\n\nHERBERT (OFF): No.\n\nMRS. WHITE: Come!\n\nHERBERT (V.O.): No!"
    )
    lines = made.scenes[0].dialogue
    assert [(one.character, one.parenthetical, one.extension, one.text) for one in lines] == [
        ("MRS. WHITE", "softly", "", "Come."),
        ("HERBERT", None, "OFF", "No."),
        ("MRS. WHITE", None, "", "Come!"),
        ("HERBERT", None, "V.O.", "No!"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "ON THE DOOR: a name in brass.",
        "EN LA ALFOMBRA: una mancha.",
        "NOTE: the lamp stays on.",
        "FADE OUT: the hall is empty.",
        "CLOSE ON: a key.",
        "SUPER: Paris, 1944",
        "MUSIK: ein Walzer.",
        "A BRASS SIGN: closed.",
        "SANDEL - 20, blond - vaults over the ropes.",
    ],
)
def test_lines_with_a_colon_that_nobody_says(line: str) -> None:
    """Spots, notes, fades, views, words on the screen and introductions stay action among such speeches."""
    made = read(f"INT. HALL - DAY\n\nANNA: Hi.\n\nBERT: Ho.\n\n{line}\n\nANNA: Ah.\n\nBERT: Oh.\n")
    assert [name for name, _, _ in said(made)] == ["ANNA", "BERT", "ANNA", "BERT"]
    assert any(element.text == line for scene in made.scenes for element in scene.elements)


def test_a_name_that_stands_nowhere_else_is_told() -> None:
    """It is read as who speaks, and the line is told."""
    made = read("INT. HALL - DAY\n\nANNA: Hi.\n\nBERT: Ho.\n\nGUSTAVO: Buenas.\n\nANNA: Ah.\n\nBERT: Oh.\n")
    assert ("GUSTAVO", "", "Buenas.") in said(made)
    assert made.warnings[0].startswith("line 7: a line with a name and a colon was read as what the name says")


def test_speech_on_the_line_of_a_name_that_has_cues_is_read_and_told() -> None:
    """In a script of cues a line `TOM: Hi.` is speech only where Tom speaks; a single such line alone is told."""
    made = read("INT. A - DAY\n\nTOM\nHi.\n\nTOM\nHo.\n\nTOM: Ah.\n\nTHE CLOCK: nine.\n")
    assert said(made) == [("TOM", "", "Hi."), ("TOM", "", "Ho."), ("TOM", "", "Ah.")]
    assert "line 9" in made.warnings[0]
    lone = read("INT. A - DAY\n\nAnna enters.\n\nANNA: Hi.\n")
    assert (said(lone), "line 5" in lone.warnings[0]) == ([], True)


@pytest.mark.parametrize("cue", ["TOM", "TOM AND ANN", "OLD TOM"])
def test_one_cue_is_enough_for_a_name_with_its_speech_beside_it(cue: str) -> None:
    """Who speaks once on a line of its own, alone or with another, speaks where the colon is, and it is told."""
    made = read(f"INT. A - DAY\n\nTom and Ann wait.\n\nTOM: Ah.\n\n{cue}\nHo.\n\nANN\nYes.\n\nMAN: No.\n\nANN\nHm.\n")
    assert [(name, text) for name, _, text in said(made)] == [
        ("TOM", "Ah."), (cue, "Ho."), ("ANN", "Yes."), ("MAN", "No."), ("ANN", "Hm.")
    ]  # fmt: skip
    assert made.warnings[0].startswith("line 5: 2 lines with a name and a colon were read as what the name says")


def test_a_name_without_a_cue_is_told() -> None:
    """Somebody who is there and stands before a colon among cues may speak: nothing is lost without a word."""
    made = read("INT. A - DAY\n\nSARO waits.\n\nANN\nYes.\n\nSARO: Go.\n\nANN\nHm.\n")
    assert "Go." not in [text for _, _, text in said(made)]
    assert made.warnings[0].startswith("line 8: a line with a name and words behind it was read as action, and may be")


def test_a_script_of_cues_keeps_its_other_lines() -> None:
    """Names in capitals before a dash or a colon do not outnumber the cues: they stay action, and nothing is told."""
    text = "INT. A - DAY\n\n" + "ANN\nHi.\n\nBOB\nHo.\n\n" * 3 + "THE SIGN: closed.\n\nANN - 20, tall - goes.\n"
    made = read(text)
    assert (len(said(made)), made.warnings) == (6, ())


# Titles, credits and lists of the cast.


@pytest.mark.parametrize(
    ("head", "title", "credit"),
    [
        ("THE FERRY\nadapted from Ann Lee (1909)\n", "THE FERRY", "adapted from Ann Lee (1909)"),
        ("THE FERRY\n\nwritten by Ann Lee\n", "THE FERRY", "written by Ann Lee"),
        ("羅生門\n原作\u3000芥川龍之介\n脚色\u3000習作\n", "羅生門", "原作\u3000芥川龍之介\n脚色\u3000習作"),
        ("THE FERRY\n", "THE FERRY", ""),
        ("DAS LETZTE BOOT\n\nKurzfilm\n", "DAS LETZTE BOOT", "Kurzfilm"),
        (
            "UN VERANO\nguion para un corto (2019)\nsin di\u00e1logo\n",
            "UN VERANO",
            "guion para un corto (2019)\nsin di\u00e1logo",
        ),
        ("THE FERRY\na sports short\n", "THE FERRY", "a sports short"),
        ("PROM\nscenariusz etiudy, 6 min.\n", "PROM", "scenariusz etiudy, 6 min."),
        ("T H E   F E R R Y\n", "THE FERRY", ""),
        ('"THE FERRY"                    REV. 4 (GOLDENROD)\n', "THE FERRY", "REV. 4 (GOLDENROD)"),
        ("MY FERRY - a short film script by Jay K.\n", "MY FERRY", "a short film script by Jay K."),
        ('CLIENT: Acme     TITLE: "The Ferry"\nLENGTH: :30     JOB: 17\n', "The Ferry", ""),
    ],
)
def test_a_title_without_a_key_is_no_speaker(head: str, title: str, credit: str) -> None:
    """A first line with a credit below it, or alone in capitals before the first scene, is the title."""
    made = read(f"{head}\nINT. A - DAY\n\nRain.\n")
    assert (made.title, made.metadata.get("credit", ""), len(made.scenes), said(made)) == (title, credit, 1, [])


def test_picture_and_sound_told_apart_are_action_and_speech() -> None:
    """A commercial: frames and labels leave no trace, effects are nobody's words."""
    made = read(
        "FRAME 1 (0:00-0:04)\nVIDEO:  A kitchen. GRAN, 70,\n        pours tea.\nAUDIO:  SFX: tea, endless.\n\n"
        "FRAME 2\nVIDEO:  She winks.\nAUDIO:  GRAN (softly): You kept it\n        so nicely.\n"
        "        ANNCR (VO): Glue.\n"
    )
    assert said(made) == [("GRAN", "softly", "You kept it so nicely."), ("ANNCR", "", "Glue.")]
    assert [one.text for one in made.scenes[0].elements if one.kind == "action"] == [
        "A kitchen. GRAN, 70,\npours tea.", "SFX: tea, endless.", "She winks.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "ANN\nBy the window.\n\nINT. A - DAY\n\nRain.",
        "ANN\nStand by me (I say)\n\nANN\nOh.",
        "ANN\nI want to play.\n\nINT. A - DAY\n\nRain.",
        "ANN\nThis is a short tale.\n\nINT. A - DAY\n\nRain.",
    ],
)
def test_a_speech_at_the_beginning_is_no_title(text: str) -> None:
    """Somebody who speaks before the first scene."""
    made = read(text)
    assert (made.title, said(made)[0][0]) == ("Film", "ANN")


@pytest.mark.parametrize(
    "cast",
    [
        "PERSONAJES: ALICIA (rubia, 19) / JORDÁN, su marido / LA SIRVIENTA, vieja",
        "DRAMATIS PERSONAE\n\nALICIA, 19, blonde\n\nJORDÁN, her husband",
        "登場人物\n下人\u3000二十代\n老婆\u3000七十、白髪",
        "Personen:\nALICIA, 19\nJORDÁN, 35",
        "Personerna.\n\nALICIA.\nJORDÁN, hennes man.\nBetjänten.\nFolk på gatan, i fönstren och på taken",
        "ACTEURS.\n\nALICIA.\nJORDÁN.\nUn valet.",
        "INTERLOCUTORI\n\nALICIA.\nJORDÁN, suo marito.\nUn servo.\n\nATTO PRIMO",
    ],
)
def test_a_list_of_the_cast_is_no_scene(cast: str) -> None:
    """It is kept as the title page's `characters`; nobody in it speaks or acts."""
    made = read(f"{cast}\n\nINT. A - DAY\n\nRain.\n\nALICIA: Ah.\n\nJORDÁN: Oh.\n\nALICIA: Ah!\n")
    assert [scene.heading for scene in made.scenes] == ["INT. A - DAY"]
    assert len(made.metadata["characters"].split()) >= 4
    assert [name for name, _, _ in said(made)] == ["ALICIA", "JORDÁN", "ALICIA"]
    assert briefs_of(made)[0].cast == made.metadata["characters"]
    stored = elements_from_json(elements_to_json(made.scenes[0].elements))
    assert stored == made.scenes[0].elements


def test_a_line_before_the_list_of_the_cast_is_the_title() -> None:
    """In capitals, or in a script that has none; it is no action."""
    made = read("LA LLAVE\n\nPERSONAJES:\nTERESA, viuda\n\nINT. A - DAY\n\nRain.\n")
    assert (made.title, made.scenes[0].actions) == ("LA LLAVE", ("Rain.",))


# Nothing is lost.


WORD = re.compile(r"\w+")
NAMES = st.sampled_from(["ANNA", "BERT", "MRS. WHITE", "OLD MAN", "Łucja", "老婆", "下人"])
SPEECH = st.sampled_from(
    ["Hello there.", "Who: you?", "(softly) No - never.", "Wait!", "待て。", "ANNA. Or not.", "it ends"]
)
ACTION = st.sampled_from(
    ["Anna waits.", "○村の道", "ON THE DOOR: a name", "NOTE: dark", "FADE OUT: rain", "SIGN - CLOSED", "BERT", "GONG!",
     "Bert (30) sits", "THE FERRY", "by Ann Lee", "CAST", "ANNA, 20, tall", "INT. HALL - DAY", "14. I/T STUBE",
     "(he laughs)", "「だれ」", "SILENCE", "12.", "A: B", "EXT. A", "PERSONEN: X / Y", "1. PLENER", "INSERT - HAND"]
)  # fmt: skip
SIGNS = st.sampled_from(
    [": ", ".\u2014 ", " - ", "\n", "\n\n", "\n(low)\n", " (low): ", "「", "\u3000", "      ", "\n          "]
)
TURN = st.tuples(NAMES, SIGNS, SPEECH).map(lambda turn: f"{turn[0]}{turn[1]}{turn[2]}" + "」" * (turn[1] == "「"))
PARTS = st.lists(st.one_of(TURN, TURN, ACTION), min_size=1, max_size=14)


def words_kept(made: Screenplay) -> Counter[str]:
    """Words that stand anywhere in what was read."""
    texts = [*made.metadata, *made.metadata.values(), made.title]
    for scene in made.scenes:
        texts += [scene.heading, scene.label, scene.title, scene.synopsis]
        for one in scene.elements:
            texts += [one.text, one.character, one.parenthetical, one.extension]
    return Counter(WORD.findall("\n".join(texts).casefold()))


@given(PARTS, st.sampled_from(["\n\n", "\n", "\n\n\n"]))
def test_every_word_of_a_file_stands_somewhere(parts: list[str], between: str) -> None:
    """Heading, element or title page: no layout that was taken for another one swallows a word."""
    text = between.join(parts)
    lost = Counter(WORD.findall(re.sub(r"^(?:CAST|PERSONEN:|12\.)", "", text, flags=re.MULTILINE).casefold()))
    assert not lost - words_kept(read(f"{text}\n\nThe end of it."))


def test_a_title_with_a_few_words_below_it_says_nothing() -> None:
    """Its tagline is no speech of PIVOT LEFT's; somebody who speaks again later does."""
    made = read("PIVOT LEFT\na comedy\n\nINT. STAIRS - DAY\n\nMax sits.\n\nMAX\nPivot left!\n")
    assert made.title.upper() == "PIVOT LEFT"
    assert said(made) == [("MAX", "", "Pivot left!")]
    told = read("MAX\nI was young\n\nINT. STAIRS - DAY\n\nMax sits.\n\nMAX\nPivot left!\n")
    assert [one[0] for one in said(told)] == ["MAX", "MAX"]


def test_few_words_among_many_deeds() -> None:
    """Small letters before a colon are who speaks, where at least two of them act as well."""
    text = """INT. BOTTEGA - GIORNO

Turi, un uomo di sessant'anni, pialla una tavola. Entra il nipote con una scatola. Ciccio trema.

Ciccio: L'ha trovata il prete.
Turi (senza alzare gli occhi): Mettila lì.

Apre la scatola. Dentro c'è una pistola. Turi non si volta.

La voce del prete: Dove vai?
"""
    (scene,) = parse(text.encode(), "bottega.txt").scenes
    said = [(line.character, line.text) for line in scene.dialogue]
    assert said == [
        ("Ciccio", "L'ha trovata il prete."), ("Turi", "Mettila lì."), ("La voce del prete", "Dove vai?"),
    ]  # fmt: skip
    silent = (
        text.replace("Turi non si volta", "Nessuno parla").replace("Ciccio trema. ", "").replace("Ciccio trema", "")
    )
    made = parse(silent.encode(), "bottega.txt")
    assert made.scenes[0].dialogue == (), "notes and labels act nowhere"
    assert "may be speech" in made.warnings[0]


def test_place_and_time_are_sentences_below_a_number() -> None:
    """The rest of the paragraph is action."""
    (scene,) = parse(
        b"SCENE ONE.\nThe kitchen. Morning. A goat eats.\n\nANNA: Stop it!\nBEN: Why?\n", "goat.txt"
    ).scenes
    assert (scene.place, scene.time_of_day, scene.elements[0].text) == ("The kitchen", "Morning", "A goat eats.")


# What stands around the scenes.


PAGES = """\
                "NIGHT FERRY"                Blue Rev.        7.

24   EXT. CAR DECK - NIGHT                                  24

     Chains rattle. LARS checks the straps.        *

                    LARS
          Hello?
                              (CONTINUED)
                "NIGHT FERRY"                Blue Rev.        8.

24   CONTINUED:                                             24

                    LARS
               (MORE)

                    LARS (CONT'D)
          Oh, no.

25   OMITTED                                                25

A26  INT. CAB - LATER                                      A26

     She sleeps.
"""


def test_what_only_paper_needs_leaves_no_trace() -> None:
    """Heads of pages, stars of revisions, cut cues and left-out scenes are gone; A26 is a scene's number."""
    made = read(PAGES)
    assert [(scene.label, scene.place) for scene in made.scenes] == [("24", "CAR DECK"), ("A26", "CAB")]
    assert [scene.actions for scene in made.scenes] == [("Chains rattle. LARS checks the straps.",), ("She sleeps.",)]
    assert [text for *_, text in said(made)] == ["Hello?", "Oh, no."]


def test_a_line_that_goes_back_begins_that_scene_again() -> None:
    """BACK TO a place, or to the present from a flashback, is that scene; none begins where a heading follows."""
    calls = "INT. CAR - NIGHT\n\nShe drives.\n\nINT. BATHROOM - NIGHT\n\nHe kneels.\n\nBACK TO CAR\n\nShe brakes.\n"
    past = "\nFLASHBACK - EXT. YARD - DAY\n\nA dog.\n\nBACK TO PRESENT\n\nEXT. HOUSE - DAY\n\nA knock.\n"
    assert [scene.place for scene in read(calls + past).scenes] == ["CAR", "BATHROOM", "CAR", "YARD", "HOUSE"]


def test_what_stands_around_a_marked_page_is_no_scene() -> None:
    """A section above keys is the title; what a chat model adds behind the end is left out, and that is told."""
    made = read(
        "# The Letter\n\n**Genre:** Drama\n\n---\n\n**INT. KITCHEN - DAY**\n\n{{TOC}}\n\nHe reads.\n\n**THE END**\n\n"
        "---\n\nWould you like a shot list?\n"
    )
    assert (made.title, made.genre, [scene.actions for scene in made.scenes]) == (
        "The Letter",
        "Drama",
        [("He reads.",)],
    )
    assert made.warnings == ("line 15: what stands below the end was left out; it is no scene",)


PAGE = "<p><b>INT. A - DAY</b></p><p>ANN<br>Late.</p>\n<p>BEN<br>I know.</p><p>ANN<br>Sit.</p><p>BEN<br>No.</p>"


@pytest.mark.parametrize(
    "text",
    [
        "[00:00:01] ANN: Late.\n[00:00:04] BEN: I know.\n[00:00:07] ANN: Sit.\n[00:00:09] BEN: No.",
        "00:01 - ANN: Late.\n00:04 - BEN: I know.\n\nHe sits.\n\n00:07 - ANN: Sit.\n00:09 - BEN: No.",
        "\n\n".join(
            f"{at}\n00:00:0{at},000 --> 00:00:0{at},900\n{said}"
            for at, said in enumerate(("ANN: Late.", "BEN: I know.", "ANN: Sit.", "BEN: No."), 1)
        ),
        "\n".join(f"\u2022 {one}" for one in ("INT. A - DAY", "ANN: Late.", "BEN: I know.", "ANN: Sit.", "BEN: No.")),
        "1 INT. A - DAY\n\n2 ANN\n3 Late.\n\n4 BEN\n5 I know.\n\n6 ANN\n7 Sit.\n\n8 BEN\n9 No.",
        PAGE,
        f"<!DOCTYPE html>\n<html><head><style>{'p{margin:0}' * 2_000}</style></head><body>{PAGE}</body>",
    ],
)
def test_marks_of_other_programs_are_no_words(text: str) -> None:
    """Times of a recording, subtitles, bullets, numbers of lines, tags."""
    told = [(name, words) for name, *_, words in said(read(text))]
    assert told == [("ANN", "Late."), ("BEN", "I know."), ("ANN", "Sit."), ("BEN", "No.")]


def test_places_with_their_times_are_headings_where_no_others_stand() -> None:
    """KITCHEN. NIGHT. twice, and no INT or EXT; a speech in capitals is none."""
    made = read("KITCHEN. NIGHT.\n\nAnn sits.\n\nANN\nGOOD NIGHT.\n\nSTREET - DAY\n\nShe walks.")
    assert [(one.place, one.time_of_day) for one in made.scenes] == [("KITCHEN", "NIGHT"), ("STREET", "DAY")]


@pytest.mark.parametrize(
    ("speech", "parts"),
    [
        ("Fine. (beat) Go.", [("", "Fine."), ("beat", "Go.")]),
        ("I sit here. (She begins to weep.) It is gone.", [("", "I sit here."), None, ("", "It is gone.")]),
        ("Go (she points at the door) now.", [("", "Go"), None, ("", "now.")]),
        ("In Rome (the one in Georgia) we met.", [("", "In Rome (the one in Georgia) we met.")]),
        ("I am well. (crying)", [("crying", "I am well.")]),
        ("I left. (I never told you.) Go.", [("", "I left. (I never told you.) Go.")]),
        ("(sits) Well.", [("sits", "Well.")]),
    ],
)
def test_nobody_says_a_direction(speech: str, parts: list[tuple[str, str] | None]) -> None:
    """A short one says how the speaker goes on, a longer one is a deed; an aside of a sentence is said."""
    elements = read(f"INT. A - DAY\n\nAnn and Ben.\n\nANN\n{speech}\n\nBEN\nYes.").scenes[0].elements[1:-1]
    assert [None if one.kind == "action" else (one.parenthetical, one.text) for one in elements] == parts
