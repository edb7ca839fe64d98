"""Who is a man, who a woman, who is somebody: by those beside them, by forms, by ages."""

import pytest

from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.people.ages import years_alone
from wzrd.language.words.lexicon import load, patterns
from wzrd.language.words.person_words import base_form, is_given_name, language_of


def read(*script: str) -> Breakdown:
    """The breakdown of a film of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=script)])


def beats(*script: str) -> tuple[Beat, ...]:
    """The beats of a scene."""
    return read(*script).scenes[0].beats


@pytest.mark.parametrize(
    ("script", "who", "gender"),
    [
        # a pronoun means whoever of the scene it can mean, not whoever was named last
        (("PAUL (50) deals. VERA (40) in pearls.", "The card slips from his hand. She bends."), "PAUL", "man"),
        (("MARSHAL TRENT (50) at the well. Below, HUGO (18).", "She lowers the rope."), "MARSHAL TRENT", "woman"),
        (("DET. SILVA (41), tired. HUGO (28), thin.", "He turns. Her badge is in his face."), "DET. SILVA", "woman"),
        (("CAPT. LEWIS (50) left, CORPORAL (23) right, his helmet crooked.", "She nods."), "CAPT. LEWIS", "woman"),
        (("JUDGE BRANDT (60). In the box, THE WITNESS, a worn little man.", "She pours him a cup."),
         "JUDGE BRANDT", "woman"),
        # a clause of its own is about another; an owner's fragment is no second word for who was brought in
        (("VERA (25), the bride. RORKE (26), the one she left.",), "RORKE", ""),
        (("ROBIN (11), new shoes. Her uncle, worn boots.", "He ties her laces. She laughs."), "ROBIN", "woman"),
        # "for him" never means who waits; a woman's form of a trade is hers
        (("MAREK (26) śpi. DOZORCZYNI czeka na niego.",), "DOZORCZYNI", "woman"),
        (("INSPECTORA ROJAS (42) entra. EL MUDO la mira.",), "INSPECTORA ROJAS", "woman"),
        (("КАПИТАН ЖАРОВ (50) молчит. СОНЯ (29) встаёт.", "Она закрывает дверь."), "КАПИТАН ЖАРОВ", "man"),
        # whoever has no name is told by the pronouns and the nouns that mean them, several by their noun
        (("The courier waits at the gate.", "She rings. She whistles."), "COURIER", "woman"),
        (("Een kleuter met een ballon.", "Hij lacht."), "KLEUTER", "man"),
        (("On the sled their child (4).", "PAUL (40) lifts the girl."), "CHILD", "woman"),
        (("Tres nietas bailan.",), "NIETAS", "woman"),
        (("JUROR NINE, asleep. VERA (40) reads.", "He snores."), "JUROR NINE", "man"),
    ],
)  # fmt: skip
def test_a_sex_is_told_by_whoever_else_is_there(script: tuple[str, ...], who: str, gender: str) -> None:
    """Titles, ranks and trades tell less than the pronouns that nobody else can have."""
    known = {one.id: one.gender for one in read(*script).people}
    assert known.get(who, known.get(who.rpartition(" ")[2])) == gender


@pytest.mark.parametrize(
    ("script", "people"),
    [
        (("MRS. HALE (46), coat on; her son (17) in blue.",), {"MRS. HALE", "SON"}),
        (("ROY (9) with a torch, his sister (12) with a rope.",), {"ROY", "SISTER"}),
        (("KLAAS (70) wijst. Zijn zoon (42) rent met een zak.",), {"KLAAS", "ZOON"}),
        (("MAGDA (44) opens the door. The key is in the hand of the new guy.",), {"MAGDA", "GUY"}),
        (("SIR HUGH (30) tiptoes. The dragon sleeps. The maiden sings.",), {"SIR HUGH", "DRAGON", "MAIDEN"}),
        (("O DIRETOR lê. O estagiário abre a porta.",), {"DIRETOR", "ESTAGIÁRIO"}),
        (("L'AVVOCATO piange, e fa piangere. IRMA (64), con la borsa, ride.",), {"AVVOCATO", "IRMA"}),
        (("PRÄSTEN sitter på en stol. ELIN (31) skrattar och går.",), {"PRÄSTEN", "ELIN"}),
        (("GOODWIFE MARSH (37) on the ladder. The magistrate with a book.", "He reads."),
         {"GOODWIFE MARSH", "MAGISTRATE"}),
        (("ASTRID (32) håller i honom.", "De far baklänges genom rummet."), {"ASTRID"}),
        (("Hers slips under the stone. ANNA (30) laughs.",), {"ANNA"}),
        (("In the door, THE COOK. THE PORTER (18) runs.",), {"COOK", "PORTER"}),
        (("A fat boy of nine (BILLY) drums. A nun waits.",), {"BILLY", "NUN"}),
        (("JUROR SIX, a woman in black. JUROR SEVEN, asleep.",), {"JUROR SIX", "JUROR SEVEN"}),
        (("Every eye is on THE UMPIRE's whistle. VERA (30) runs.",), {"UMPIRE", "VERA"}),
        (("OTTO (65) walks NORA (27) past the tables. A best man with a bottle.", "Otto bows."),
         {"OTTO", "NORA", "MAN"}),
        (("DON PEPPE (70) legge. IDA (29), DARIO (32).", "Lo sposo ride. La sposa piange. Il prete legge."),
         {"DON PEPPE", "IDA", "DARIO"}),
        (("IRMA (50) opens. Her son FRED (20) sleeps. RAY (55) enters.", "She shoves the boy."),
         {"IRMA", "FRED", "RAY"}),
        (("改札で健(30)が走る。派遣の女、静かに笑う。", "女が泣く。"), {"健", "派遣の女"}),
        (("TOBY (15) has the rope. The goat has the view.", "He tugs. She sits."), {"TOBY", "GOAT"}),
        (("KARL (40) gräbt. Ein Fuchs beobachtet ihn.", "Das Tier setzt sich."), {"KARL", "FUCHS"}),
        (("PAVEL (60) walks with a cane.", "The cane taps his knee."), {"PAVEL"}),
        (("Una mujer de gafas (CARMEN) lee. Un niño (PACO, 9) llora.", "El alcalde se ríe. El clarinetista corre."),
         {"CARMEN", "PACO", "ALCALDE", "CLARINETISTA"}),
    ],
)  # fmt: skip
def test_somebody_is_whoever_the_page_brings_in(script: tuple[str, ...], people: set[str]) -> None:
    """A noun with an age, a trade beside another trade, an elided article, a definite ending; and no verb."""
    assert {one.id for one in read(*script).people} == people


def test_whoever_stood_together_is_meant_by_they() -> None:
    """A fragment that brings in a third parts nobody."""
    assert beats("NADIA (26) and JONAH (27) dance. By the wall, her mother RUTH (54).", "They turn.")[-1].who == (
        "NADIA", "JONAH",
    )  # fmt: skip


def test_somebody_seen_in_passing_is_not_meant_next() -> None:
    """The driver whose eyes are in the mirror falls asleep no sooner than who was pouring."""
    beat = beats("PAUL (45) pours wine. VERA (38) in furs. The driver's eyes in the mirror.", "He slides down.")[-1]
    assert beat.who == ("PAUL",)


def test_a_gun_that_is_at_somebody_is_aimed() -> None:
    """Whose thing a sentence begins with does it, to whose body it ends with."""
    beat = beats("VERA (41) waits. HUGO (28) turns.", "Her gun is level with his nose.")[-1]
    assert (beat.act, beat.who, beat.whom) == ("aim", ("VERA",), ("HUGO",))


@pytest.mark.parametrize(
    ("word", "language", "plain"),
    [
        ("kelnerkę", "pl", "kelnerka"), ("strażnikowi", "pl", "strażnik"), ("męża", "pl", "mąż"),
        ("санитару", "ru", "санитар"), ("повариху", "ru", "повариха"), ("kaptenen", "sv", "kapten"),
        ("flickan", "sv", "flicka"), ("lampę", "pl", "lampę"), ("porten", "sv", "porten"),
    ],
)  # fmt: skip
def test_a_form_of_a_noun_is_its_plain_form(word: str, language: str, plain: str) -> None:
    """Cases and definite endings, of nouns for people alone."""
    assert base_form(word, language) == plain


def test_what_is_no_age_and_no_name() -> None:
    """No six years are old ones, and words of one language no names of another."""
    assert [years_alone(one) for one in ("old ones", "old one", "in twos", "old six")] == [None, None, None, 6]
    assert not any(map(is_given_name, ("pelle", "chica", "sem", "niño")))


def test_short_prose_tells_its_language() -> None:
    """A scene of two sentences is enough."""
    assert language_of("L'AVVOCATO piange, e fa piangere. IRMA, l'imputata, sbuccia un mandarino.") == "it"


@pytest.mark.parametrize(
    ("sentence", "act"),
    [
        ("Vera trips Hugo with her umbrella.", "push"),
        ("Vera trips over the rope.", "fall"),
        ("Vera crashes into the rail.", "fall"),
        ("The van explodes.", "explode"),
        ("Hugo walks ahead, reading from a phone.", "read"),
        ("Vera climbs out of the window; the door is tied shut.", "walk"),
    ],
)
def test_who_trips_another_stays_up(sentence: str, act: str) -> None:
    """Who crashes into something falls; what was done to a thing before is nobody's deed."""
    assert beats("VERA (41) waits. HUGO (28) turns.", sentence)[-1].act == act


