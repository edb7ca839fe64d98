"""Prose that nobody tuned the rules on: names, blows, things in hand, feelings, signs."""

from collections.abc import Sequence

import pytest

from wzrd.animatic.writer.shots import write_shots
from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown


def read(*script: str | Line) -> Breakdown:
    """The breakdown of a film of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=script)])


def deeds(*script: str | Line) -> Sequence[Beat]:
    """The beats of one scene, without its lines."""
    return [beat for beat in read(*script).scenes[0].beats if not beat.lines]


def names(*script: str | Line) -> set[str]:
    """Names of everybody in a film of one scene."""
    return {person.name for person in read(*script).people}


@pytest.mark.parametrize(
    ("introduced", "cue", "others"),
    [
        ('ROSA "PLIERS" DELGADO, 38, hauls a bag. Rosa drops it.', "ROSA", {"Pliers", "Delgado"}),
        ("GHOST -- Benedict Amory, 45, thin -- slides in.", "GHOST", {"Benedict Amory", "Amory"}),
        ("THE KID -- real name Toby, 20 -- eats.", "THE KID", {"Toby"}),
        ("It comes to MARCUS, 6, whom everyone calls BUG.", "BUG", {"Marcus"}),
        ("POPS DELANEY (74) winds a bandage.", "POPS", {"Pops Delaney", "Delaney"}),
    ],
)
def test_a_nickname_and_a_real_name_are_one_person(introduced: str, cue: str, others: set[str]) -> None:
    """Nobody stands twice in a picture because the page has two names for them."""
    assert not names(introduced, Line(cue, "Now.")) & others


@pytest.mark.parametrize(
    "script",
    [
        "A SUITCASE under the table. Anna laughs. The suitcase goes over.",
        "In the drawer: a pair of BABY SHOES, knitted. Anna weeps.",
        "A SHADOW crosses the wall. Anna looks up.",
        "The tag reads SHADOW. Anna opens the box.",
        "A framed cutting. ALBION LOST WITH ALL HANDS. Anna laughs.",
    ],
)
def test_things_signs_and_shadows_in_capitals_are_nobody(script: str) -> None:
    """Only Anna is there."""
    assert names(script, Line("ANNA", "Who is it?")) == {"Anna"}


@pytest.mark.parametrize(
    "words", ["PULL FOCUS", "CAMERA CIRCLES HIM", "DOLLY IN", "REVERSE", "SLOW MOTION", "IRIS IN", "SPLASH", "OVERHEAD"]
)
@pytest.mark.parametrize("form", ["{}: Ann bends over the bar.", "{} as Ann lifts it.", "Ann bends. {}. She lifts it."])
def test_the_camera_is_nobody(words: str, form: str) -> None:
    """Capitals before somebody's deed do it not."""
    assert names(form.format(words), Line("ANN", "No.")) == {"Ann"}


@pytest.mark.parametrize(
    "script",
    [
        "NAH - Ann beugt sich \u00fcber den Topf und hebt ihn.",
        "LA CAMERA SCENDE. Ann si china sulla pentola e la solleva.",
        "Ann buigt zich over de pan en tilt hem op.",
    ],
)
def test_the_camera_is_nobody_in_other_languages(script: str) -> None:
    """Nor is a Dutch pan, which is a man in Polish."""
    assert names(script, Line("ANN", "Oh.")) == {"Ann"}


