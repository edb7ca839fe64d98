"""The writer's English over many pages of many kinds: no doubled word, no lost article, no sun at night."""

import re

import pytest

from tests.shots import scene_brief
from wzrd.animatic.writer.shots import write_shots
from wzrd.screenplay.parse import parse_fountain

_DETERMINER = "(?:the|a|an|his|her|its|their|our|my|your|this|that|these|those|some)"
SLIPS = {
    "a doubled word": re.compile(r"\b(?!that\b|had\b|very\b)(\w+) \1\b", re.IGNORECASE),
    "two articles": re.compile(rf"\b(?:the|a|an) {_DETERMINER} ", re.IGNORECASE),
    "a before a vowel": re.compile(r"\ba (?!eu|one|uni|use)[aeio]\w", re.IGNORECASE),
    "an before a consonant": re.compile(r"\ban (?!8|11|18|hour|honest|heir)[^aeioulmnrsfx\W]", re.IGNORECASE),
    "two prepositions": re.compile(r"\b(?:at|on|of|with|by) (?:at|on|in|of|from|with|by) ", re.IGNORECASE),
    "a conjunction for a place": re.compile(r"\b(?:of|at|in|on|the) and\b", re.IGNORECASE),
    "an open phrase": re.compile(r"\b(?:the|an|of|at|with|by)[.,;:]"),
    "stray punctuation": re.compile(r"\s[,.;]|,,|,\.|(?<!\.)\.\.(?!\.)|^\W*\.\.\."),
    "sun at night": re.compile(r"\bnight\b.*\bsun\b|\bsun\b.*\bat night\b", re.IGNORECASE),
}
_HEADINGS = """INT. KITCHEN - NIGHT
EXT. AT THE OLD WOMAN'S DOOR - DUSK
INT. THE BOSS'S OFFICE - DAY
EXT. BY THE RIVER - NIGHT - CONTINUOUS
INT./EXT. CAR (MOVING) - DAWN
INT. LAPD STATION - PARKING GARAGE - 9:30 PM
EXT. SOME PLACE - SUNSET
INT. HOUR GLASS INN - EVENING
EXT. ROOF.NIGHT
INT. ON THE TRAIN, A LITTLE LATER
.AT THE DOOR
.ON THE TV
.THE TRUCK SLAMS INTO THE GATE
INNEN. KÜCHE - NACHT
EXT. SUNDIAL INN - MIDNIGHT"""
_PAGES = """A candle. The sun is a rumour here. She hands him him the lamp.

...and the door opens. An LAPD badge on the table.|THE BOSS
You are early.

ANN
I am never early.

THE BOSS smiles and turns the the page.|OLD MAN
An hour. No more than an hour.

ANN (V.O.)
He waited for two.

Rain. Thunder. ANN and the OLD MAN stand at at the window.|A CROWD of people. The dog barks at them.

They run.|DR. ORR
(to Ann)
Breathe.

ANN looks at the X-RAY, and then at DR. ORR. The umbrella drips.|Moonlight on the water. Sunlight in her memory.

A BOY, 9, throws a stone; it skips. He laughs.|An EGG rolls off the table
and breaks on the floor.

ANN
Oh, no."""
SCENES = [f"{heading}\n\n{page}" for heading in _HEADINGS.split("\n") for page in _PAGES.split("|")]


@pytest.mark.parametrize("name", SLIPS)
def test_no_slip_in_a_thousand_shots(name: str) -> None:
    """Quotations are the author's; what stands around them is ours."""
    found = [idea for idea in IDEAS if SLIPS[name].search(re.sub(r"[\"\u201c][^\"\u201d]*[\"\u201d]", "Q", idea))]
    assert found == []


def written() -> list[str]:
    """The shots of every scene, each heading with each page."""
    made = parse_fountain(("INT. HOUSE - NIGHT\n\nSo.\n\n" + "\n\n".join(SCENES)).encode())
    return [shot.idea for scene in made.scenes for shot in write_shots(scene_brief(scene), 6, seed=scene.number)]


IDEAS = written()
