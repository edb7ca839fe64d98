"""Who is in the picture: one person under two names, kicked animals, whom a pronoun means."""

from collections.abc import Sequence

import pytest

from wzrd.contracts.breakdown import Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown

Script = Sequence[str | Line]


def read(*script: str | Line) -> Breakdown:
    """The breakdown of a film of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=tuple(script))])


def says(who: str, text: str = "No.") -> Line:
    """A line of somebody."""
    return Line(character=who, text=text)


ONE_PERSON = (
    # somebody whom nobody has brought in answers to a name: who came is called so
    (("A TRAPPER with one boot leads the horse. The CLERK, in sleeves, steps out.",
      says("CLERK", "Is he dead, Jud?"), says("JUD"), "Jud don't turn."), "JUD", "Trapper"),
    # a page tells a trade and a name together
    (("JUROR NINE, a tired baker called OTTO KERR, stands.", says("OTTO"), says("FOREMAN"), "Otto laughs."),
     "OTTO", "Juror Nine"),
    (("VÄKTAREN, STURE, klappar på låset. SIGNE (60) syr.", says("STURE", "Signe?"), says("SIGNE", "Ja."),
      "Han lyser på henne."), "STURE", "Väktaren"),
    (("Przy stole PROFESOR IRENA MAJ, chemiczka.", says("IRENA", "Nie."), "Irena się śmieje."),
     "IRENA", "Profesor Irena Maj"),
    # a cue of one word is the only one who wears something
    (("Obok MĘŻCZYZNA W PŁASZCZU, z walizką. IRENA (40) czeka.", says("IRENA", "Nie."),
      says("MĘŻCZYZNA", "Tak."), "Mężczyzna otwiera walizkę."),
     "MĘŻCZYZNA", "Mężczyzna W Płaszczu"),
    # a name right behind somebody's line is theirs
    (("Komornik WOJCIECH PTAK (35) nakleja nalepki.", says("SĄSIADKA", "Psa pan nie weźmie!"),
      "To KRYSTYNA WRONA. Trzyma kurę.", says("KRYSTYNA", "Nie."), "Krystyna się śmieje."),
     "KRYSTYNA", "Sąsiadka"),
)  # fmt: skip


@pytest.mark.parametrize(("script", "who", "other"), ONE_PERSON)
def test_one_person_has_two_names(script: Script, who: str, other: str) -> None:
    """Nobody is drawn twice, and no pronoun means the other one."""
    assert other in {one.id: one.aliases for one in read(*script).people}[who]


def test_two_who_speak_together_are_nobody_else() -> None:
    """A cue of both, in any language."""
    for cue in ("NINO E SARO", "NINO UND SARO", "NINO ET SARO"):
        film = read("NINO (40) ride. SARO (30) legge.", says("NINO"), says("SARO"), says(cue), "I due si guardano.")
        assert film.scenes[0].present == ("NINO", "SARO")


@pytest.mark.parametrize("cue", ["VOZ DE MUCHACHA", "VOIX DE FEMME", "STIMME VON OBEN", "女の声"])
def test_a_voice_is_not_in_the_picture(cue: str) -> None:
    """The cue says that nobody is seen."""
    film = read("ANNA (30) liest.", says("ANNA"), says(cue))
    assert [beat.seen for beat in film.scenes[0].beats if beat.lines] == [True, False]


DEEDS = (
    # an animal that something is done to is there as somebody is
    (("HANK (60) and a mule at the rail.", says("HANK"), "He kicks the mule in the rump."), ("HANK",), ("MULE",)),
    (("Der Bauer TILL (50) geht in den Stall.", says("TILL"), "Till umarmt die Kuh."), ("TILL",), ("KUH",)),
    (("Le sergent HUGO (40) entre dans la cour.", says("HUGO"), "Hugo embrasse la vache."), ("HUGO",), ("VACHE",)),
    # whom a verb that no list has is done to does not act
    (("BRANDT (50) with ADE (20).", says("ADE"), says("BRANDT"), "Brandt hooks a strut, yoinks Ade by the collar."),
     ("BRANDT",), ("ADE",)),
    # a pronoun behind a preposition does nothing
    (("NINO (40) e SARO (30) al molo.", says("NINO"), says("SARO"), "In mezzo a loro RACHELE (9) ride e non si muove."),
     ("RACHELE",), ("SARO", "NINO")),
    # who trembles is whoever stood there last, and not the one before
    (("ВИКТОР (50) и КОСТЯ (19) в каюте.", says("КОСТЯ"), "Костя закрыл книжку. Виктор стоит.",
      "Плечи \u0443 него дрожат."), ("ВИКТОР",), ()),
    # a Polish name in another case
    (("JADWIGA (40) w progu. PTAK (35), z teczką.", says("JADWIGA", "Nie."), says("PTAK", "Tak."),
      "Ptak szuka. Nakleja nalepkę Jadwidze na czoło."), ("PTAK",), ("JADWIGA",)),
    # his brother is the other one, the two men are the men
    (("NINO (40) e suo fratello SARO. RACHELE (9) ride.", says("NINO"), says("SARO"), says("RACHELE"),
      "Saro dà la mano al fratello."), ("SARO",), ("NINO",)),
    (("NINO (40) e suo fratello SARO. RACHELE (9) ride.", says("NINO"), says("SARO"), says("RACHELE"),
      "I due uomini si guardano e non si muovono."), ("SARO", "NINO"), ()),
    # an article that leans on a preposition
    (("O barbeiro HONORATO (73) afia a navalha. Na cadeira, o INSPETOR MEIRELES.", says("HONORATO", "Não."),
      says("MEIRELES", "Sim."), "Honorato encosta a lâmina à garganta do homem."), ("HONORATO",), ("MEIRELES",)),
    # a number that somebody bears is no name
    (("NUMBER 8 (12) sits. Number 31, PRIYA (11), stands.", says("NUMBER 8"), says("PRIYA"),
      "Number 31 laughs and sits."), (), ()),
    # somebody is called by a word that has brought him in
    (("ALBIE (18) at the slit. Behind the wire a Bavarian boy, rifle slung.", says("ALBIE"), "Albie throws the tin.",
      "The Bavarian grins."), ("BOY",), ()),
    (("LENA (30) wartet an der Tür. Ein bärtiger Mann kommt herein und geht zum Tisch.", says("LENA"),
      "Lena sieht ihn an.", "Der Bärtige lacht."), ("MANN",), ()),
    # one of a crew is nobody else
    (("BRANDT (50) waits.", says("BRANDT"), "ADE (20), the youngest of the crew, drifts in."), ("ADE",), ()),
    (("Le sergent HUGO (40) attend.", says("HUGO"), "LÉO (20), le plus jeune de la bande, rit."), ("LÉO",), ()),
    # somebody is called by what she wears
    (("RITA (40) at the table. A woman in a straw hat coughs.", says("STRAW HAT"), says("RITA"),
      "The straw hat woman stands."), ("STRAW HAT",), ()),
)  # fmt: skip


@pytest.mark.parametrize(("script", "who", "whom"), DEEDS)
def test_who_is_there_in_the_last_beat(script: Script, who: tuple[str, ...], whom: tuple[str, ...]) -> None:
    """Who does it, and to whom."""
    last = read(*script).scenes[0].beats[-1]
    assert (last.who, last.whom) == (who, whom)


def test_who_is_called_by_a_hat_is_a_woman() -> None:
    """The noun before the thing tells it; an animal with an age in words is no biscuit."""
    film = read("RITA (40) sits. A woman in a straw hat coughs.", says("STRAW HAT"), says("RITA"))
    assert {one.id: one.gender for one in film.people}["STRAW HAT"] == "woman"
    film = read("GRETA (30) opens a crate. In it: BISCUIT, one ear, six months old.", says("GRETA"), "Biscuit runs.")
    assert film.scenes[0].beats[-1].who == ("BISCUIT",)


@pytest.mark.parametrize(
    ("prose", "who"),
    [
        ("ANNA (30) stops. Silently watches the door.", "ANNA"),
        ("ANNA (30) stops. Impatiently waits.", "ANNA"),
        ("ANNA (30) stops. Then slowly sits.", "ANNA"),
        ("ANNA (30) waits. REILLY stands there. Reilly sits.", "REILLY"),
        ("We DESCEND ON the quad, where ANNA (30) sits.", "ANNA"),
        ("ANNA (30) waits. A general hubbub breaks out.", ""),
        ("ANNA (30) waits. With a HISS, a cloud of dust blows up.", ""),
    ],
)
def test_adverbs_cameras_and_sounds_are_nobody(prose: str, who: str) -> None:
    """Whoever acted goes on behind an adverb; the verb of a camera and a sound in capitals bring nobody in."""
    told = read(prose)
    assert "".join(told.scenes[0].beats[-1].who) == who
    assert {one.id for one in told.people} <= {"ANNA", "REILLY"}
