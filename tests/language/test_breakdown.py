"""Breakdowns by rule: who does what to whom with what, in several languages; nothing is invented."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.pages import scene_page
from wzrd.language.beats.props import PropFinder
from wzrd.language.beats.silent_people import shouted_people
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.screenplay.model import briefs_of
from wzrd.screenplay.parse import parse

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
        ("Ben sings like a bird that falls.", "speak", ("BEN",), ()),
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


def people(*script: str | Line, cast: str = "") -> dict[str, tuple[str, str]]:
    """Everybody of one scene: id → gender and age."""
    found = read_breakdown([SceneBrief(1, script=script, cast=cast)])
    return {one.id: (one.gender, one.age) for one in found.people}


@pytest.mark.parametrize(
    ("first", "then", "who", "whom"),
    [
        ("NADIA (30) slaps VERA (40).", "She falls.", ("VERA",), ()),
        ("NADIA (30) hugs VERA (40).", "She laughs.", ("NADIA",), ()),
        ("NADIA (30) looks at VERA (40).", "She hits her.", ("NADIA",), ("VERA",)),
    ],
)
def test_a_pronoun_between_two_women(first: str, then: str, who: tuple[str, ...], whom: tuple[str, ...]) -> None:
    """Who acted acts again, and does it to the other; whoever was struck falls."""
    assert deed(first, then)[1:3] == (who, whom)


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("Ben pulls out a child's drawing, the ink bleeding: a house, a sun, three people.", {"DRAWING"}),
        ("Ben looks at the photograph: two boys on a beach.", {"PHOTOGRAPH"}),
        ("Ben shows a portrait: an old woman with a lamp.", {"PORTRAIT"}),
    ],
)
def test_what_a_picture_shows_is_listed_behind_it_and_is_not_there(text: str, things: set[str]) -> None:
    """Neither its people nor its things; a child whose drawing it is, is no thing."""
    scene = read_breakdown([SceneBrief(1, script=(text, BEN))]).scenes[0]
    assert set(scene.present) == {"BEN"}
    assert {key for beat in scene.beats for key in beat.props} == things


def test_who_is_only_in_a_picture_is_not_there() -> None:
    """A photograph of Anna is a photograph: nobody is looked at, and she is not in the scene."""
    scene = SceneBrief(1, script=("Ben looks at a photograph of Anna.", BEN))
    away = SceneBrief(2, script=("Anna drinks.", ANNA))
    first = read_breakdown([scene, away]).scenes[0]
    assert first.present == ("BEN",)
    assert (first.beats[0].whom, first.beats[0].props) == ((), ("PHOTOGRAPH",))


@pytest.mark.parametrize(
    ("first", "then", "cue"),
    [
        ("TOM (19) sits.", "The MOTHER OF TOM (45) stands.", "MOTHER"),
        ("KARIM (19) arrive.", "La MÈRE DE KARIM (45) sert la soupe.", "LA MÈRE"),
        ("PETER (19) sitzt.", "Die MUTTER VON PETER (45) steht auf.", "MUTTER"),
        ("LUIS (19) se sienta.", "La MADRE DE LUIS (45) entra.", "MADRE DE LUIS"),
    ],
)
def test_a_relation_of_somebody_is_somebody_else(first: str, then: str, cue: str) -> None:
    """Each has an own age and gender, and her own lines."""
    own = first.partition(" ")[0]
    read = read_breakdown([SceneBrief(1, script=(first, then, Line(own, "1."), Line(cue, "2.")))])
    known = {one.id: (one.gender, one.age) for one in read.people}
    assert known == {own: ("man", "teen"), cue: ("woman", "adult")}
    assert read.scenes[0].beats[1].who == (cue,)


def test_a_suit_before_a_name_in_brackets_is_nobody() -> None:
    """Nor is a word of a sign a thing: "Ein Mann im Anzug (MAKLER, 35) klebt ein Schild …: "ZU VERMIETEN"."""
    text = 'Ein Mann im Anzug (MAKLER, 35) klebt ein Schild ins Fenster: "ZU VERMIETEN". Jasmin öffnet die Tür.'
    script = (text, Line("MAKLER", "Sind Sie wahnsinnig?"), Line("JASMIN", "Ja."))
    read = read_breakdown([SceneBrief(1, script=script)])
    assert {one.id for one in read.people} == {"MAKLER", "JASMIN"}
    assert {one.id for one in read.props} == {"SIGN", "SUIT"}


def test_surprise_does_not_stay_in_a_face() -> None:
    """Grief does for longer."""
    lines = [Line("ANNA", f"Number {number}.") for number in range(8)]
    for text, feeling, most in (("Anna gasps.", "surprise", 5), ("Anna weeps.", "grief", 8)):
        beats = read_breakdown([SceneBrief(1, script=(text, *lines))]).scenes[0].beats
        kept = sum(beat.feelings.get("ANNA") == feeling for beat in beats)
        assert most - 2 < kept <= most


