"""Headings taken apart, and what heading and action say of light and weather."""

import pytest

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.model import Screenplay, read_aspect_ratio, scene_brief
from wzrd.screenplay.scenes import DESCRIPTION_CHARS, condense, location_of


def read(text: str) -> Screenplay:
    return parse_fountain(text.encode())


def weather(action: str) -> str:
    return read(f"INT. A\n\n{action}").scenes[0].weather


def lighting(heading: str, action: str = "So.") -> str:
    return read(f"{heading}\n\n{action}").scenes[0].lighting


@pytest.mark.parametrize(
    ("text", "int_ext", "place", "time"),
    [
        ("INT. KITCHEN - NIGHT", "INT", "KITCHEN", "NIGHT"),
        ("EXT. HOUSE - GARDEN - LATE AFTERNOON", "EXT", "HOUSE - GARDEN", "LATE AFTERNOON"),
        ("INT./EXT. CAR (MOVING) - CONTINUOUS", "INT/EXT", "CAR (MOVING)", "CONTINUOUS"),
        ("I/E CAR - DAWN", "INT/EXT", "CAR", "DAWN"),
        ("EST. CITY \u2014 DAY", "EST", "CITY", "DAY"),
        ("INT. KITCHEN- NIGHT", "INT", "KITCHEN", "NIGHT"),
        ("INT. KITCHEN. NIGHT", "INT", "KITCHEN", "NIGHT"),
        ("INT. KITCHEN, NIGHT", "INT", "KITCHEN", "NIGHT"),
        ("EXT. STREET - NIGHT - RAIN", "EXT", "STREET", "NIGHT - RAIN"),
        ("EXT. STREET - DAY (FLASHBACK)", "EXT", "STREET", "DAY (FLASHBACK)"),
        ("INT. LAB - THREE DAYS LATER", "INT", "LAB", "THREE DAYS LATER"),
        ("INT. DAY SPA - LOBBY", "INT", "DAY SPA - LOBBY", ""),
        ("EXT. ROAD - NIGHT - CONTINUOUS", "EXT", "ROAD", "NIGHT - CONTINUOUS"),
        ("INT. ROOM - DAY [FLASHBACK]", "INT", "ROOM", "DAY [FLASHBACK]"),
        ("INT. ROOM - (PRESENT) DAY", "INT", "ROOM", "(PRESENT) DAY"),
        ("INT. CAR, A LITTLE LATER", "INT", "CAR", "A LITTLE LATER"),
        ("INT. CAR - SHORTLY THEREAFTER", "INT", "CAR", "SHORTLY THEREAFTER"),
        ("EXT. WOODS.NIGHT", "EXT", "WOODS", "NIGHT"),
        ("INT. COCKPIT NIGHT", "INT", "COCKPIT", "NIGHT"),
        ("INT. A - DAY", "INT", "A", "DAY"),
        ("INT. Bar-Continuous", "INT", "Bar", "Continuous"),
        ("EXT. GOLDEN GATE BRIDGE", "EXT", "GOLDEN GATE BRIDGE", ""),
        ("INT. OFFICE - 9:30 PM", "INT", "OFFICE", "9:30 PM"),
        ("EXT. SKYLINE - NIGHT SKY", "EXT", "SKYLINE - NIGHT SKY", ""),
        ("INT. CO-OP", "INT", "CO-OP", ""),
        ("INT.", "INT", "", ""),
        ("SZ. 12 EXT. BR\u00dcCKE - TAG", "EXT", "BR\u00dcCKE", "TAG"),
        ("2/07 INT. ENGINE ROOM. NIGHT 1. 0145", "INT", "ENGINE ROOM", "NIGHT 1"),
        ("BILD 4 / I/T WERKSTATT", "INT", "WERKSTATT", "TAG"),
        ("PIAZZA ESTERNO SERA", "EXT", "PIAZZA", "SERA"),
        ("SCENE ONE. THE KITCHEN. MORNING.", "", "THE KITCHEN", "MORNING"),
        ("SCENE TWENTY-ONE: THE SHED - NIGHT", "", "THE SHED", "NIGHT"),
        ("SZENE EINS", "", "", ""),
        ("ESCENA PRIMERA", "", "", ""),
        ("\uff03\uff11\uff12\u3000\u53f0\u6240\uff08\u671d\uff09", "", "\u53f0\u6240", "\u671d"),
        ("\uff03\uff11\u3000\u53f0\u6240", "", "\u53f0\u6240", ""),
        ("COCINA INTERIOR NOCHE", "INT", "COCINA", "NOCHE"),
        ("Strada del paese, esterno notte", "EXT", "Strada del paese", "notte"),
    ],
)
def test_a_heading_is_kind_place_and_time(text: str, int_ext: str, place: str, time: str) -> None:
    """However it is punctuated; a time is told from a place by its words."""
    heading = read_heading(text)
    assert heading
    assert (heading.int_ext, heading.place, heading.time_of_day) == (int_ext, place, time)


