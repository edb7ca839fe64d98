"""Sentences of scripts that no rule was written on, in many languages: who, whom, with what, how it feels."""

from collections.abc import Sequence

import pytest

from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown

GERMAN = (
    "MIRA (30) wartet an der Theke. OLE (40) ist bei ihr und nicht allein.",
    Line("MIRA", "Ja."),
    Line("OLE", "Nein."),
)
FRENCH = ("LISE (30) est dans le couloir avec PAUL (40) et une lampe.", Line("LISE", "Oui."), Line("PAUL", "Non."))
SPANISH = ("ROSA (30) espera en el patio con LUIS (40) y una maleta.", Line("ROSA", "Ya."), Line("LUIS", "No."))
ITALIAN = ("BIANCA (30) \u00e8 nel cortile con NINO (40) e una scala.", Line("BIANCA", "Ecco."), Line("NINO", "No."))
POLISH = ("EWA (30) jest w pokoju. JAN (40) stoi przy niej i nie m\u00f3wi.", Line("EWA", "Tak."), Line("JAN", "Nie."))
SWEDISH = (
    "SIGNE (30) v\u00e4ntar vid bryggan med NILS (40) och en v\u00e4ska.",
    Line("SIGNE", "Jaha."),
    Line("NILS", "Nej."),
)
DUTCH = ("ANNA (30) wacht bij de deur met een koffer en zwijgt.", Line("ANNA", "Nou."), Line("JAN", "Nee."))
PORTUGUESE = ("ANA (30) espera na cozinha com uma mala.", Line("ANA", "J\u00e1."), Line("RUI", "N\u00e3o."))
RUSSIAN = ("АННА (30) ждёт у двери с чемоданом.", Line("АННА", "Да."), Line("ПЁТР", "Нет."))  # noqa: RUF001
ENGLISH = ("RUBY (30) waits at the counter with OWEN (40).", Line("RUBY", "Well."), Line("OWEN", "No."))
JAPANESE = (
    "\u6625\u5b50\uff0830\uff09\u3001\u5ba4\u5185\u306b\u7acb\u3064\u3002\u5065\u592a\uff0840\uff09\u304c\u3044\u308b\u3002",
    Line("\u6625\u5b50", "\u3048\u3048\u3002"), Line("\u5065\u592a", "\u3046\u3080\u3002"),
)  # fmt: skip


def read(*script: str | Line) -> Breakdown:
    """The breakdown of a film of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=script)])


def last(*script: str | Line) -> Beat:
    """The last beat of a scene that nobody says."""
    return [beat for beat in read(*script).scenes[0].beats if not beat.lines][-1]


@pytest.mark.parametrize(
    ("sentence", "act", "who", "whom"),
    [
        ("Signe r\u00e4cker honom en nyckel.", "hand_over", "SIGNE", "NILS"),
        ("Nils kramar henne.", "hug", "NILS", "SIGNE"),
        ("Signe snubblar p\u00e5 trappan.", "fall", "SIGNE", ""),
        ("Nils letar i byr\u00e5n.", "search", "NILS", ""),
        ("Han gr\u00e5ter.", "weep", "NILS", ""),
        ("B\u00e5da skrattar.", "laugh", "SIGNE NILS", ""),
    ],
)
def test_swedish_sentences_have_doers_and_deeds(sentence: str, act: str, who: str, whom: str) -> None:
    """Verbs, pronouns and pairs of Swedish are read as those of other languages."""
    beat = last(*SWEDISH, sentence)
    assert (beat.act, set(beat.who), set(beat.whom)) == (act, set(who.split()), set(whom.split()))


@pytest.mark.parametrize(
    ("opening", "sentence", "thing"),
    [
        (ENGLISH, "Ruby lays it in his palm.", "a COIN"),
        (GERMAN, "Mira dr\u00fcckt ihm den Apfel in die Hand.", ""),
        (FRENCH, "Lise lui met la valise dans les bras.", ""),
        (SPANISH, "Rosa le pone la carta en la mano.", ""),
        (ITALIAN, "Bianca gli mette la lettera in mano.", ""),
        (POLISH, "Ewa wk\u0142ada mu list do r\u0119ki.", ""),
        (SWEDISH, "Signe l\u00e4gger brevet i hans hand.", ""),
    ],
)
def test_what_is_put_into_a_hand_is_given(opening: Sequence[str | Line], sentence: str, thing: str) -> None:
    """A thing that somebody puts into another's hand or arms is handed over, and neither hugged nor laid down."""
    beat = last(*opening, *([f"Ruby finds {thing}."] if thing else []), sentence)
    assert beat.act == "hand_over"
    assert beat.whom