def test_a_title_before_a_name_is_no_thing() -> None:
    """MRS. PELL is somebody, in capitals as well."""
    script = ("MRS. PELL (60), headset askew, pokes her head in.", Line("MRS. PELL", "Two minutes."))
    assert [one.id for one in read_breakdown([SceneBrief(1, script=script)]).props] == ["HEADSET"]


def test_things_and_empty_rooms_are_nobody() -> None:
    """Papers are no woman; 無人 is nobody."""
    assert set(people("Papers are everywhere on the floor of the office.", BEN)) == {"BEN"}
    assert people("無人。机の上に本がある。") == {}


def test_an_age_in_wide_brackets_is_one() -> None:
    """A number in wide brackets behind a name is an age, whoever speaks or not; both are there."""
    found = people(
        "社長\uff0865\uff09が椅子に座っている。若い秘書の花子\uff0822\uff09が入ってくる。", Line("社長", "入れ")
    )
    assert found["社長"][1] == "old"
    assert "花子" in found


@pytest.mark.parametrize(
    ("script", "who"),
    [
        ("Il hisse un jeune homme inanimé, GILDAS. Gildas tousse. Le vent est dans la nuit.", "GILDAS"),
        ("LE BIJOUTIER, en blouse, attend. Il est seul dans la boutique et il regarde la rue.", "BIJOUTIER"),
        ("Le savant trace une fusée. Fulbert lance un livre et le livre tombe. On rit de Fulbert.", "FULBERT"),
    ],
)
def test_silent_people_are_seen_in_any_language(script: str, who: str) -> None:
    """Whoever has no line is there by what brings them in, or by what they do."""
    assert who in people(script)


def test_the_list_of_the_cast_is_read() -> None:
    """Ages, sexes and roles of a list at the head are known; a role in the text is the person."""
    cast = "DON ANSELMO, notario, anciano\nNICO, su hijo, 15"
    script = ("El notario abre la carta. Nico mira a la ventana y se va con ella.", Line("NICO", "No."))
    assert people(*script, cast=cast) == {"NICO": ("man", "teen"), "DON ANSELMO": ("man", "old")}
    assert beats(script[0])[0].act == "open"


def test_a_short_name_is_part_of_the_whole_one() -> None:
    """RUTH and RUTH ADLER are one, LA SIRVIENTA and SIRVIENTA too; two of a family are two."""
    assert set(people("RUTH ADLER (60) sits.", Line("RUTH", "Yes."))) == {"RUTH"}
    assert set(people("EVA ADLER (60) and RUTH ADLER (20) sit.", Line("EVA", "Yes."))) >= {"EVA", "RUTH ADLER"}


@pytest.mark.parametrize(
    ("script", "act", "who", "whom", "props"),
    [
        ("Yann plonge dans la mer. Une femme crie. Il la saisit.", "take", "YANN", "FEMME", ()),
        ("YANN prend la bague et il est dans la nuit. Il la jette.", "throw", "YANN", "", ("RING",)),
        ("Borys stoi na ulicy i patrzy. Z bramy wychodzi HANKA (20). Uderza ją.", "strike", "HANKA", "", ()),
        ("Anna carries a birdcage into the room.", "carry", "ANNA", "", ("BIRDCAGE",)),
        ("Anna is dragged away by BEN (30).", "drag", "BEN", "ANNA", ()),
    ],
)
def test_order_of_words_and_things_in_hand(script: str, act: str, who: str, whom: str, props: tuple[str, ...]) -> None:
    """Pronouns before the verb, subjects behind it, what a hand holds by its place, a passive turned round."""
    found = beats(ANNA, script) if "Anna" in script else beats(Line("YANN", "Oui."), Line("BORYS", "Tak."), script)
    assert found[-1].act == act
    assert found[-1].who == (who,)
    assert found[-1].whom == ((whom,) if whom else found[-1].whom)
    assert found[-1].props == (props or found[-1].props)


def test_a_feeling_stays_in_a_face() -> None:
    """Of whoever acts, not of whom it is done to; for some beats more, and until another comes."""
    found = beats(ANNA, BEN, "Anna glares at Ben.", "She opens the door.", "She smiles.")
    assert [beat.feelings for beat in found] == [{"ANNA": "anger"}, {"ANNA": "anger"}, {"ANNA": "joy"}]
    whole = beats(ANNA, BEN, "Anna opens the letter. She weeps.")
    assert [beat.feelings for beat in whole[-2:]] == [{"ANNA": "grief"}, {"ANNA": "grief"}]  # a paragraph is one moment