def test_a_forced_heading_has_a_place_and_perhaps_a_time() -> None:
    """In any script."""
    heading = read_heading("КУХНЯ - НОЧЬ", forced=True)
    assert heading
    assert (heading.int_ext, heading.place, heading.time_of_day) == ("", "КУХНЯ", "НОЧЬ")


def test_a_location_is_said_in_words() -> None:
    """Names of characters keep their capital, so does what the author wrote in mixed case."""
    assert location_of("INT", "MARA'S KITCHEN - PANTRY", {"mara"}) == "Interior, Mara's kitchen, pantry"
    assert location_of("EXT", "Rue de Rivoli") == "Exterior, Rue de Rivoli"
    assert location_of("INT/EXT", "CAR") == "Interior and exterior, car"
    assert location_of("", "LIMBO") == "limbo"
    spoken = read("EXT. ESTACIÓN DE ATOCHA - DÍA\n\nVOZ DE HOMBRE\nLa dejé en Atocha.")
    assert spoken.scenes[0].location == "Exterior, estación de Atocha"
    made = read("EXT. MARA'S BOAT - DAY\n\nMARA\nMine.")
    assert made.scenes[0].location == "Exterior, Mara's boat"
    assert made.scenes[0].title == "Mara's boat, day"


def test_light_comes_from_the_time_and_from_what_is_named() -> None:
    """Night by candle and neon is not night by guessed lamps; inside and outside differ; no time, no guess."""
    assert lighting("INT. A - NIGHT", "A candle. Neon outside.") == "night, candlelight and neon glow"
    assert lighting("INT. A - NIGHT") != lighting("EXT. A - NIGHT") != lighting("EXT. A - DAY")
    assert lighting("INT. A - DAWN", "Firelight.").startswith("first cool light of dawn")
    assert lighting("INT. A") == ""
    assert lighting("INT. A - LATER") == ""


@pytest.mark.parametrize(
    ("time", "light"),
    [("9:30 AM", "morning"), ("9 p.m.", "night"), ("12:15 PM", "noon"), ("18 UHR", "evening"), ("3:00 A.M.", "night")],
)
def test_a_clock_tells_the_light(time: str, light: str) -> None:
    """As a watch on the wall of the set would."""
    assert lighting(f"EXT. A - {time}") == lighting(f"EXT. A - {light.upper()}") != ""


def test_the_sun_does_not_shine_at_night_nor_the_moon_at_noon() -> None:
    """A light that the prose compares or remembers is not in the sky."""
    made = read("EXT. A - NIGHT\n\nHot as the sun in here.\n\nEXT. B - NOON\n\nA moonlit painting. Sunlight.")
    assert (made.scenes[0].weather, made.scenes[1].weather) == ("", "sun")
    assert "moon" not in made.scenes[1].lighting


def test_names_and_acronyms_in_a_place_keep_their_capitals() -> None:
    """A name of somebody silent, too, if the prose writes it as one."""
    made = read("INT. SUTTER HOUSE - DAY\n\nThe last of the Sutter boys.\n\nINT. LAPD STATION - DAY\n\nA last boy.")
    assert [scene.location for scene in made.scenes] == ["Interior, Sutter house", "Interior, LAPD station"]


