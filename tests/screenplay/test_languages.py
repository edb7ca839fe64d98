"""Screenplays in other languages: headings, times, fades and title pages; cues where there are no capitals."""

# ruff: noqa: RUF001 - other languages have signs that look like ours

import pytest

from wzrd.domain.shots import Line
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.times import light_of


def read(text: str) -> Screenplay:
    return parse_fountain(text.encode())


def said(text: str) -> list[tuple[str, str]]:
    (scene,) = read(f"INT. A\n\n{text}").scenes
    return [(line.character, line.text) for line in scene.dialogue]


HEADINGS = """
INNEN. KÜCHE - NACHT                | INT     | KÜCHE          | NACHT               | night
INNEN/AUSSEN AUTO - TAG             | INT/EXT | AUTO           | TAG                 | day
AUßEN. STRASSE - MORGENDÄMMERUNG    | EXT     | STRASSE        | MORGENDÄMMERUNG     | dawn
KÜCHE - INNEN/TAG                   | INT     | KÜCHE          | TAG                 | day
EXT. HAFEN - EINE STUNDE SPÄTER     | EXT     | HAFEN          | EINE STUNDE SPÄTER  |
INTÉRIEUR - CUISINE - NUIT          | INT     | CUISINE        | NUIT                | night
EXTÉRIEUR JOUR - RUE                | EXT     | RUE            | JOUR                | day
INT. CUISINE / SOIR                 | INT     | CUISINE        | SOIR                | evening
INT. BAR - APRÈS-MIDI               | INT     | BAR            | APRÈS-MIDI          | afternoon
EXT. PLAGE - LE LENDEMAIN           | EXT     | PLAGE          | LE LENDEMAIN        |
INTERIOR. COCINA. NOCHE             | INT     | COCINA         | NOCHE               | night
INT. CASA - LA TARDE SIGUIENTE      | INT     | CASA           | LA TARDE SIGUIENTE  | afternoon
INTERNO - CUCINA - GIORNO           | INT     | CUCINA         | GIORNO              | day
EXT. PRAIA - PÔR DO SOL             | EXT     | PRAIA          | PÔR DO SOL          | sunset
INT. CASA - MEIO-DIA                | INT     | CASA           | MEIO-DIA            | noon
BINNEN. KEUKEN - AVOND              | INT     | KEUKEN         | AVOND               | evening
EXT. GATA - SKYMNING                | EXT     | GATA           | SKYMNING            | dusk
EKST. HAVN - KVELD                  | EXT     | HAVN           | KVELD               | evening
WNĘTRZE. BIURO - DZIEŃ              | INT     | BIURO          | DZIEŃ               | day
ИНТ. КВАРТИРА – СТОЛОВАЯ – ДЕНЬ     | INT     | КВАРТИРА - СТОЛОВАЯ | ДЕНЬ           | day
屋内 病院 - 夜                      | INT     | 病院           | 夜                  | night
○公園（夕方）                       |         | 公園           | 夕方                | evening
INT。 病院-昼                       | INT     | 病院           | 昼                  | day
内景 客厅 日                        | INT     | 客厅           | 日                  | day
（外景） 公园 - 傍晚                | EXT     | 公园           | 傍晚                | evening
第3场 外 夜 街道                    | EXT     | 街道           | 夜                  | night
실내. 거실 - 낮                     | INT     | 거실           | 낮                  | day
S#12. 거실 (밤)                     |         | 거실           | 밤                  | night
1.INT.APARTAMENTO, SALÓN/DÍA        | INT     | APARTAMENTO, SALÓN | DÍA             | day
12A. INT. KITCHEN - DAY             | INT     | KITCHEN        | DAY                 | day
INT. KITCHEN (NIGHT)                | INT     | KITCHEN        | NIGHT               | night
SAHNE 3 - İÇ. OFİS - AKŞAM          | INT     | OFİS           | AKŞAM               | evening
DIŞ. SOKAK - GÜNDÜZ                 | EXT     | SOKAK          | GÜNDÜZ              | day
INTERIÉR. KUCHYŇ - NOC              | INT     | KUCHYŇ         | NOC                 | night
НАТ. ВУЛИЦЯ - РАНОК                 | EXT     | ВУЛИЦЯ         | РАНОК               | morning
EKST. ULICA - DAN                   | EXT     | ULICA          | DAN                 | day
BELSŐ. KONYHA - ÉJSZAKA             | INT     | KONYHA         | ÉJSZAKA             | night
Kohtaus 1. SISÄ. KOTI. ILTA         | INT     | KOTI           | ILTA                | evening
ΕΣΩΤ. ΚΟΥΖΙΝΑ - ΝΥΧΤΑ               | INT     | ΚΟΥΖΙΝΑ        | ΝΥΧΤΑ               | night
INT. BUCĂTĂRIE - NOAPTE             | INT     | BUCĂTĂRIE      | NOAPTE              | night
LUAR. JALAN - SIANG                 | EXT     | JALAN          | SIANG               | day
NỘI. BẾP - ĐÊM                      | INT     | BẾP            | ĐÊM                 | night
داخلی - آشپزخانه - شب               | INT     | آشپزخانه       | شب                  | night
مشهد ١ - داخلي - مطبخ - ليل         | INT     | مطبخ           | ليل                 | night
दृश्य 1: अंदर - रसोई - सुबह             | INT     | रसोई           | सुबह                 | morning
INT. HOUSE - DEN                    | INT     | HOUSE - DEN    |                     |
"""
ROWS = [[cell.strip() for cell in row.split("|")] for row in HEADINGS.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_headings_in_other_languages(row: list[str]) -> None:
    """Inside or outside, place, time and what light it means; unforced, as written."""
    scene = read(f"{row[0]}\n\nX.").scenes[0]
    light = light_of(scene.time_of_day)
    assert [scene.int_ext, scene.place, scene.time_of_day, light] == row[1:]


@pytest.mark.parametrize(
    "text",
    ["INTERIOR MONOLOGUE", "INTERIOR LIGHTS GO OUT.", "Innen ist es dunkel.", "INNEN", "BUITEN ADEM", "INNE SAYS NO.",
     "外は雨。", "内心では笑う。", "1987. The war.", "12 MEN", "PLACE OF INT AND DAY", "NIGHT"],
)  # fmt: skip
def test_sentences_that_begin_with_such_words_are_action(text: str) -> None:
    """A stop, a dash or a time has to show that a heading is meant."""
    assert [element.kind for element in read(f"INT. A\n\n{text}").scenes[0].elements] == ["action"]


@pytest.mark.parametrize(
    "text",
    ["SCHNITT AUF:", "ABBLENDE.", "COUPE À :", "FONDU AU NOIR", "CORTE A:", "STACCO SU:", "KLIPP TILL:", "ЗТМ.",
     "フェードアウト。", "淡入：", "**FADE OUT.**", "FADE IN"],
)  # fmt: skip
def test_transitions_in_other_languages(text: str) -> None:
    """Nobody of that name speaks."""
    made = read(f"INT. A\n\n{text}\n\nSo.").scenes[0]
    assert [element.kind for element in made.elements] == ["transition", "action"]


def test_title_pages_in_other_languages() -> None:
    """The usual keys mean what they mean in English; colons may be wide."""
    made = read("Titre: Le bac\nAuteur: A. B.\n\nINT. A")
    assert (made.title, made.author) == ("Le bac", "A. B.")
    made = read("タイトル：渡し船\n作者：甲乙\n\nINT. A")
    assert (made.title, made.author) == ("渡し船", "甲乙")


# Cues without capitals.


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("太郎\nもう行くのか。\n\n花子\n（小声で）\nうん。", [("太郎", "もう行くのか。"), ("花子", "うん。")]),
        ("太郎「もう行くのか。」\n花子「うん。」", [("太郎", "もう行くのか。"), ("花子", "うん。")]),
        ("太郎「もう\n行くのか」\n花子は泣く。", [("太郎", "もう 行くのか")]),
        ("约翰：走吧。\n玛丽：等等。", [("约翰", "走吧。"), ("玛丽", "等等。")]),
        ("지훈\n가자.\n\n수진 (목소리)\n잠깐.", [("지훈", "가자."), ("수진", "잠깐.")]),
        ("नाम वाला\nचलो।\n\nनाम वाला\nरुको।", [("नाम वाला", "चलो।"), ("नाम वाला", "रुको।")]),
        ("@太郎\n「行く。」", [("太郎", "行く。")]),
        (
            "ナレーター・声\nむかし。\n\nナレーター・声\nいま。",
            [("ナレーター・声", "むかし。"), ("ナレーター・声", "いま。")],
        ),
    ],
)
def test_cues_in_scripts_without_capitals(text: str, lines: list[tuple[str, str]]) -> None:
    """A short name above a speech, before a quotation, before a colon."""
    assert said(text) == lines