@pytest.mark.parametrize(
    ("script", "people"),
    [
        (("A man limps across the yard. HECTOR, 50, a patch over one eye.", Line("HECTOR", "Water.")), {"HECTOR"}),
        (("Ein Junge klettert \u00fcber die Mauer. Das ist TIMO, 11.", Line("TIMO", "Pst.")), {"TIMO"}),
        (("Une femme arrive sur un v\u00e9lo, CLARA, 40 ans.", Line("CLARA", "Bonjour.")), {"CLARA"}),
        (
            (
                "Un hombre barre la plaza y no mira a la gente. BRUNO (60), gorra vieja, es el alcalde del pueblo.",
                Line("BRUNO", "Hola."),
            ),
            {"BRUNO"},
        ),
        (("DR IDA BLOOM, 50, reads a chart.", Line("DR BLOOM", "Next."), "Dr Bloom sighs."), {"DR BLOOM"}),
        (("BARON ORLOK, a gaunt OLD MAN, bows.", Line("ORLOK", "Enter."), "Orlok smiles."), {"ORLOK"}),
        (("RYSZARD B\u0104K, dla wszystkich Rysiek (58 l.), jedzie do domu.", Line("RYSIEK", "No.")), {"RYSIEK"}),
        (
            (
                "\u82e5\u3044\u6d6a\u4eba\u304c\u7acb\u3063\u3066\u3044\u308b\u3002\u65b0\u4e4b\u52a9\uff08\u4e8c\u5341\uff09\u3002",
                Line("\u65b0\u4e4b\u52a9", "\u306f\u3044"),
            ),
            {"\u65b0\u4e4b\u52a9"},
        ),
        (("A piece of WRECKAGE floats by. RITA (20) swims.", Line("RITA", "Help.")), {"RITA"}),
        (("Una vecchia VESPA scende la strada e tossisce. DINO (20) guida.", Line("DINO", "Via.")), {"DINO"}),
    ],
)
def test_who_is_brought_in_is_one_person(script: Sequence[str | Line], people: set[str]) -> None:
    """A stranger whom the page names next, a title with and without a first name, a thing in capitals: nobody new."""
    found = read(*script)
    assert {person.id for person in found.people} == people


@pytest.mark.parametrize(
    ("opening", "sentence", "feeling"),
    [
        (ENGLISH, "Ruby straightens his tie.", "tenderness"),
        (ENGLISH, "Ruby raises her hands.", "fear"),
        (GERMAN, "Ole l\u00e4sst den Teller fallen.", "surprise"),
        (FRENCH, "Paul renifle.", "grief"),
        (SPANISH, "Luis se queda inm\u00f3vil.", "surprise"),
        (ITALIAN, "Nino si copre il viso.", "grief"),
        (POLISH, "Jan kuli si\u0119.", "fear"),
        (SWEDISH, "Nils stelnar.", "surprise"),
        (GERMAN, "Ole muss sich hinsetzen.", "grief"),
        (FRENCH, "Paul jette le verre par terre.", "anger"),
        (SPANISH, "Luis tira el vaso al suelo.", "anger"),
        (JAPANESE, "\u5065\u592a\u3001\u809a\u3092\u843d\u3068\u3059\u3002".replace("\u809a", "\u80a9"), "grief"),
    ],
)
def test_a_gesture_tells_a_feeling(opening: Sequence[str | Line], sentence: str, feeling: str) -> None:
    """Hands and shoulders tell what is felt, in every language that is read."""
    beat = last(*opening, sentence)
    assert beat.feelings.get(beat.who[0]) == feeling


@pytest.mark.parametrize(
    ("opening", "line", "feeling"),
    [
        (ENGLISH, "How dare you!", "anger"),
        (GERMAN, "Hilfe! Er kommt!", "fear"),
        (FRENCH, "Je t'aime.", "tenderness"),
        (SPANISH, "Perd\u00f3n, abuela.", "grief"),
        (ITALIAN, "Evviva la sposa!", "joy"),
        (POLISH, "Co?!", "surprise"),
        (SWEDISH, "F\u00f6rl\u00e5t mig.", "grief"),
        (DUTCH, "Hou je bek!", "anger"),
        (PORTUGUESE, "Sinto tanta falta dela.", "grief"),
        (RUSSIAN, "Умоляю, не стреляйте.", "fear"),
    ],
)
def test_what_a_line_says_is_felt(opening: Sequence[str | Line], line: str, feeling: str) -> None:
    """An insult is angry, a cry for help afraid, a darling tender."""
    speaker = next(part.character for part in opening if isinstance(part, Line))
    beat = read(*opening, Line(speaker, line)).scenes[0].beats[-1]
    assert beat.feelings.get(speaker) == feeling