def test_continuous_continues_the_light_of_the_scene_before() -> None:
    """CONTINUOUS and LATER hang on the last time that was told; a scene without a time breaks the chain."""
    made = read("EXT. A - NIGHT\n\nINT. B - CONTINUOUS\n\nINT. B - LATER\n\nINT. C\n\nINT. D - SAME")
    assert [bool(scene.lighting) for scene in made.scenes] == [True, True, True, False, False]
    assert "night" in made.scenes[2].lighting


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("Rain hammers the roof.", "rain"),
        ("A gust. Snow. Then fog, then hail, then sun.", "wind, snow, fog"),
        ("Thunder.", "storm"),
        ("She storms out on Sunday to wind up the clock in the train.", ""),
        ("A rain of sparks; no wind, no snow.", ""),
        ("A brainstorm in a snowglobe.", ""),
        ("The wind turns.", "wind"),
        ("A lightning jab. He strikes like lightning.", ""),
        ("Lightning over the hill.", "storm"),
        ("A lightning bolt.", "storm"),
    ],
)
def test_weather_is_only_what_is_said(action: str, said: str) -> None:
    """At most three kinds, in order of mention; words that only look like weather are none."""
    assert weather(action) == said


def test_weather_may_stand_in_the_heading_and_is_not_taken_from_dialogue() -> None:
    """Who talks about rain stands in no rain."""
    assert read("EXT. STREET - NIGHT - RAIN\n\nSo.").scenes[0].weather == "rain"
    assert read("EXT. STREET - NIGHT\n\nANN\nIt will rain.").scenes[0].weather == ""


def test_a_description_is_the_action_in_short() -> None:
    """All of the first paragraph, then first sentences, within the limit and never cut in a sentence."""
    paragraphs = ["Mr. Vane waits. He counts.", "A bell. It stops.", "x " * 300, "Gone."]
    assert condense(paragraphs) == "Mr. Vane waits. He counts. A bell."
    assert condense(["word " * 200])[-1] == "…"
    assert len(condense(["word " * 200])) <= DESCRIPTION_CHARS
    assert condense([]) == ""


def test_without_action_the_synopsis_or_the_talk_describes() -> None:
    """A scene of nothing but speech still says what is seen."""
    made = read("INT. A\n\n= They part.\n\nANN\nGo.\n\nINT. B\n\nANN\nGo.\n\nBOB\nNo.\n\nINT. C")
    assert [scene.description for scene in made.scenes] == ["They part.", "ANN and BOB talk.", ""]


def test_a_brief_carries_the_scene_and_the_project() -> None:
    """All that the writer of shots may know."""
    scene = read("EXT. PIER - DUSK\n\nA gull.\n\nANN (V.O.)\n(low)\nNow.").scenes[0]
    brief = scene_brief(scene, tone="dry", genre="noir", style="ink")
    assert (brief.number, brief.title, brief.tone, brief.genre, brief.style) == (1, "Pier, dusk", "dry", "noir", "ink")
    assert (brief.actions, brief.characters) == (("A gull.",), ("ANN",))
    assert brief.dialogue == scene.dialogue
    assert (brief.location, brief.lighting, brief.description) == (scene.location, scene.lighting, scene.description)


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("16:9", "16:9"), ("9x16", "9:16"), ("2.39 : 1", "2.39:1"), ("1.85", "1.85:1"), ("4/3", "4:3"), ("", None),
     ("0:9", None), ("a:b", None), ("1:2:3", None), ("-1:2", None), ("1e9:1", None), ("²:1", None)],
)  # fmt: skip
def test_aspect_ratios(text: str, ratio: str | None) -> None:
    """One or two positive numbers, however divided."""
    assert read_aspect_ratio(text) == ratio


# Scenes by their numbers alone.