@pytest.mark.parametrize(
    "text",
    [
        "彼は「はい」と言う。",
        "彼女は振り向いて「逃げろ」",
        "雨が降る夜の街角の\n灯りが消える。",
        "字幕：三年后",
        "時：昭和\n所：東京",
        "淡入：",
    ],
)
def test_prose_is_not_taken_for_talk(text: str) -> None:
    """Quotations within sentences, long lines, captions and notes on the scene stay action."""
    assert said(text) == []


def test_what_may_have_been_a_cue_is_told() -> None:
    """Once, with the first line's number and the remedy."""
    made = read("INT. A\n\n黄昏の街を走る男\n逃げる。\n\nSo.")
    (warning,) = made.warnings
    assert warning.startswith("line 3: a line that may name a speaker was read as action")
    assert "@" in warning
    assert read("INT. A\n\nANN\nHi.\n\nAnn runs\nand falls.").warnings == ()


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("أحمد يجلس على الكرسي. تدخل ليلى.\n\nليلى\nأين كنت؟\n\nأحمد\nفي العمل.", ["ليلى", "أحمد"]),
        ("राम अंदर आता है। सीता रुकती है।\n\nराम\nमाँ कहाँ है?\n\nसीता\nबाज़ार गई है।", ["राम", "सीता"]),
        ("דנה יושבת ליד השולחן.\n\nדנה\nאיפה היית?", ["דנה"]),
        ("דנה יושבת.\n\nשקט בחדר\nרוח בחוץ.", []),
    ],
)
def test_who_is_mentioned_speaks_once(text: str, cues: list[str]) -> None:
    """Where words have blanks between them, a name alone above a speech that an action has among its words is a cue."""
    assert [who for who, _ in said(text)] == cues


