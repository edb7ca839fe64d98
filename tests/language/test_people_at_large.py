"""People of scripts that nobody here has seen: how they are brought in, called and meant, in ten languages."""

import pytest

from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.people.ages import years_alone
from wzrd.language.people.introductions import behind, read_fragment


def read(*parts: str | Line) -> Breakdown:
    """The breakdown of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=parts)])


def last(*parts: str | Line) -> Beat:
    """The last beat of a scene."""
    return read(*parts).scenes[0].beats[-1]


def line(name: str, text: str) -> Line:
    """A spoken line."""
    return Line(name, text, None)


@pytest.mark.parametrize(
    ("age", "years"),
    [
        ("sui trent'anni", 30), ("sulla sessantina", 60), ("po czterdziestce", 40), ("keine siebzehn", 17),
        ("i sextioårsåldern", 60), ("tio", 10), ("pushing seventy", 70), ("sesenta y tantos", 60),
        ("vijfjarige", 5), ("siedmioletni", 7), ("begin dertig", 30),
        ("sei anni", 6), ("sex år", 6), ("sex", None), ("settantun anni", 71), ("treinta y un años", 31),
        ("лет пятнадцати", 15), ("lat dziesięciu", 10), ("två år", 2),
    ],
)  # fmt: skip
def test_ages_as_people_say_them(age: str, years: int | None) -> None:
    """An age is read in the words of each language."""
    assert years_alone(age) == years


def test_ages_behind_a_verb_and_at_a_phrase_s_end() -> None:
    """An age in words counts behind "is" and at the end of a phrase; a number of something else does not."""
    assert behind(" Brown is seventy-nine and proud of it.").years == 79
    assert behind(", small and seventy-nine, in a coat").years == 79
    assert behind(", number nineteen").years is None
    assert read_fragment("Ochenta y ocho años, menuda, de negro.").years == 88
    assert read_fragment("Han är tio och har bråttom.").years == 10
    assert read_fragment("Two men.").years is None


def test_one_person_s_names_are_weighed_together() -> None:
    """A weak vote for a surname does not outweigh the pronouns of the full name."""
    found = read(
        "Captain IDA VOSS (58, cropped hair) plays cards. He who deals wins.",
        line("VOSS", "You dealt."),
        "She throws down her cards. She laughs. She stands.",
    )
    assert [(one.id, one.gender) for one in found.people if "VOSS" in one.id] == [("VOSS", "woman")]


def test_a_role_a_title_and_a_surname_are_one() -> None:
    """The ENGINEER, DR. CHO is whoever speaks as CHO."""
    found = read(
        "The ENGINEER, DR. CHO, a woman of sixty-odd in a boiler suit, looks up.", line("CHO", "Hello."), "Cho laughs."
    )
    assert [(one.id, one.gender, one.age) for one in found.people] == [("CHO", "woman", "old")]


@pytest.mark.parametrize(
    ("text", "nobody"),
    [
        ("A rowing boat called PATIENCE knocks on the wall. AGNES smiles.", "PATIENCE"),
        ("Ringed in red on the wall: JUNE 14. AGNES smiles.", "JUNE"),
        ("AGNES finds a brass CLOAKROOM TAG, number 19, and smiles.", "CLOAKROOM TAG"),
        ("A MAN IN A DINNER JACKET, 60s, waves. AGNES smiles.", "DINNER JACKET"),
        ("INÉS (19) sonríe. Ella la coge con dos dedos. Él mira a Ella.", "ELLA"),
        ("INÉS (19) saca una foto de una mujer joven y sonríe.", "MUJER"),
        ("INÉS (19) lleva un gorro de cocinera y sonríe.", "COCINERA"),
    ],
)
def test_nobody_is_invented(text: str, nobody: str) -> None:
    """Names of things, months, pronouns, pictures and kinds of clothes are nobody."""
    assert nobody not in {one.id for one in read(text).people}


def test_a_man_who_says_his_name_speaks_on_under_it() -> None:
    """MAN WITH BRIEFCASE is GREGOR from where he introduces himself."""
    found = read(
        "Enter MAN WITH BRIEFCASE, beaming.",
        line("MAN WITH BRIEFCASE", "Captain? Gregor Thule. Imperial Revenue."),
        line("GREGOR", "You are overdue."),
    )
    assert len(found.people) == 1


def test_a_name_in_brackets_behind_a_title() -> None:
    """LADY BLANE (Honoria) is one woman."""
    found = read("LADY BLANE (Honoria) yawns.", line("LADY BLANE", "Well."), "Honoria sighs. Honoria looks up.")
    assert [one.id for one in found.people] == ["LADY BLANE"]


@pytest.mark.parametrize(
    ("line_text", "name", "gender", "age"),
    [
        ("Opa, kom nou.", "HARRIE", "man", "old"),
        ("Grandma, look!", "PAT", "woman", "old"),
        ("Oui, madame.", "DUBOIS", "woman", ""),
    ],
)
def test_who_is_called_is_what_they_are_called(line_text: str, name: str, gender: str, age: str) -> None:
    """Whoever is called grandpa or madame is one, where nobody else can be meant."""
    found = read(f"{name} looks up. SANNE (16) looks up.", line("SANNE", line_text), line(name, "Mm."))
    person = next(one for one in found.people if one.id == name)
    assert (person.gender, person.age) == (gender, age)


def test_a_trade_that_no_list_knows_is_whoever_bears_it() -> None:
    """The konserwator of "konserwator GIENEK" is Gienek, and nobody new."""
    found = read("Do kabiny zagląda konserwator GIENEK (40) i śmieje się.", "Konserwator patrzy na windę.")
    assert [one.id for one in found.people] == ["GIENEK"]


GERMAN = (
    "Am Tisch sitzt KARL (40), der Vater. HELGA (38), seine Frau, schneidet Brot. MARTIN (10) und UTE (8) spielen.",
)
ENGLISH = (
    "KARL (40), the father, sits at table. His wife HELGA (38) cuts bread. MARTIN (10) and his sister UTE (8) sit.",
)
ITALIAN = (
    "CARLO (40), il padre, è seduto a tavola. ELENA (38), sua moglie, taglia il pane. MARCO (10) e LUCIA (8) giocano.",
)


@pytest.mark.parametrize(
    ("opening", "sentence", "who"),
    [
        (GERMAN, "Die Eltern lachen.", {"KARL", "HELGA"}),
        (GERMAN, "Die Kinder lachen.", {"MARTIN", "UTE"}),
        (GERMAN, "Sie lachen.", {"MARTIN", "UTE"}),
        (GERMAN, "Vater und Sohn tragen die Kiste.", {"KARL", "MARTIN"}),
        (GERMAN, "Die ganze Familie lacht.", {"KARL", "HELGA", "MARTIN", "UTE"}),
        (ENGLISH, "The children laugh.", {"MARTIN", "UTE"}),
        (ENGLISH, "Karl and the children wave.", {"KARL", "MARTIN", "UTE"}),
        (ENGLISH, "The whole family laughs.", {"KARL", "HELGA", "MARTIN", "UTE"}),
        (ITALIAN, "I genitori ridono.", {"CARLO", "ELENA"}),
        (ITALIAN, "Gli altri ridono.", {"CARLO", "ELENA", "LUCIA"}),
    ],
)
def test_several_at_hand_are_meant_by_one_noun(opening: tuple[str, ...], sentence: str, who: set[str]) -> None:
    """The children, the parents, the family are those who are there, and nobody new."""
    assert set(last(*opening, sentence).who) == who


def test_they_are_those_who_acted_together() -> None:
    """Whoever acted together is meant by the next "they"."""
    assert set(last(*ENGLISH, "Karl and the children wave. They laugh.").who) == {"KARL", "MARTIN", "UTE"}


@pytest.mark.parametrize(
    ("parts", "who"),
    [
        (("KURT (70), ein Rentner, liest. JANA (23) lacht.", "Der Alte lacht."), ("KURT",)),
        (
            ("MUTTI (38) steht in der Küche und rührt. VATI (40) ist bei ihr.", line("VATI", "Na?"), "Sie lacht."),
            ("MUTTI",),
        ),
        (("Il meccanico SAVERIO (55), baffi, tuta, è nel cortile con ROSA (50).", "Lui ride."), ("SAVERIO",)),
        (("MICHELE (25) è in piedi davanti al treno con una sacca.", "Non si muove."), ("MICHELE",)),
        (("GÜNTER (50) steht da. HANS (40) gibt Günter ein Brot.", "Der isst es."), ("GÜNTER",)),
    ],
)
def test_who_acts_without_a_name(parts: tuple[str | Line, ...], who: tuple[str, ...]) -> None:
    """Adjectives that stand alone, words for kin, demonstratives and left-out subjects mean whoever is there."""
    assert last(*parts).who == who


def test_who_is_in_touch_stays_in_the_picture() -> None:
    """A sentence that goes on behind a touch shows both."""
    beat = last("ANNA (30) and BEN (60). Anna strokes Ben's cheek. She does it slowly.")
    assert (beat.who, beat.whom) == (("ANNA",), ("BEN",))


@pytest.mark.parametrize(
    ("text", "feeling"),
    [
        ("ANNA (30) looks up. Her chin begins to wobble.", "grief"),
        ("ANNA (30) looks up. Her smile dies.", "fear"),
        ("INÉS (19) está en la cocina con el chef. Le tiemblan las rodillas.", "fear"),
        ("HARRIE (72) zit op een bank in het park. Zijn schouders schokken.", "grief"),
        ("STURE (70) står på bryggan och väntar med en väska. Hans händer skakar.", "fear"),
        ("ANNA (30) steht in der Tür und wartet auf den Arzt. Ihre Augen füllen sich.", "grief"),
    ],
)
def test_bodies_tell_feelings(text: str, feeling: str) -> None:
    """A part of a body and its deed tell a feeling, in either order; whose smile dies does not smile."""
    assert list(last(text).feelings.values()) == [feeling]


def test_a_thing_that_is_hugged_is_held() -> None:
    """Who hugs a picture hugs nobody."""
    beat = last("RAY (52) looks on. DEE (6) hugs the picture.")
    assert (beat.act, beat.who, beat.whom) == ("hold", ("DEE",), ())


@pytest.mark.parametrize(
    ("text", "name", "gender"),
    [
        ("Polizistin KRAMER, 38, zieht die Handbremse. Der Motor stirbt.", "KRAMER", "woman"),
        ("L'ambulanci\u00e8re, KESSOUS, 31 ans, claque la porti\u00e8re de la voiture.", "KESSOUS", "woman"),
        ("El acusado, OCHOA, tiembla. La gente de la sala se levanta.", "OCHOA", "man"),
        ("Dyrektorka szko\u0142y, KOWALCZYK, 60 lat, patrzy przez okno.", "KOWALCZYK", "woman"),
        ("De lerares wiskunde, MULDER, 45, tekent een cirkel op het bord.", "MULDER", "woman"),
        (
            "Продавщица КОВАЛЬ, 45 лет, взвешивает сыр.",
            "КОВАЛЬ",
            "woman",
        ),
        ("Neben seiner Mutter, LEO (6), h\u00e4lt sich der Wirt die Ohren zu.", "LEO", "man"),
        ("ANDREA, 30 anni, apre la porta e non la chiude. Il cane abbaia.", "ANDREA", "man"),
        ("Andrea opens a drawer. ANDREA, 30, shuts it.", "ANDREA", "woman"),
    ],
)
def test_a_trade_before_a_name_tells_a_sex(text: str, name: str, gender: str) -> None:
    """With an article or without, with a comma or without; a noun that something governs is another."""
    assert next(one for one in read(text).people if one.id == name).gender == gender


@pytest.mark.parametrize(
    ("parts", "people"),
    [
        (("SHERIFF CORA BLYTHE, sixtyish, opens the cell.", line("BLYTHE", "Out.")), {"BLYTHE"}),
        (("His landlord, Mr. ABBOT, counts the notes.", line("ABBOT", "Twenty short.")), {"ABBOT"}),
        (("Nauczycielka fizyki, DOKTOR WRONA, 50 lat, stoi na biurku.",), {"DOKTOR WRONA"}),
        (("A PIERROT in white leans on air. The pierrot shows his hands. The pierrot takes the hat.",), {"PIERROT"}),
        (("At the door: TRE-VON, gaunt, dripping. Tre-Von laughs.",), {"TRE-VON"}),
        (("ARVID (78) tar spaden och att det \u00e4r kallt. Sedan skrattar han.",), {"ARVID"}),
        (("EWA (30) stoi w oknie. Uczniowie klaszcz\u0105.",), {"EWA", "UCZNIOWIE"}),
        (("Una mofeta se acerca y le roba el pan a ANA (30).",), {"MOFETA", "ANA"}),
    ],
)
def test_who_is_there_and_nobody_else(parts: tuple[str | Line, ...], people: set[str]) -> None:
    """A cue of a full name, a titled name behind a noun, capitals that act later, several and animals without names."""
    found = read(*parts)
    assert {one for beat in found.scenes[0].beats for one in beat.people} == people


def test_who_is_named_behind_a_pronoun_in_its_clause_is_another() -> None:
    """In "She hands Mum a cup" she is not Mum."""
    parts = ("REDFERN, 40s, stands at the door.", line("REDFERN", "Mum?"), line("MUM", "Sit."), "She hands Mum a cup.")
    assert last(*parts).who == ("REDFERN",)
    assert next(one for one in read(*parts).people if one.id == "REDFERN").gender == "woman"