def test_they_of_a_new_scene_are_the_last_two() -> None:
    """A scene that names nobody goes on with those of the scene before."""
    film = read_breakdown(
        [
            SceneBrief(1, location="INT. BARN - DAY", script=("VERA (41) lifts a seal. HUGO (28) opens the gate.",)),
            SceneBrief(2, location="EXT. FIELD - DAY", script=("The two of them carry the seal. They laugh.",)),
        ]
    )
    assert [set(beat.who) for beat in film.scenes[1].beats] == [{"VERA", "HUGO"}, {"VERA", "HUGO"}]


def test_a_nose_at_a_pane_is_no_hug() -> None:
    """In German, what is pressed against something is nobody else's."""
    beat = beats("JONAS (17) wartet.", "Vor dem Fenster steht ein alter Mann und drückt die Nase an die Scheibe.")[-1]
    assert (beat.act, beat.whom) == ("stand", ())


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, named in load("patterns.json").items() for name in named]
)
def test_a_pattern_finds_its_example(module: str, name: str) -> None:
    """The text beside a pattern in the data is one that it finds."""
    assert patterns(module)[name].search(load("patterns.json")[module][name][1])


def test_who_sleeps_feels_nothing() -> None:
    """A forehead against the wall is a posture of grief, but not of somebody asleep."""
    assert beats("JONAS (17) schläft im Stehen, die Stirn an der Wand.")[-1].feelings == {}