def test_directions_and_extensions_may_have_wide_parentheses() -> None:
    """As keyboards of those languages write them."""
    (line,) = read("INT. A\n\n@太郎（声）\n（小声で）\nうん。").scenes[0].dialogue
    assert line == Line("太郎", "うん。", "小声で", "声")


def directed(made: Screenplay) -> list[tuple[str, str, str]]:
    """Who speaks, how, and the words."""
    return [(one.character, one.parenthetical or "", one.text) for scene in made.scenes for one in scene.dialogue]


def test_japanese_names_before_quotations() -> None:
    """Directions within, behind and beside, a letter for a narrator, a role of many characters that speaks once."""
    made = read(
        "○村の道（朝）\n\nN「むかし、むかし」\n\n兵十「（喘ぎながら）お前か」\n\n兵十（声）「うん」\n\n"
        "弥助の家内「おや」（と振り向く）\n\n男Ａ「へえ」\n\n男が走って一喝「やめろ」\n\n「だれだ」\n"
    )
    assert directed(made) == [
        ("N", "", "むかし、むかし"),
        ("兵十", "喘ぎながら", "お前か"),
        ("兵十", "", "うん"),
        ("弥助の家内", "と振り向く", "おや"),
        ("男Ａ", "", "へえ"),
    ]
    assert made.scenes[0].actions == ("男が走って一喝「やめろ」", "「だれだ」")
    assert any("quotation without a name" in warning for warning in made.warnings)


def test_names_without_capitals_apart_from_their_speech() -> None:
    """An empty line behind each name, as in a script that was pasted from a page."""
    made = read(
        "○家（夜）\n\n太郎\n\n「行くのか」\n\n花子\n\n「うん」\n\n花子、立つ。\n\n太郎\n\n「待て」\n\n夜道\n\n雨が降る。"
    )
    assert directed(made) == [("太郎", "", "行くのか"), ("花子", "", "うん"), ("太郎", "", "待て")]
    assert made.scenes[0].actions[-2:] == ("夜道", "雨が降る。")
    assert "3 names stand above an empty line" in made.warnings[0]


def test_roles_in_small_letters_speak_once() -> None:
    """Where names stand before quotations throughout; a verb before one is still a sentence."""
    made = read(
        "○村（朝）\n\n兵十「お前か」\n\n加助「うん」\n\n兵十「へえ」\n\n兵十のおっかあ「おや」\n\n子ども「あっ」\n\n男は低くつぶやく「やめろ」"
    )
    assert [name for name, _, _ in directed(made)] == ["兵十", "加助", "兵十", "兵十のおっかあ", "子ども"]