@pytest.mark.parametrize(
    ("introduced", "gender", "age"),
    [
        ("TOM PASCOE, old enough to be her father, sits.", "man", ""),
        ("ANNA BELL, half his age, sits.", "woman", ""),
        ("ANNA BELL, barely out of her teens, sits.", "woman", "teen"),
        ("ANNA BELL, eighty next birthday, sits.", "woman", "old"),
        ("TOM, nine or ten, sits.", "man", "child"),
        ("BILLY, not more than seven, sits.", "man", "child"),
        ("A man of about forty, MILES, his tie undone, slumps.", "man", "adult"),
        ("OFFICER KIM -- mid-twenties, her first week on the job -- fumbles.", "woman", "young"),
        ("A girl dressed as a boy, FRAN (19), loads the cart.", "woman", "teen"),
        ("A paramedic, female, late 20s, NAOMI, kneels.", "woman", "young"),
        ("Her name is BO; she is six.", "woman", "child"),
        ("MARA, 30, kisses a bearded man.", "woman", "adult"),
        ("TOM (30), beside his pregnant wife, sits.", "man", "adult"),
        ("ANNA (30), with her father, sits.", "woman", "adult"),
        ("LEE lifts the coins, all nine of them.", "", ""),
        ("EMMA, 19, a student, waits.", "woman", "teen"),
        ("EMMA, 40, a doctor, waits.", "woman", "adult"),
        ("EMMA (40), actor, waits.", "woman", "adult"),
        ("EMIL, 40, ein Student, wartet.", "man", "adult"),
        ("MARIE, 40 ans, m\u00e9decin, attend. Elle regarde.", "woman", "adult"),
        ("GIULIA, 40 anni, giudice, aspetta.", "woman", "adult"),
        ("ANNA, 40 lat, notariusz, czeka.", "woman", "adult"),
        ("Ao lado de uma cerca ca\u00edda, HERMES, 40 anos, segura o mapa.", "", "adult"),
        ("FRANKIE, she's five, wears a cape.", "woman", "child"),
        ("LOU, in a wedding dress, 33, runs.", "woman", "adult"),
        ("INSPECTOR DODD, on the wrong side of fifty, moustache, enters.", "man", "adult"),
        ("A barefoot boy of ten hauls the rope. This is LEE.", "man", "child"),
        ("Entre los charcos camina una ni\u00f1a, de nueve a\u00f1os. Se llama ALBA.", "woman", "child"),
        ("Am Tisch sitzt ein alter Mann. Er hei\u00dft KRAMER.", "man", "old"),
        ("Sur le quai, une fillette de sept ans. Elle s'appelle LUCE.", "woman", "child"),
    ],
)
def test_who_is_brought_in_is_what_the_page_says(introduced: str, gender: str, age: str) -> None:
    """By whom somebody is measured is another; a name may come in a sentence of its own."""
    name = next(
        word.strip(".,;")
        for word in introduced.split()
        if word.strip(".,;").isupper() and len(word) > 2 and word not in {"OFFICER", "INSPECTOR"}
    )
    found = next(one for one in read(introduced, Line(name, "Oh.")).people if one.id.startswith(name))
    assert (found.gender, found.age) == (gender, age)


@pytest.mark.parametrize(
    "sentence",
    [
        "The wall reads SHADOW.",
        "A SHADOW crosses the wall.",
        "A SHRIEK from outside.",
        "On it: ALBION LOST WITH ALL HANDS.",
    ],
)
def test_signs_shadows_and_sounds_in_capitals_are_no_things(sentence: str) -> None:
    """They are no props, and no insert is made of them."""
    assert read(sentence, "Anna looks up.", Line("ANNA", "Well.")).props == ()


@pytest.mark.parametrize(
    "page",
    [
        "ELSA (9), a girl with braids, kneels and waits for the rain.",
        "ELSA (9), ein M\u00e4dchen mit Z\u00f6pfen, kniet und wartet auf den Regen.",
        "ELSA (9), une fille avec des tresses, est \u00e0 genoux et attend la pluie.",
        "ELSA (9), una ni\u00f1a con trenzas, se arrodilla y espera la lluvia.",
    ],
)
def test_somebodys_own_hair_is_no_prop(page: str) -> None:
    """Braids are no wig that lies about."""
    assert read(page).props == ()


def test_a_lamp_in_capitals_is_seen_from_near() -> None:
    """It decides, though a lamp room is a place: it has a picture of its own."""
    scene = SceneBrief(1, location="INT. ROOM - NIGHT", script=("A room. In the window a LAMP.", "Anna enters."))
    assert "lamp" in {shot.brief.focus for shot in write_shots(scene, 3) if shot.brief}


@pytest.mark.parametrize(
    ("sentence", "captions"),
    [
        (
            "TOBIAS carries the tuba, because MIRA hugs him.",
            ["TOBIAS carries the tuba", "because MIRA hugs him."],
        ),
        ("Donna kicks the chair and Jean opens the door.", ["Donna kicks the chair", "and Jean opens the door."]),
    ],
)
def test_a_conjunction_belongs_to_the_clause_that_follows(sentence: str, captions: list[str]) -> None:
    """No caption ends in because, and or a comma."""
    cues = [
        Line(word, "Yes.") for word in ("TOBIAS", "MIRA", "DONNA", "JEAN") if word.casefold() in sentence.casefold()
    ]
    assert [beat.span for beat in deeds(*cues, sentence)] == captions