@pytest.mark.parametrize(
    ("opening", "sentence", "people"),
    [
        (POLISH, "Jan ryczy jak dziecko.", {"JAN"}),
        (FRENCH, "Paul pleure comme on pleure \u00e0 la mort d'un fr\u00e8re.", {"PAUL"}),
        (ITALIAN, "Nino balla come se fosse un re.", {"NINO"}),
        (SWEDISH, "Nils skrattar som en pojke.", {"NILS"}),
        (GERMAN, "Ole rennt wie der Bruder des Teufels.", {"OLE"}),
    ],
)
def test_who_is_only_compared_with_is_not_there(opening: Sequence[str | Line], sentence: str, people: set[str]) -> None:
    """A comparison brings nobody into the scene."""
    assert set(last(*opening, sentence).people) == people


@pytest.mark.parametrize(
    ("opening", "sentences", "who"),
    [
        (ENGLISH, ("KIM (9) runs in.", "All three laugh."), {"RUBY", "OWEN", "KIM"}),
        (FRENCH, ("JULES (9) arrive.", "Tous les trois rient."), {"LISE", "PAUL", "JULES"}),
        (SPANISH, ("Luis se sienta con Rosa.", "Brindan."), {"ROSA", "LUIS"}),
        (ENGLISH, ("UNCLE SID (80) is asleep in a chair.", "They look at each other."), {"RUBY", "OWEN"}),
    ],
)
def test_how_many_act_together(opening: Sequence[str | Line], sentences: Sequence[str], who: set[str]) -> None:
    """All three, several by the verb alone, and never somebody who sleeps."""
    assert set(last(*opening, *sentences).people) == who


@pytest.mark.parametrize(
    ("opening", "sentence", "thing"),
    [
        (GERMAN, "Mira \u00f6lt die Nähmaschine.", "SEWING"),
        (SPANISH, "Luis tira de las riendas.", "REINS"),
        (ITALIAN, "Nino stringe il volante.", "WHEEL"),
        (FRENCH, "Lise pousse le landau.", "CART"),
        (POLISH, "Jan dmucha w gwizdek.", "WHISTLE"),
        (SWEDISH, "Signe bär en kista.", "COFFIN"),
        (ENGLISH, "Out of the sack trickles RICE.", "RICE"),
        (FRENCH, "Paul allume le chalumeau.", "WRENCH"),
        (FRENCH, "Lise chausse des galoches.", "SHOE"),
        (FRENCH, "Paul pose un trébuchet.", "SCALES"),
        (FRENCH, "Lise trouve un appeau.", "FLUTE"),
        (FRENCH, "Paul jette un skiff à l'eau.", "BOAT"),
        (SPANISH, "Rosa dobla la estola morada.", "GARMENT"),
        (SPANISH, "Luis enciende el soplete.", "WRENCH"),
        (SPANISH, "Rosa empuja el cochecito de bebé.", "PRAM"),
        (SPANISH, "Luis lanza las boleadoras.", "ROPE"),
        (SPANISH, "Rosa parte unas torrijas.", "FOOD"),
        (ITALIAN, "Nino accende la fiamma ossidrica.", "WRENCH"),
        (ITALIAN, "Bianca carica il martinetto.", "WRENCH"),
        (ITALIAN, "Nino indossa una bautta.", "MASK"),
        (ITALIAN, "Bianca coglie un bucaneve.", "FLOWER"),
        (PORTUGUESE, "Ana corta a regueifa.", "BREAD"),
        (PORTUGUESE, "Rui levanta o contraplacado.", "PLANK"),
        (PORTUGUESE, "Ana sacode os ferrinhos.", "DRUM"),
        (POLISH, "Ewa maluje wydmuszki.", "EGG"),
        (POLISH, "Jan stawia na stole wazę.", "PLATE"),
        (POLISH, "Ewa zakłada kieckę.", "DRESS"),
        (POLISH, "Jan niesie stągiew.", "BARREL"),
        (RUSSIAN, "Анна несёт чешки.", "SHOE"),
        (RUSSIAN, "Пётр берёт паяльник.", "WRENCH"),
        (RUSSIAN, "Анна режет сулугуни.", "CHEESE"),
        (RUSSIAN, "Пётр поднимает изразец.", "STONE"),
    ],
)
def test_things_of_ordinary_life_are_props(opening: Sequence[str | Line], sentence: str, thing: str) -> None:
    """Things that hands hold in any trade are known in every language that is read."""
    assert thing in last(*opening, sentence).props


