"""Prose of other languages: whom the words name is seen, with what they do."""

import pytest

from wzrd.animatic.provider import read_panel
from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea, ShotSubject

TOLD = {
    "de": ("Ein Polizist sitzt am Tisch und raucht. Die Frau ist in der Küche.", {"Polizist": "drink"}),
    "fr": ("Une vieille femme dort dans le lit et la lampe est sur la table.", {"Femme": "lie"}),
    "es": ("El soldado corre por la calle y una mujer llora.", {"Mujer": "weep"}),
    "it": ("Un pescatore beve il vino con il cane nel porto.", {"Pescatore": "drink"}),
    "pt": ("Um menino abraça o cachorro e a mãe sorri na porta.", {"Menino": "embrace"}),
    "ja": ("兵士が走る。少女が泣いている。", {"兵士": "run", "少女": "weep"}),
}


@pytest.mark.parametrize("language", TOLD)
def test_people_and_what_they_do_are_read_in_six_languages(language: str) -> None:
    """The commonest roles and verbs, as data."""
    text, expected = TOLD[language]
    scene = SceneBrief(1, description=text, location="Interior, room", actions=(text,), script=(text,))
    panel = read_panel(scene, ShotIdea(text, size="wide"), shot_number=1)
    poses = {figure.name: figure.pose for figure in panel.figures}
    assert {name: poses.get(name) for name in expected} == expected


def test_a_name_is_no_word() -> None:
    """FRAU KELLNER is called so; she is no waiter."""
    text = "Frau Kellner steht in der Küche und die Suppe ist auf dem Herd."
    scene = SceneBrief(1, description=text, script=(text,), characters=("FRAU KELLNER",))
    panel = read_panel(scene, ShotIdea(text, size="wide"), shot_number=1)
    assert [figure.name for figure in panel.figures] == ["Frau Kellner"]


def test_english_stays_english() -> None:
    """A word that another language has too ("rifle", "die", "come") means what it means here."""
    text = "The soldiers die on the hill and the boys come with the rifle."
    scene = SceneBrief(1, description=text, script=(text,))
    panel = read_panel(scene, ShotIdea(text, size="wide"), shot_number=1)
    assert any("soldier" in figure.name for figure in (*panel.figures, *panel.crowd))
    assert not any("eat" in figure.pose for figure in panel.figures)


def test_a_thing_in_hand_is_drawn_whatever_the_language() -> None:
    """A German knife is a knife; what the lists do not know keeps its name."""
    text = "Anna hält ein Messer in der Hand und geht mit dem alten Mann in das Haus."
    scene = SceneBrief(1, description=text, location="Interior, room", actions=(text,), script=(text,))
    brief = ShotBrief(subjects=(ShotSubject("Anna", "left", "hold", holds=("messer", "zauberspruch")),))
    figure = read_panel(scene, ShotIdea(text, brief=brief), shot_number=1).figures[0]
    assert (figure.thing, figure.label) == ("knife", "")
    assert figure.second.label == "zauberspruch"