@pytest.mark.parametrize(
    ("script", "who", "whom"),
    [
        # a thing that slides and then hits somebody hits them
        (("PIKE (50) walks ahead.", "The coffin slides forward, hits Pike in the back."), (), ("PIKE",)),
        # nobody is meant before the page brings them in
        (("PIKE (50) sits in the hole. MRS. TRASK (70) leans over.", "She offers him her stick. GUS (8) giggles."),
         ("MRS. TRASK",), ("PIKE",)),
        (("PANI HELA (78) obiera jajko w pociągu.", "Naprzeciwko śpi żołnierz."), ("ŻOŁNIERZ",), ()),
        (("ŻOŁNIERZ (20) bierze ją za ręce. Milczą.", "Pociąg wjeżdża w tunel."), (), ()),
        (("Un HOMME (40) entre.", "L'homme se plante au milieu du salon. Le chien dort."), ("HOMME",), ()),
    ],
)  # fmt: skip
def test_who_does_it_to_whom(script: tuple[str, ...], who: tuple[str, ...], whom: tuple[str, ...]) -> None:
    """Things that act, pronouns before somebody comes, adverbs that lead a sentence, things that lead a verb."""
    first = next(beat for beat in beats(*script) if beat.start > len(script[0]))
    assert (first.who, first.whom) == (who, whom)


def test_an_animal_of_the_scene_is_meant_before_somebody_of_another() -> None:
    """The girl of the barn is not at the well."""
    barn = SceneBrief(1, location="INT. BARN - DAY", script=("ELSA (9) kneels in the straw.",))
    page = "A goat stands at the well.", "OTTO (70) pulls at the rope. She does not move."
    scenes = read_breakdown([barn, SceneBrief(2, location="EXT. WELL - NIGHT", script=page)]).scenes
    assert scenes[1].beats[-1].who == ("GOAT",)


@pytest.mark.parametrize(
    ("page", "animal"),
    [
        (("ELSA (9) kneels. A fox watches her.", "Elsa strokes the animal."), "FOX"),
        (("ELSA (9) kniet. Ein Fuchs beobachtet sie.", "Elsa streichelt das Tier."), "FUCHS"),
        (("ELSA (9) se arrodilla. Un zorro la mira.", "Elsa acaricia al animal."), "ZORRO"),
    ],
)
def test_something_is_done_to_the_animal_that_was_shown(page: tuple[str, ...], animal: str) -> None:
    """It is no thing beside itself."""
    beat = beats(*page)[-1]
    assert (beat.act, beat.whom, beat.props) == ("touch", (animal,), ())