@pytest.mark.parametrize(
    ("opening", "sentence", "thing"),
    [
        (FRENCH, "Paul est en train de rire.", "TRAIN"),
        (FRENCH, "Lise lit et rit.", "BED"),
        (SPANISH, "Luis saca la lengua.", "SACK"),
        (SPANISH, "Rosa pasa la noche en la colonia.", "BOTTLE"),
        (ITALIAN, "Nino tira un calcio.", "SACK"),
        (PORTUGUESE, "Ana vive no sertão.", "PAN"),
        (POLISH, "Jan czołga się i działa.", "CAR"),
        (POLISH, "Jan czołga się i działa.", "CANNON"),
        (RUSSIAN, "Пётр идёт пешком по галерее.", "CHESS"),
        (RUSSIAN, "Пётр идёт пешком по галерее.", "BOAT"),
    ],
)
def test_words_that_begin_like_a_thing_are_none(opening: Sequence[str | Line], sentence: str, thing: str) -> None:
    """A word for a thing is no word that only begins as it does."""
    assert thing not in last(*opening, sentence).props


@pytest.mark.parametrize(
    ("script", "people"),
    [
        (("CLARA (30s) climbs with a small BOY (8), her son NOAH.", Line("NOAH", "I can.")), "CLARA NOAH"),
        (("The CUSTOMS OFFICER (woman, 30s) waits.", Line("OFFICER", "Papers.")), "OFFICER"),
        (("The FARMER nods. From FARMER to BAKER, all go.", Line("FARMER", "A."), Line("BAKER", "O.")), "FARMER BAKER"),
        (("The REFEREE blows his whistle. Ann waits.", Line("ANN", "Now.")), "ANN REFEREE"),
        (("RUBY (30) sits in the passenger seat and hugs a teddy bear.", Line("RUBY", "Well.")), "RUBY"),
        (('OWEN (40) opens a letter: "For Clara."', Line("OWEN", "Hm.")), "OWEN"),
        (("LEM PRATT, a janitor, 58, sweats.", Line("PRATT", "No."), "Lem sits."), "PRATT"),
        (("GRANDPA LUDO (80) comes in. Grandpa bows.", Line("GRANDPA LUDO", "Well.")), "GRANDPA|LUDO"),
        (("His lawyer, young MS. FINCH, rises.", Line("MS. FINCH", "Sir.")), "MS.|FINCH"),
        (("A woman runs down the ramp: this is ROSE (30).", Line("ROSE", "Wait.")), "ROSE"),
        (("The UMPIRE holds up a card. Ann waits.", Line("ANN", "Now.")), "ANN UMPIRE"),
    ],
)  # fmt: skip
def test_nobody_is_doubled_or_invented(script: Sequence[str | Line], people: str) -> None:
    """A role with a name behind it, a trade that a cue cuts, an owner of a whistle; no seat's, no toy, no quotation."""
    assert {one.id.replace(" ", "|") for one in read(*script).people} == set(people.split())


def test_a_name_told_in_full_is_both_its_parts() -> None:
    """Who is introduced as SARAH VANCE speaks as VANCE in one scene and as SARAH in another."""
    first = SceneBrief(1, script=("DETECTIVE SARAH VANCE (40s) waits.", Line("VANCE", "Here.")))
    later = SceneBrief(2, script=("A grave.", Line("SARAH", "You knew them.")))
    assert [(one.id, one.gender) for one in read_breakdown([first, later]).people] == [("VANCE", "woman")]


@pytest.mark.parametrize(
    ("sentences", "deeds"),
    [
        (("The ball rolls.", "Owen shoots."), [("run", "OWEN", "")]),
        (("Owen lifts a gun.", "Owen shoots."), [("shoot", "OWEN", "")]),
        (
            ("Owen kneels beside Ruby, who lies on her side.",),
            [("kneel_beside", "OWEN", "RUBY"), ("lie", "RUBY", "OWEN")],
        ),
    ],
)
def test_a_deed_is_what_the_film_has_shown(sentences: Sequence[str], deeds: Sequence[tuple[str, str, str]]) -> None:
    """A shot without a gun is at a goal, 'who' begins a deed of its own."""
    found = [beat for beat in read(*ENGLISH, *sentences).scenes[0].beats if not beat.lines][-len(deeds) :]
    assert [(beat.act, *map(" ".join, (beat.who, beat.whom))) for beat in found] == list(deeds)