@pytest.mark.parametrize(
    ("first", "second", "places"),
    [
        ("1. Kuchnia, noc", "2. To samo, południe", ["Kuchnia", "Kuchnia"]),
        ("3. Küche \u2013 Tag", "4. Garten \u2013 Nacht", ["Küche", "Garten"]),
        ("1. Cucina. Giorno", "2. Strada. Notte", ["Cucina", "Strada"]),
        ("1. Keuken - dag", "2. Straat - nacht", ["Keuken", "Straat"]),
        ("1. Cuisine - jour", "2. Rue - nuit", ["Cuisine", "Rue"]),
        ("1 - COZINHA", "2 - INT. RUA - NOITE", ["COZINHA", "RUA"]),
        ("1. (VÍDEO) COZINHA", "1A. INT. RUA - NOITE", ["COZINHA (VÍDEO)", "RUA"]),
        ("SCEN 1. Köket", "SCEN 4. Bryggan", ["Köket", "Bryggan"]),
        ("シーン1 台所", "シーン2 道", ["台所", "道"]),
    ],
)
def test_scenes_with_a_number_need_no_kind(first: str, second: str, places: list[str]) -> None:
    made = read(f"{first}\n\nAnna waits.\n\nANNA\nWell?\n\n{second}\n\nShe goes.")
    assert [scene.place for scene in made.scenes] == places


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("CUADRO PRIMERO", "CUADRO SEGUNDO"), ("PRIMER CUADRO", "Segundo cuadro"), ("СЦЕНА 1", "СЦЕНА 2"),
        ("Картина первая", "Явление второе"), ("TABLEAU I", "Tableau II"), ("QUADRO 1", "QUADRO SEGUNDO"),
        ("Bild 1", "ZWEITES BILD"),
        ("ERSTE SZENE", "2. Auftritt"), ("SCENA PRIMA", "QUADRO SECONDO"), ("EERSTE TONEEL", "TAFEREEL 2"),
        ("FÖRSTA SCENEN", "Andra scenen"), ("SCENA PIERWSZA", "ODSŁONA II"), ("FIRST SCENE", "SCENE THE SECOND"),
    ],
)  # fmt: skip
def test_parts_of_a_play_are_scenes(first: str, second: str) -> None:
    """Known from plays of dracor.org."""
    made = read(f"{first}\n\nAnna waits.\n\nANNA\nWell?\n\n{second}\n\nShe goes.")
    assert [scene.label for scene in made.scenes] == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "1. Milk\n\n2. Two eggs\n\n3. Bread",
        "1. Breakfast - morning\n\n2. Swim - noon\n\n3. Dance - evening",
        "1. THE DUKE\n\n2. THE KING\n\nShe nods.",
        "1. Anna wakes at night.\n\nShe waits.\n\n2. She goes out at noon.\n\nRain.\n\n3. She is back at night.",
        "FIRST SHOT\n\nX.\n\nSECOND SHOT\n\nX.",
        "Erste Szene gefällt ihm.\n\nX.\n\nZweite Szene nicht.",
    ],
)
def test_a_list_and_sentences_are_no_scenes(text: str) -> None:
    made = read(f"INT. ROOM - DAY\n\nAnna reads aloud.\n\n{text}\n\nINT. HALL - DAY\n\nX.")
    assert [scene.place for scene in made.scenes] == ["ROOM", "HALL"]


@pytest.mark.parametrize(
    "gone", ["12 OMITTED", "SCENE 12 - DELETED", "SZENE 12: ENTFÄLLT", "SCÈNE 12 : SUPPRIMÉE", "シーン12 欠番"]
)
def test_a_scene_that_was_taken_out_is_none(gone: str) -> None:
    made = read(f"SCENE 11 - BARN\n\nHay.\n\n{gone}\n\nSCENE 13 - SHED\n\nStraw.")
    assert [scene.place for scene in made.scenes] == ["BARN", "SHED"]


def test_a_script_of_omitted_scenes_is_empty() -> None:
    """As one without a word is: nobody gets a film of no scene."""
    with pytest.raises(ScreenplayError, match="is empty"):
        parse_fountain(b"INT. OMITTED\n")