def test_a_sentence_goes_on_behind_what_somebody_says() -> None:
    """A known name and a quotation at its head speak; what goes on is action. A sentence with a quotation stays one."""
    made = read("○村（朝）\n\n兵十「お前か」\n\n兵十「うん」と、火縄銃を落とす。\n\n彼は「はい」と言う。")
    assert directed(made) == [("兵十", "", "お前か"), ("兵十", "", "うん")]
    assert made.scenes[0].actions == ("と、火縄銃を落とす。", "彼は「はい」と言う。")


def test_japanese_columns() -> None:
    """A name at the margin, a wide space and the speech, as stage scripts have it; action stands in."""
    made = read(
        "○茶の間（夜）\n\n太郎\u3000もう行くのか。\n花子\u3000うん。\n\n\u3000花子、立つ。\n\n太郎\u3000待て。\n花子\u3000いや。\n"
    )
    assert directed(made)[:2] == [("太郎", "", "もう行くのか。"), ("花子", "", "うん。")]
    assert made.scenes[0].actions == ("花子、立つ。",)


# Sub-headings.


def test_a_forced_sub_heading_is_staged_in_the_scene_around_it() -> None:
    """Inside or outside, place, time and light are inherited; the heading that is shown stays."""
    made = read(
        "INT. MARA'S BAR - NIGHT\n\nSo.\n\n.AT THE DOOR\n\nMARA\nHi.\n\n.ON THE TV\n\nA goal.\n\nEXT. ROAD - DAY"
    )
    assert [scene.heading for scene in made.scenes] == [
        "INT. MARA'S BAR - NIGHT",
        "AT THE DOOR",
        "ON THE TV",
        "EXT. ROAD - DAY",
    ]
    assert {(s.int_ext, s.place, s.time_of_day, s.location, s.lighting) for s in made.scenes[:3]} == {
        ("INT", "MARA'S BAR", "NIGHT", "Interior, Mara's bar", made.scenes[0].lighting)
    }
    assert [scene.title for scene in made.scenes[1:3]] == ["At the door", "On the TV"]


@pytest.mark.parametrize(
    ("sub", "int_ext", "place", "time"),
    [
        ("KITCHEN", "INT", "KITCHEN", "NIGHT"),
        ("NAK'S BEDROOM", "INT", "NAK'S BEDROOM", "NIGHT"),
        ("OUTSIDE", "EXT", "HOUSE", "NIGHT"),
        ("LATER", "INT", "HOUSE", "LATER"),
        ("THE TRUCK SLAMS INTO THE GARAGE", "INT", "HOUSE", "NIGHT"),
        ("ROOFTOP - DAWN", "", "ROOFTOP", "DAWN"),
        ("WNĘTRZE. BIURO - DZIEŃ", "INT", "BIURO", "DZIEŃ"),
        ("தபால் நிலையம்", "", "தபால் நிலையம்", ""),
    ],
)
def test_what_a_sub_heading_has_of_its_own_it_keeps(sub: str, int_ext: str, place: str, time: str) -> None:
    """A room, a time, another place; a sentence is no place, and what it tells is seen."""
    scene = read(f"INT. HOUSE - NIGHT\n\nSo.\n\n.{sub}\n\nX.").scenes[1]
    assert (scene.int_ext, scene.place, scene.time_of_day) == (int_ext, place, time)
    assert (f"{sub}." in scene.actions) == sub.startswith("THE TRUCK")


def test_without_a_scene_around_it_a_forced_heading_is_its_own_place() -> None:
    """Stage plays force all their headings."""
    made = read(".ZWEITER AKT\n\nSo.\n\n.DRITTER AKT\n\nSo.")
    assert [scene.place for scene in made.scenes] == ["ZWEITER AKT", "DRITTER AKT"]


