"""Screenplays in Rich Text Format, as the programs write it that writers use."""

import contextlib

import pytest

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse

TEXT_EDIT = r"""{\rtf1\ansi\ansicpg1252\cocoartf2709
\cocoatextscaling0\cocoaplatform0{\fonttbl\f0\fnil\fcharset0 CourierNewPSMT;\f1\fnil\fcharset204 CourierNewPSMT;}
{\colortbl;\red255\green255\blue255;}
{\*\expandedcolortbl;;}
\paperw11900\paperh16840\margl1440\margr1440\vieww11520\viewh8400\viewkind0
\pard\tx720\pardirnatural\partightenfactor0

\f0\fs24 \cf0 INT. CAF\'c9 - NIGHT\
\
Ren\'e9 pours tea. It\'92s raining \uc0\u55357 \u56833 .\
\
\pard\li3168 REN\'c9\
\pard\li1440 You\'92re late\'85 \f1 \'d2\'fb\f0 !\
\
\pard {\b She} \{waits\}.\
}"""
WORD = r"""{\rtf1\adeflang1025\ansi\ansicpg1250\uc1\deff0{\fonttbl{\f0\fmodern\fcharset238\fprq1{\*\panose 020}Courier New{\*\falt Courier};}}
{\stylesheet{\ql \li0\ri0 \fs24 \snext0 Normal;}{\*\cs10 \additive Default Paragraph Font;}{\s15\ql \snext16 Scene Heading;}
{\s16\ql \snext16 Action;}{\s17\li3600 \snext18 Character;}{\s18\li1440 \snext16 Dialogue;}{\s19\li2160 Parenthetical;}}
{\info{\title Secret title}{\author Nobody}}{\header \pard\plain Page header\par}
\pard\plain \s15\ql\li0 {\f0 int. kuchnia - noc\par }
\pard \s16 {\'a3ucja stawia czajnik.{\v hidden words} {\field{\*\fldinst{HYPERLINK "http://x.example"}}{\fldrslt{\u379\'afaba}} skacze.\par}
{\pict\wmetafile8 0100090000}{\*\shppict{\pict 00ff}}
\pard \s17\li3600 {\'a3ucja (V.O.)\par}\pard \s19 {(cicho)\par}\pard \s18 {Sp\'f3\'9fni\'b3e\'9c si\'ea.{\deleted Gone.}\par }
{\footnote A note.}}"""  # noqa: E501 - as Word writes it
JAPANESE = rb"""{\rtf1\ansi\deff0{\fonttbl{\f0\fnil\fcharset128 MS Mincho;}}
INT. HOUSE - DAY\par\par \f0\'94\'de\'82\'cd\'91\'96\'82\'e9\'81\'42\par}"""


def read(text: str) -> Screenplay:
    return parse(text.encode("latin-1"), "script.rtf")


def test_text_edits_lines_are_read() -> None:
    """Escapes, letters of two code pages and beyond them, and names by their indent."""
    (scene,) = read(TEXT_EDIT).scenes
    assert scene.place == "CAFÉ"
    assert scene.actions == ("René pours tea. It\u2019s raining \U0001f601.", "She {waits}.")
    assert [(one.character, one.text) for one in scene.elements if one.kind == "dialogue"] == [
        ("RENÉ", "You\u2019re late… Ты!")
    ]


def test_words_styles_say_what_a_paragraph_is() -> None:
    """A heading in small letters, a speaker, a direction; what is hidden, deleted or a picture is not in it."""
    made = read(WORD)
    (scene,) = made.scenes
    assert scene.place.casefold() == "kuchnia"
    assert scene.actions == ("Łucja stawia czajnik. Żaba skacze.",)
    (line,) = [one for one in scene.elements if one.kind == "dialogue"]
    assert (line.character.casefold(), line.parenthetical, line.text) == ("łucja", "cicho", "Spóźniłeś się.")
    assert "Secret" not in str(made)
    assert "header" not in str(made)


def test_a_font_has_its_own_character_set() -> None:
    """Two bytes a sign, as a Japanese font says."""
    (scene,) = parse(JAPANESE).scenes
    assert scene.actions == ("彼は走る。",)


@pytest.mark.parametrize(
    "text",
    [
        "{\\rtf1" + "{" * 400_000,
        "{\\rtf1" + "}" * 400_000,
        "{\\rtf1 INT. A - DAY\\par " + "\\f1" * 400_000,
        "{\\rtf1{\\fonttbl" + "\\f1" * 400_000 + "}INT. A - DAY}",
        "{\\rtf1 INT. A - DAY\\par " + "{\\field{\\*\\fldinst{HYPERLINK" * 20_000,
        "{\\rtf1 INT. A - DAY" + "\\par" * 100_000 + "}",
        "{\\rtf1\\bin999999999 INT. A - DAY}",
        "{\\rtf1 INT. A - DAY\\par \\u99999999 \\u-1 \\u55357 \\ansicpg999999999 \\f-5 \\uc-3 \\li-9 \\'zz \\",
        "{\\rtf1",
    ],
)
def test_a_hostile_one_is_read_or_refused(text: str) -> None:
    """In one pass; a refusal says what is wrong."""
    with contextlib.suppress(ScreenplayError):
        assert read(text).scenes
