"""Endings that tell a gender: surnames, adjectives and articles behind a name, each in its language."""

from dataclasses import replace

import pytest

from wzrd.domain.shots import Line, SceneBrief
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


SEXES = (
    ("La tassista, RAMBALDI, trentun anni, fuma. Lo zio ETTORE le porge un caffè.", {"rambaldi": "woman"}),
    ("Due vicine: la SORRENTINO e la GALLO. Si salutano.", {"sorrentino": "woman", "gallo": "woman"}),
    ("Le graveur, MAUDÈNE KERVAL, range ses outils. Elle regarde la porte. Elle sort.",
     {"maudène kerval": "woman"}),
    ("BRUNEHAUT, dix ans, pleure. Le dresseur, ZOUZOU, recule. Elle crie.", {"zouzou": "man", "brunehaut": "woman"}),
    ("En la cocina, a la pata coja, RAMIRO, sesenta, lee. Deja la maleta, CHUCHO, y sale.", {"ramiro": "man"}),
    ("La fontanera, CHELO, golpea un tubo.", {"chelo": "woman"}),
    ("A cabeleireira, NAIRZI, 55 anos, varre o chão do salão. A noite cai, TONHO, 30, corre.",
     {"nairzi": "woman", "tonho": "man"}),
    ("O guarda é uma moça: DALVINE, vinte anos.", {"dalvine": "woman"}),
    ("Neben seiner Mutter, TIM, sechs, schläft. Die Frau des Arztes, LENE, 40, tippt.",
     {"tim": "man", "lene": "woman"}),
    ("Zwei Möbelpacker tragen ein Sofa. DER LANGE flucht.", {"der lange": "man"}),
    ("MEREL, tien, eet pap. Ze trekt haar jas aan. JORIS geeft haar een appel.", {"merel": "woman", "joris": "man"}),
    ("BRAM zit. MEIJLINK knipt zijn haar kort. Ze komen binnen.", {"meijlink": ""}),
    ("Żona lekarza, ANNA, czterdzieści lat, płaci.", {"anna": "woman"}),
    ("Sąsiadka czeka. ŚLUSARZ, czterdzieści lat, klęczy. ONUFRA, młoda, idzie.", {"ślusarz": "man"}),
    ("\u0423 доски одна девочка, НИНЕЛЬ, десять лет, пишет.", {"нинель": "woman"}),
    ("ЛЁВА пьёт чай. ПЕТРОВА поёт.", {"лёва": "man", "петрова": "woman"}),
    ("女子生徒の溝\uff0816\uff09、窓を開ける。", {"溝": "woman"}),
    ("The cook, a huge woman everyone calls RUDD, slides a plate over to him without a word.", {"rudd": "woman"}),
    ("The old woman calls RUDD.", {"rudd": ""}),
    ("Davanti, il brigadiere SPINOLA apre la porta della chiesa e non si muove.", {"spinola": "man"}),
    ("Il giudice MARTA legge la lettera.", {"marta": "woman"}),
    ("Por la puerta entra el BRIGADIER IZETA, que cierra la puerta.", {"izeta": "man"}),
    ("Oberstudienrat KLAGGE sieht auf die Uhr und geht zur T\u00fcr.", {"klagge": "man"}),
    ("Am Fenster KLAGGE, die auf die Uhr sieht.", {"klagge": "woman"}),
    ("Schoolmeester DIEUWE staat in de deur en kijkt naar het bord.", {"dieuwe": "man"}),
    ("Haar broertje LOU, vier, zit op de tafel en kijkt naar het raam.", {"lou": "man"}),
    ("Su hermanito TUCO, seis a\u00f1os, corre por la calle con la pelota.", {"tuco": "man"}),
    ("MASTER OYELARAN, 70, bows to the class.", {"master oyelaran": "man"}),
)  # fmt: skip


@pytest.mark.parametrize(("prose", "sexes"), SEXES)
def test_the_words_around_an_unknown_name_tell_the_sex(prose: str, sexes: dict[str, str]) -> None:
    """An article, a noun before a comma or a colon, a woman's trade; no thing's, no governed noun."""
    register = Register([SceneBrief(1, description=prose, actions=(prose,), characters=tuple(map(str.upper, sexes)))])
    assert {key: register.profile(key).gender for key in sexes} == sexes


def test_she_is_whoever_acts_and_not_a_voice_or_a_dog() -> None:
    """A cue that no sentence names, and an animal, are behind somebody in the scene."""
    parts = (
        "KELSO ABT, nine, sits on the table.",
        Line("TEACHER", "Spell it.", None),
        "She shuts her eyes. She spells.",
    )
    assert Register([SceneBrief(1, script=parts)], silent=("KELSO ABT",)).profile("KELSO ABT").gender == "woman"
    walk = ("A DOG runs ahead. The PILOT, visor down, follows.", Line("PILOT", "Fetch!", None), "She throws a stick.")
    register = Register([SceneBrief(1, script=walk)], silent=("DOG",))
    assert (register.profile("PILOT").gender, register.profile("DOG").gender) == ("woman", "")