@pytest.mark.parametrize(
    ("cue", "prose", "spans"),
    [
        ("ليلى", "تدخل ليلى. لماذا؟ يجلس.", ["تدخل ليلى.", "لماذا؟", "يجلس."]),
        ("राम", "राम अंदर आता है। बारिश होती है।", ["राम अंदर आता है।", "बारिश होती है।"]),
        ("דנה", "דנה יושבת ליד השולחן.", ["דנה יושבת ליד השולחן."]),
    ],
)
def test_people_are_found_where_letters_have_no_case(cue: str, prose: str, spans: list[str]) -> None:
    """Somebody whom the prose names is who the first sentence is of; sentences end by the script's own signs."""
    found = beats(Line(cue, "…"), prose)
    assert [one.span for one in found] == spans
    assert found[0].who == (cue,)


@pytest.mark.parametrize(
    ("sentence", "act", "whom", "feelings"),
    [
        ("Anna wrestles with the wheel.", "drag", (), {}),
        ("Anna hammers a plank over the leak.", "strike", (), {}),
        ("Anna dances barefoot on the sand.", "dance", (), {"ANNA": "joy"}),
        ("Anna laughs in spite of herself.", "laugh", (), {"ANNA": "joy"}),
        ("Anna watches him, peeling an apple with a knife.", "cut", ("BEN",), {}),
        ("Anna strikes Ben.", "strike", ("BEN",), {"ANNA": "anger", "BEN": "fear"}),
    ],
)
def test_work_is_no_quarrel(sentence: str, act: str, whom: tuple[str, ...], feelings: dict[str, str]) -> None:
    """Deeds done to things need nobody else, and show no anger; who dances alone dances alone."""
    last = beats(ANNA, BEN, sentence)[-1]
    assert (last.act, last.who, last.whom, dict(last.feelings)) == (act, ("ANNA",), whom, feelings)


def test_a_radio_that_speaks_is_nobody() -> None:
    """It is heard, and crackles; there is nobody of that name to be seen."""
    radio = Line("RADIO", "All vessels, return.", extension="V.O.")
    (scene,) = read_breakdown([SceneBrief(1, script=("Anna waits.", ANNA, "The radio crackles.", radio))]).scenes
    assert scene.present == ("ANNA",)
    assert [beat.who for beat in scene.beats if beat.span == "The radio crackles."] == [()]


@pytest.mark.parametrize(
    ("sentence", "act", "who", "whom"),
    [
        ("Wrapped in a blanket, Anna plays the violin.", "play", ("ANNA",), ()),
        ("Wiping her hands, Anna nods.", "touch", ("ANNA",), ()),
        ("Grabbing Ben, Anna runs.", "take", ("ANNA",), ("BEN",)),
        ("Startled, she drops the cup.", "put_down", ("ANNA",), ()),
        ("Opening the door.", "open", ("BEN",), ()),
    ],
)
def test_a_participle_is_of_the_next_subject(
    sentence: str, act: str, who: tuple[str, ...], whom: tuple[str, ...]
) -> None:
    """It is one beat with what its subject does then; without one, whoever acted last goes on."""
    (beat,) = beats(ANNA, BEN, sentence)
    assert (beat.act, beat.who, beat.whom) == (act, who, whom)


@pytest.mark.parametrize("text", ["Mike takes the " + "X" * 90 + ". He drops it.", Line("MIKE", "On and on. " * 500)])
def test_what_is_longer_than_the_format_takes_is_cut(text: str | Line) -> None:
    """A speech of pages, and a thing whose name has no end, are told as far as a breakdown can tell them."""
    (scene,) = read_breakdown([SceneBrief(1, script=("MIKE enters.", text))]).scenes
    assert max(len(beat.span) for beat in scene.beats) <= 4_000
    assert any("X" * 80 in beat.props or beat.lines for beat in scene.beats)


@pytest.mark.parametrize("page", ["INT. {}", "INT. A - DAY\n\n{}\n\nMIKE\nHi.", "INT. A - DAY\n\n{}."])
@pytest.mark.parametrize("unit", ["A", "A-", "O'"])
def test_a_word_without_end_takes_no_longer_than_a_page(page: str, unit: str) -> None:
    """No pattern tries each letter of a long word against all others: nobody else's request would be answered."""
    began = time.thread_time()
    read_breakdown(briefs_of(parse(page.format(unit * (20_000 // len(unit))).encode(), "a.fountain")))
    assert time.thread_time() - began < 1


def test_a_long_paragraph_is_read_as_fast_as_many_short_ones() -> None:
    """Capitals are judged by what stands near them, not by all that stands before."""
    page, began = "Mike takes the KNIFE and sees MR. LEE, 40. " * 2_000, time.thread_time()
    assert "KNIFE" in PropFinder([page], ["mike"]).key
    assert shouted_people([page], "en")
    assert time.thread_time() - began < 1