@pytest.mark.parametrize(
    ("script", "act", "who", "whom"),
    [
        ("Ben sneezes. Her arms are round him.", "hug", "ANNA", "BEN"),
        ("Anna holds him.", "hug", "ANNA", "BEN"),
        ("Anna takes his wet face in both her hands.", "touch", "ANNA", "BEN"),
        ("Anna points the revolver at Ben.", "aim", "ANNA", "BEN"),
        ("Ben rolls on to one knee.", "kneel", "BEN", ""),
        ("Ben gives Anna a slap.", "strike", "BEN", "ANNA"),
        ("Ben puts a hand on Anna's neck and leaves it there.", "touch", "BEN", "ANNA"),
        ("Ben sticks out a foot.", "push", "BEN", "ANNA"),
        ("Anna pumps his chest.", "bend_over", "ANNA", "BEN"),
        ("Anna opens the can and lets it run out.", "open", "ANNA", ""),
        ("The wrench jumps out of Ben's cold hand.", "put_down", "BEN", ""),
        ("Hammers on the window.", "strike", "BEN", ""),
        ("Anna looks at herself.", "look", "ANNA", ""),
    ],
)
def test_what_is_done_to_somebody(script: str, act: str, who: str, whom: str) -> None:
    """Arms, faces and knees tell a deed whatever the verb is; herself is nobody else."""
    last = deeds(Line("ANNA", "Well."), Line("BEN", "So."), "Anna loves her brother. Ben loves his sister.", script)[-1]
    assert (last.act, ",".join(last.who), ",".join(last.whom)) == (act, who, whom)


def test_a_role_that_ends_a_sentence_is_who_is_named_next() -> None:
    """The sheriff is no other than the one whom the page then names."""
    page = "In the shade: the sheriff. ELI MARSH, lean, past sixty, with a white moustache."
    assert [(one.name, one.gender) for one in read(page, Line("ELI", "No.")).people] == [("Eli", "man")]


@pytest.mark.parametrize(
    ("introduced", "cue", "role"),
    [
        ("ANNA (30), a nurse in blue, waits.", "ANNA", "the nurse"),
        ("ANNA (30), tall, waits.", "ANNA", "the young woman"),
        ("DR. LEE, 45, waits.", "DR. LEE", "the doctor"),
        ("LENA, 19, a student, waits.", "LENA", "the girl"),
    ],
)
def test_a_role_means_who_bears_it(introduced: str, cue: str, role: str) -> None:
    """By trade, by age, by title: nobody new comes in."""
    assert names(introduced, Line(cue, "Well."), Line("ZED", "So."), f"Zed looks at {role}.") == {
        "Zed", "Dr. Lee" if cue == "DR. LEE" else cue.capitalize(),
    }  # fmt: skip


@pytest.mark.parametrize("noun", ["waiter", "nun", "doctor"])
def test_who_has_a_trade_is_another_than_who_comes_next(noun: str) -> None:
    """Only somebody without one, as a man or a girl is, may be who the page then names."""
    assert len(read(f"A {noun} waits. ROBIN (30) walks in.", Line("ROBIN", "Oh.")).people) == 2


def test_siblings_are_the_two_of_one_name() -> None:
    """Brothers are those who share it, whoever else is there."""
    script = (
        "WADE KOSKI, 44, sits. WAYNE KOSKI, 41, runs. A BUTCHER, 50, waits.",
        Line("WADE", "No."),
        Line("WAYNE", "Yes."),
    )
    assert set(deeds(*script, "The brothers nod.")[-1].who) == {"WADE", "WAYNE"}


def test_both_are_the_two_who_are_there() -> None:
    """A number of people is no stranger."""
    last = deeds(Line("ANNA", "Well."), Line("BEN", "So."), "Anna and Ben sit.", "The two of them begin to laugh.")[-1]
    assert (set(last.who), last.feelings) == ({"ANNA", "BEN"}, {"ANNA": "joy", "BEN": "joy"})


def test_a_thing_alone_is_what_somebody_finds() -> None:
    """It belongs to the deed that brings it to light, and surprises."""
    (beat,) = deeds(Line("ANNA", "Well."), "Anna opens the box. A RING.")
    assert (beat.span, beat.feelings) == ("Anna opens the box. A RING.", {"ANNA": "surprise"})
    assert {"BOX", "RING"} <= set(beat.props)


