"""Endings that tell a gender: surnames, adjectives and articles behind a name, each in its language."""

from dataclasses import replace

import pytest

from wzrd.domain.shots import SceneBrief
from wzrd.language.people.agreement import introduced_gender, surname_gender
from wzrd.language.people.register import Register

POLISH = (
    "Wentylator. FALCONBRIDGE, konsul, t\u0142usty, w bia\u0142ym garniturze. Przed nim stoi SKAWI\u0143SKI, siwy."
    " NOWICKA siedzi na progu. Nie ma nic i jest noc, a on nie \u015bpi."
)


@pytest.mark.parametrize(
    ("behind", "language", "gender"),
    [
        (", konsul, t\u0142usty, w garniturze", "pl", "man"),
        (" (m\u0142oda, piegowata)", "pl", "woman"),
        (", p\u0142\u00f3cienna kurtka", "pl", ""),
        (" (rubia, angelical, 19)", "es", "woman"),
        (" (flaco)", "es", "man"),
        (", artista", "es", ""),
        (", \u00e2g\u00e9e, riche", "fr", "woman"),
        (", une femme, 30", "fr", "woman"),
        (", eine Frau von Welt", "de", "woman"),
        (", ein rundes M\u00e4nnchen", "de", ""),
        (" siwy jak go\u0142\u0105b", "pl", ""),
        (", tired, 19", "en", ""),
    ],
)
def test_words_behind_a_name_agree_with_it(behind: str, language: str, gender: str) -> None:
    """An adjective alone between its commas, an article at the head of its part; nothing else is guessed."""
    assert introduced_gender(behind, language) == gender


def test_a_surname_of_two_forms_tells() -> None:
    """In Polish, and in no other language."""
    assert (surname_gender("kowalski", "pl"), surname_gender("anna kowalska", "pl")) == ("man", "woman")
    assert surname_gender("kowalski", "en") == ""


def test_people_of_a_polish_script_have_their_gender() -> None:
    """By trade, surname and adjectives, where no pronoun tells it."""
    register = Register(
        [
            SceneBrief(
                1,
                script=(POLISH, "Nie ma nic i jest noc, a on nie \u015bpi."),
                characters=("FALCONBRIDGE", "SKAWI\u0143SKI", "NOWICKA"),
            )
        ]
    )
    genders = [register.profile(name).gender for name in ("FALCONBRIDGE", "SKAWI\u0143SKI", "NOWICKA")]
    assert genders == ["man", "man", "woman"]


def test_a_list_of_the_cast_tells_of_its_people() -> None:
    """Names, ages and trades, before any scene; who is only in the list is in no scene."""
    scene = SceneBrief(1, script=("Robin wartet.",), characters=("ROBIN",), cast="ROBIN, eine Frau, 61\nSAM, 12")
    register = Register([scene])
    assert (register.profile("ROBIN").gender, register.profile("ROBIN").years) == ("woman", 61)
    divided = Register([replace(scene, cast="SAM, 12 / ROBIN (19)")])
    assert divided.profile("ROBIN").years == 19
