"""Breakdowns by rule: who does what to whom with what, in several languages; nothing is invented."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.breakdown import read_breakdown, scene_page

ANNA, BEN = Line("ANNA", "Well."), Line("BEN", "So.")


def beats(*script: str | Line) -> Sequence[Beat]:
    """Beats of one scene, without its lines."""
    return [beat for beat in read_breakdown([SceneBrief(1, script=script)]).scenes[0].beats if not beat.lines]


def deed(*script: str | Line) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The last sentence: act, who, whom, props."""
    last = beats(*script)[-1]
    return last.act, last.who, last.whom, last.props


@pytest.mark.parametrize(
    ("sentence", "act", "who", "whom"),
    [
        ("Anna hands Ben the letter.", "hand_over", ("ANNA",), ("BEN",)),
        ("Anna takes his hand.", "hold_hands", ("ANNA",), ("BEN",)),
        ("Ben drops to the floor.", "fall", ("BEN",), ()),
        ("Ben drops the cup.", "put_down", ("BEN",), ()),
        ("Anna turns the radio on.", "use", ("ANNA",), ()),
        ("Anna takes the letter and throws it into the fire.", "throw", ("ANNA",), ()),
        ("Ben hugs her.", "hug", ("BEN",), ("ANNA",)),
        ("He pushes Anna.", "push", ("BEN",), ("ANNA",)),
        ("Ben sings like a bird that falls.", "other", ("BEN",), ()),
        ("Anna holds the cup in both hands.", "hold", ("ANNA",), ()),
        ("Opens the letter.", "open", ("BEN",), ()),
    ],
)
def test_who_does_what_to_whom(sentence: str, act: str, who: tuple[str, ...], whom: tuple[str, ...]) -> None:
    """By who stands before the verb and who behind it; pronouns mean whoever was there; similes are nothing."""
    assert deed(ANNA, BEN, sentence)[:3] == (act, who, whom)


@pytest.mark.parametrize(
    ("sentence", "act"),
    [
        ("Anna umarmt Ben.", "hug"),
        ("Anna donne la lettre à Ben.", "hand_over"),
        ("Anna besa a Ben.", "kiss"),
        ("Anna abbraccia Ben.", "hug"),
        ("Anna empurra Ben.", "push"),
        ("Anna całuje go i płacze.", "kiss"),
    ],
)
def test_other_languages_are_read_by_their_own_words(sentence: str, act: str) -> None:
    """A deed is one kind whatever it is called; enough of the language stands around it to be known."""
    around = {
        "hug": "Der Raum ist dunkel und die Lampe steht auf dem Tisch. Sie ist nicht da, und er ist mit ihr.",
        "hand_over": "La pièce est dans le noir et les lampes sont sur une table. Elle est avec lui et il ne dit rien.",
        "kiss": "",
        "push": "A sala está no escuro e as luzes não são de uma casa. Ela não está com ele, mas o homem é um amigo.",
    }[act]
    if "besa" in sentence:
        around = (
            "La sala está en la sombra y las luces no son de una casa. Ella no está con él, pero el hombre es un amigo."
        )
    if "abbraccia" in sentence:
        around = "La stanza è al buio e le luci non sono di una casa. Lei non è con lui, ma il signore non parla."
    if "całuje" in sentence:
        around = "Pokój jest ciemny i nie ma w nim nikogo. To jest dom, a on nie wie, że ona jest tam z nim i się boi."
    last = beats(around, ANNA, BEN, sentence)[-1]
    assert (last.act, last.who[:1]) == (act, ("ANNA",))


def test_a_sentence_of_two_who_act_is_two_beats() -> None:
    """Each has a picture of its own, or shares one."""
    found = beats(ANNA, BEN, "Anna kneels, and Ben runs to the door.")
    assert [(beat.act, beat.who) for beat in found] == [("kneel", ("ANNA",)), ("run", ("BEN",))]


def test_things_in_capitals_are_props_and_a_pronoun_means_the_last_one() -> None:
    """A CIGARETTE CASE is a case; what is flung into the fire is the case."""
    found = beats(ANNA, BEN, "Anna takes a CIGARETTE CASE from the table.", "She flings it at Ben.")
    assert [beat.props for beat in found] == [("CASE",), ("CASE",)]


def test_what_decides_weighs_more() -> None:
    """Contact, a thing seen for the first time, a feeling; the weather is colour."""
    found = beats("Rain.", ANNA, BEN, "Ben walks to the window.", "Anna kisses Ben.", "Wind in the trees.")
    assert [beat.weight for beat in found] == ["passing", "carrying", "decisive", "passing"]


def test_feelings_are_whose_they_are() -> None:
    """In action, and in a parenthetical."""
    assert beats(ANNA, BEN, "Ben weeps.")[-1].feelings == {"BEN": "grief"}
    scene = SceneBrief(1, script=(Line("ANNA", "No.", "terrified"), BEN))
    assert read_breakdown([scene]).scenes[0].beats[0].feelings == {"ANNA": "fear"}


WORDS = st.sampled_from(
    [
        "Anna",
        "BEN",
        "hugs",
        "the",
        "LETTER",
        "falls",
        "umarmt",
        "彼女は",
        "渡す。",
        ".",
        ",",
        '"',
        "it",
        "(",
        "\u202e",
        "-",
        "takes",
        "hand",
    ]
)
PARTS = st.lists(WORDS | st.text(max_size=12), max_size=14).map(" ".join) | st.builds(
    Line, st.sampled_from(["ANNA", "BEN (V.O.)", "", "彼"]), st.text(max_size=30), st.none() | st.text(max_size=9)
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(PARTS, max_size=5).map(tuple), max_size=3))
def test_spans_stand_where_they_say_and_every_name_is_known(scripts: list[tuple[str | Line, ...]]) -> None:
    """Any text: spans are its own words, in its order; people are listed; it can be read back."""
    scenes = [SceneBrief(at, script=script) for at, script in enumerate(scripts, 1)]
    found = read_breakdown(scenes)
    known = {person.id for person in found.people}
    for scene, read in zip(scenes, found.scenes, strict=True):
        text = scene_page(scene).text
        assert [beat.start for beat in read.beats] == sorted(beat.start for beat in read.beats)
        for beat in read.beats:
            assert text[beat.start : beat.start + len(beat.span)] == beat.span
            assert {*beat.who, *beat.whom, *beat.feelings} <= known
    assert Breakdown.model_validate_json(found.model_dump_json()) == found
    assert read_breakdown(scenes) == found


def test_his_mother_and_her_name_are_one() -> None:
    """A relation between "his" and a name behind a comma is who is named."""
    scene = SceneBrief(1, script=("His mother, Peggy, enters.", "Peggy waits."), characters=("PEGGY",))
    assert [person.id for person in read_breakdown([scene]).people] == ["PEGGY"]