# Headings of other hands.


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("14. I/T  NATHANAELS STUBE", ("14", "INT", "NATHANAELS STUBE", "TAG", "day")),
        ("17. I/N  FESTSAAL", ("17", "INT", "FESTSAAL", "NIGHT", "night")),
        ("20. A/T  MARKTPLATZ (MONATE SPÄTER)", ("20", "EXT", "MARKTPLATZ", "TAG - MONATE SPÄTER", "day")),
        ("15. BLICK DURCH DAS GLAS - I/T  ZIMMER", ("15", "INT", "ZIMMER", "TAG", "day")),
        ("SC. 1. WNĘTRZE/DZIEŃ - KONSULAT", ("1", "INT", "KONSULAT", "DZIEŃ", "day")),
        ("SC. 5. PLENER/ZACHÓD SŁOŃCA - LAS", ("5", "EXT", "LAS", "ZACHÓD SŁOŃCA", "sunset")),
        ("PLENER. LAS - NOC", ("", "EXT", "LAS", "NOC", "night")),
        ("1. INT. CASA - PATIO / DÍA.", ("1", "INT", "CASA - PATIO", "DÍA", "day")),
        ("5. INT. COMEDOR. CONTINÚA.", ("5", "INT", "COMEDOR", "CONTINÚA", "")),
        ("SCÈNE 2 - INT. SALON - JOUR", ("2", "INT", "SALON", "JOUR", "day")),
        ("BILD 3 - INNEN / TAG - KÜCHE", ("3", "INT", "KÜCHE", "TAG", "day")),
        ("Сцена 5. ИНТ. КВАРТИРА - НОЧЬ", ("5", "INT", "КВАРТИРА", "НОЧЬ", "night")),
        ("FLASHBACK - EXT. FIELD - DAY", ("", "EXT", "FIELD", "DAY", "day")),
        ("○社長室（午前10時）", ("", "", "社長室", "午前10時", "morning")),
        ("柱：公園（午後8時半）", ("", "", "公園", "午後8時半", "night")),
        ("１　羅生門・下（夕方・雨）", ("1", "", "羅生門・下", "夕方・雨", "evening")),
    ],
)
def test_headings_of_other_hands(text: str, facts: tuple[str, ...]) -> None:
    """Letters for inside and day, words before the number or before the kind, a clock, a stop at the end."""
    scene = read(f"{text}\n\nRegen.").scenes[0]
    assert (scene.label, scene.int_ext, scene.place, scene.time_of_day, light_of(scene.time_of_day)) == facts


def test_numbers_in_a_row_are_headings() -> None:
    """Where one of them has a time or a kind, the others need none; a list within action is none."""
    made = read("１　羅生門・下（夕方）\n\n雨。\n\n２　羅生門・梯子の中段\n\n闇。\n\n３　羅生門・楼の上（夜）\n\n火。")
    assert [(scene.label, scene.place) for scene in made.scenes] == [
        ("1", "羅生門・下"),
        ("2", "羅生門・梯子の中段"),
        ("3", "羅生門・楼の上"),
    ]
    listed = read("INT. A - DAY\n\n1. BREAD\n\n2. MILK\n\nAnna reads the list.")
    assert len(listed.scenes) == 1


def test_a_heading_and_its_prose_on_one_line() -> None:
    """A dream is no place; what goes on behind the heading is action; TAMŻE is the place before."""
    made = read(
        "PLENER/DZIEŃ - SKAŁA\n\nSen.\n\nSEN. PLENER/DZIEŃ. Wieś, olchy i żuraw studni.\n\nPLENER/NOC - TAMŻE\n\nMrok."
    )
    assert [(scene.place, scene.time_of_day) for scene in made.scenes] == [
        ("SKAŁA", "DZIEŃ"),
        ("", "DZIEŃ"),
        ("SKAŁA", "NOC"),
    ]
    assert made.scenes[1].actions == ("Wieś, olchy i żuraw studni.",)


def test_an_insert_is_no_place() -> None:
    """It stays in its scene; forced, it is staged in the place around it. A room goes on in the light before."""
    made = read(
        "INT. LAB - NIGHT\n\nHe writes.\n\nINSERT - HAND\n\nIt shakes.\n\n.INSERT - HAND\n\nStill.\n\n"
        ".KITCHEN (CONTINUOUSLY)\n\nSteam."
    )
    assert [(scene.int_ext, scene.place) for scene in made.scenes] == [
        ("INT", "LAB"),
        ("INT", "LAB"),
        ("INT", "KITCHEN"),
    ]
    assert "INSERT - HAND" in made.scenes[0].actions
    assert made.scenes[2].lighting == made.scenes[0].lighting


def test_two_places_in_a_heading_are_told() -> None:
    """They are one set, and the author learns it."""
    made = read("INT. FRONT DOOR/BIRTHDAY PARTY - DAY\n\nBalloons.")
    assert (made.scenes[0].place, made.scenes[0].time_of_day) == ("FRONT DOOR/BIRTHDAY PARTY", "DAY")
    assert made.warnings == (
        "scene 1: a heading of several places (FRONT DOOR and BIRTHDAY PARTY) was read as one set",
    )