def test_things_in_a_row_are_one_picture() -> None:
    """A list is seen at once; what stands in a paragraph of its own is not of it."""
    listed = "On the tray, in a neat row: a WALLET. A phone. A set of keys."
    row, key = (one for one in deeds(Line("ANNA", "Well."), listed, "A second key.") if not one.lines)
    assert (row.span, {"WALLET", "PHONE"} <= {*row.props}) == (listed, True)
    assert key.span == "A second key."


def test_what_somebody_took_stays_in_hand_until_it_is_put_down() -> None:
    """The next pictures of them have it; the one after that no more."""
    found = deeds(Line("ANNA", "Well."), "Anna picks up the letter. She sits. She puts it down. She stands.")
    assert [beat.props for beat in found] == [("LETTER",), ("LETTER",), ("LETTER",), ()]


@pytest.mark.parametrize(
    ("script", "felt"),
    [
        ("Anna wipes her eyes. Ben hugs her.", "grief"),
        ("Anna crosses herself.", "fear"),
        ("Anna slaps Ben.", "anger"),
        ("Anna puts a hand over her mouth.", "surprise"),
        ("Anna does not look happy.", ""),
    ],
)
def test_faces_show_what_gestures_and_deeds_say(script: str, felt: str) -> None:
    """A feeling stays when somebody is held; one that is denied is not felt."""
    last = deeds(Line("ANNA", "Well."), Line("BEN", "So."), "Anna loves her brother.", script)[-1]
    assert last.feelings.get("ANNA", "") == felt


@pytest.mark.parametrize(
    ("script", "act"),
    [
        ("La mujer mira la calle y la casa de su padre. Anna le suelta una bofetada a Ben.", "strike"),
        ("Die Frau sieht ihn an und gibt Ben eine Ohrfeige.", "strike"),
        ("La femme regarde la rue. Anna tombe à genoux.", "kneel"),
        ("Kobieta patrzy na niego i nie wie, co się z nim stało. Anna pada na kolana.", "kneel"),
    ],
)
def test_idioms_of_other_languages_tell_a_deed(script: str, act: str) -> None:
    """A blow that is given is a blow, and knees are knelt on."""
    assert deeds(Line("ANNA", "No."), Line("BEN", "No."), script)[-1].act == act


def test_german_pronouns_tell_a_woman() -> None:
    """`Sie` with a verb of one person is a woman: whoever is named just before."""
    film = read("AYLIN schiebt eine Leiter an die Wand. Sie klettert hinauf. Sie hebt den Deckel der Kiste.")
    assert [person.gender for person in film.people] == ["woman"]


def test_somebody_of_the_scene_is_meant_before_somebody_of_another() -> None:
    """A pronoun means whoever is there, told woman or not, before a woman who is elsewhere."""
    film = read_breakdown(
        [
            SceneBrief(1, script=("MARTHA (40), a woman, sits. She weeps.", Line("MARTHA", "No."))),
            SceneBrief(2, script=("KERRIN climbs up.", "She opens the box.", Line("KERRIN", "Oh."))),
        ]
    )
    assert [beat.who for beat in film.scenes[1].beats if beat.act == "open"] == [("KERRIN",)]


def test_a_name_that_is_a_verbs_form_is_nobodys_deed() -> None:
    """Pops, Grace and Mark do what their sentence says, and nobody else does it with them."""
    beat = deeds("BEE, 12, a girl, comes in.", "Pops sits down.", Line("POPS", "Well."))[-1]
    assert (beat.act, beat.who, beat.whom) == ("sit", ("POPS",), ())


@pytest.mark.parametrize(
    ("sentence", "whom"),
    [
        ("She threads her fingers into his.", "MAX"),
        ("He puts one of his hands on hers.", "LENA"),
        ("Lena is on tiptoe, her mouth against his ear.", "MAX"),
    ],
)
def test_whose_body_is_touched_is_in_the_picture(sentence: str, whom: str) -> None:
    """A part of somebody's body is not there without them."""
    beat = deeds("LENA, a woman of 25, lies down. MAX, a man of 40, sits.", sentence, Line("LENA", "Max."))[-1]
    assert beat.whom == (whom,)
