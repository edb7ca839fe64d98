"""People without a name, with a late one, or several: who they are, what they do."""

from collections.abc import Sequence

import pytest

from wzrd.animatic.provider import write_shots
from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.silent_people import shouted_people
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.people.register import Register

ANNA, BEN = Line("ANNA", "Well."), Line("BEN", "So.")
TOLD = "Anna loves her brother. Ben loves his sister."


def read(*script: str | Line) -> Breakdown:
    """The breakdown of a film of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=script)])


def last(*script: str | Line) -> Beat:
    """The last beat of a scene that nobody says."""
    return [beat for beat in read(*script).scenes[0].beats if not beat.lines][-1]


def aliases(*script: str | Line) -> set[str]:
    """Every name of everybody in a film of one scene but the first of each."""
    return {name for person in read(*script).people for name in person.aliases}


@pytest.mark.parametrize(
    ("script", "name"),
    [
        (("A BOY (9) waits.", Line("ANNA", "Rupert, fetch it!"), "The boy nods. Rupert runs off.", Line("BOY", "Now?")),
         "Rupert"),
        (("A TRAMP sleeps on the bench. His name, as we shall hear, is OSCAR.", Line("TRAMP", "Eh?")), "Oscar"),
        (("A YOUNG WOMAN comes in.", Line("YOUNG WOMAN", "Thanks. My name is Vera."), "Vera sits down."), "Vera"),
        (("Eine JUNGE FRAU tritt ein.", Line("JUNGE FRAU", "Danke. Ich heiße Vera."), "Vera setzt sich."), "Vera"),
        (("Une JEUNE FEMME entre.", Line("JEUNE FEMME", "Je m'appelle Claire, et vous ?"), "Claire rit."), "Claire"),
        (("Una MUJER entra.", Line("MUJER", "Gracias. Me llamo Carmen."), "Carmen se sienta."), "Carmen"),
        (("Una RAGAZZA entra.", Line("RAGAZZA", "Grazie. Mi chiamo Chiara."), "Chiara ride."), "Chiara"),
        (("En UNG KVINNA kommer.", Line("UNG KVINNA", "Tack. Jag heter Karin."), "Karin skrattar."), "Karin"),
        (("KOBIETA wchodzi.", Line("KOBIETA", "Dziękuję. Nazywam się Ewa."), "Ewa siada."), "Ewa"),
        ((Line("ANNA", "Your name?"), Line("SAILOR", "Emil."), "Emil laughs.", Line("EMIL", "At last.")), "Emil"),
        ((Line("LIVIA", "Oi."), "LÍVIA abre a porta e ri."), "Lívia"),
        ((Line("CHILD", "Mum!"), "TOM'S MOTHER waves.", Line("MOTHER", "Here!")), "Tom's Mother"),
        (("\u68ee\u5065\u4e00\uff0870\uff09\u304c\u7b11\u3046\u3002", Line("\u5065\u4e00", "\u3046\u3080\u3002")),
         "\u68ee\u5065\u4e00"),
    ],
)  # fmt: skip
def test_a_name_told_late_is_no_second_person(script: Sequence[str | Line], name: str) -> None:
    """Who is called by name, says it, or is said to bear it; a mother of somebody; a family name ahead."""
    assert name in aliases(*script)


@pytest.mark.parametrize(
    ("sentence", "who", "whom"),
    [
        ("The nervous waiter drops a tray.", "WAITER", ""),
        ("A tall, red-haired policeman hugs Anna.", "POLICEMAN", "ANNA"),
        ("The waiter smiles.", "WAITER", ""),  # and neither of the two
        ("Two security guards grab Ben.", "GUARDS", "BEN"),
        ("A group of dockers laugh.", "DOCKERS", ""),
        ("Kids are baffled.", "KIDS", ""),
        ("The police burst through the door.", "POLICE", ""),
        ("Three figures cross the lawn; they all wave.", "FIGURES", ""),
        ("Ben is on the floor, kicked by the butcher.", "BUTCHER", "BEN"),
        ("Anna is followed by a slow, fat OLD WOMAN.", "OLD|WOMAN", "ANNA"),
        ("Anna's jacket hangs there. Her spoon drips.", "", "ANNA"),
        ("Ben goes to the gate. He knocks at the door.", "BEN", ""),
        ("Ben kicks the machine. He hits it again.", "BEN", ""),
        ("Anna grins. Lands on the awning.", "ANNA", ""),
        ("A woman in a red coat hugs Ben.", "WOMAN", "BEN"),  # an indefinite one is nobody who is there
        ("A little girl hugs Anna.", "GIRL", "ANNA"),
        ("Behind the counter stands a butcher.", "BUTCHER", ""),
        ("One of the guards smiles.", "GUARDS", ""),
        ("Ben's lawyer hugs Anna.", "LAWYER", "ANNA"),
        ("Anna hums. Her little sister smiles.", "SISTER", ""),
        ("Father and son hug Anna.", "BEN SON", "ANNA"),
        ("The officer, a thin man with a moustache, smiles.", "OFFICER", ""),
        ("Mrs. Pike hugs Anna.", "MRS.|PIKE", "ANNA"),
        ("Ben is dragged away.", "", "BEN"),
        ("Tears run down her cheeks.", "ANNA", ""),
    ],
)
def test_whom_a_sentence_of_strangers_means(sentence: str, who: str, whom: str) -> None:
    """Adjectives, numbers and passives stand between nobody and what they do; things are nobody."""
    beat = last(ANNA, BEN, TOLD, sentence)
    people = {one.replace("|", " ") for one in who.split()}
    assert (set(beat.who), set(beat.whom)) == (people, set(filter(None, [whom])))


@pytest.mark.parametrize(
    ("script", "who"),
    [
        (("Es ist Nacht, und der Wind ist kalt. Ein Kind schreit.", Line("ANNA", "Ja.")), {"KIND"}),
        (("EL CIEGO, un viejo flaco, bebe.", "Pasa una hora.", "El pobre ciego llora.", Line("EL CIEGO", "Ay.")),
         {"EL CIEGO"}),
        (("MME ROY (80) est dans la maison.", "La vieille dame sourit.", Line("MME ROY", "Non.")), {"MME ROY"}),
        (("PIOTR (15) siedzi w domu i nie je.", "Ch\u0142opak p\u0142acze.", Line("PIOTR", "Nie.")), {"PIOTR"}),
        (("\u53e3\u7b1b\u3002\u5175\u58eb\u305f\u3061\u304c\u6b69\u3044\u3066\u3044\u308b\u3002",
          Line("\u82b1\u5b50", "\u3048\u3048\u3002")), {"\u5175\u58eb\u305f\u3061"}),
        (("CORNUDET, barbu, est dans le coin.", "Une heure passe. Cornudet rit.", Line("ANNA", "Oui.")), {"CORNUDET"}),
        (("ANNA (30) entre.", "Elle marche vers la porte.", Line("ANNA", "Oui.")), {"ANNA"}),
        (("\u5065\u592a(40)\u3068\u7f8e\u54b2(38)\u304c\u7acb\u3063\u3066\u3044\u308b\u3002",),
         {"\u5065\u592a", "\u7f8e\u54b2"}),
    ],
)  # fmt: skip
def test_who_acts_in_other_languages(script: Sequence[str | Line], who: set[str]) -> None:
    """Nouns of one language, roles behind their articles, ages that agree, owners, several of a kind that lives."""
    assert set(last(*script).who) == who


def test_twins_with_names_are_two_and_a_dog_is_who_it_is() -> None:
    """A group's own names stand for it; what somebody is by the noun before the name, they stay."""
    assert {"TWINS"}.isdisjoint(last(Line("ADA", "One."), Line("IDA", "Two."), "The TWINS, ADA and IDA, laugh.").who)
    beat = last(Line("REX", "Wuff."), ANNA, "An old dog, REX, digs. Anna hums.", "Anna hugs the dog.")
    assert (beat.who, beat.whom) == (("ANNA",), ("REX",))


def test_whose_smile_it_is() -> None:
    """A name with the s of an owner, and a possessive at the head."""
    hat, smile = (
        read("ANNA (30) ist da.", "Annas Hut ist auf dem Tisch.", "Ihr L\u00e4cheln wird weich.").scenes[0].beats[1:]
    )
    assert ({*hat.people}, smile.whom) == ({"ANNA"}, ("ANNA",))


@pytest.mark.parametrize(
    "capitals",
    [
        "VIBRATING phone wakes Anna.",
        "A MAN WITH A BROKEN LEG wakes Anna.",
        "A siren WHOOPS and wakes Anna.",
        ", the boys, sit.",
        "The man CRIES LOUDER in his sleep.",
        "A BLINKING RECTANGLE watches Anna.",
        "In Lagos Anna works. Lagos weeps. Anna loves Lagos.",
    ],
)
def test_capitals_that_name_nobody(capitals: str) -> None:
    """Verbs, things and towns are nobody, and a man with a broken leg is one man."""
    people = {person.id for person in read(ANNA, "Anna sleeps.", capitals).people}
    assert people <= {"ANNA", "MAN"}


def test_a_niece_is_the_girl_and_not_her_aunt() -> None:
    """Of two women the young one; the child is who is told to be young."""
    told = "VERA, fifteen, pours the tea. MRS. HALE enters."
    cues = (Line("VERA", "Tea?"), Line("MRS. HALE", "Please."), Line("BEN", "No."))
    assert last(*cues, told, "Ben turns to the niece.").whom == ("VERA",)
    assert last(*cues, told, "The child stares at the window.").who == ("VERA",)


def test_a_narrator_who_acts_is_seen() -> None:
    """The page shows him; without that he is a voice."""
    acting = read("The NARRATOR smiles at the door. The narrator reads.", Line("NARRATOR", "Come in."))
    assert acting.scenes[0].beats[0].who == ("NARRATOR",)
    assert acting.scenes[0].beats[-1].seen
    assert not read("A door.", Line("NARRATOR", "Once upon a time.")).scenes[0].beats[-1].seen


@pytest.mark.parametrize(
    ("script", "felt"),
    [
        ("Anna turns. Ben waits. Anna looks up. Surprised.", {"ANNA": "surprise"}),
        ("Ben finds Anna terrified.", {"ANNA": "fear"}),
        ("Anna stops crying.", {}),
        ("Both of them are astonished.", {"ANNA": "surprise", "BEN": "surprise"}),
        ("Ben grabs her by the arm.", {}),
        ("Anna and Ben exchange a look.", {"ANNA": "surprise", "BEN": "surprise"}),
    ],
)
def test_whose_feeling_it_is(script: str, felt: dict[str, str]) -> None:
    """Of whom it stands behind, of all who are meant; a fragment goes on about who acted last."""
    assert last(ANNA, BEN, TOLD, script).feelings == felt


@pytest.mark.parametrize(
    ("sentence", "act"),
    [
        ("Boxes from floor to ceiling.", "other"),
        ("Anna stops at once, hands in laps.", "stand"),
        ("Anna crumples it.", "use"),
        ("A cab passes with a swell.", "walk"),
        ("Anna sits down, her hat on her knees.", "sit"),
    ],
)
def test_what_only_looks_like_a_deed(sentence: str, act: str) -> None:
    """Plurals that name things; verbs without their object, and with one."""
    assert last(ANNA, BEN, TOLD, sentence).act == act


def test_he_is_no_man_called_marcel_where_she_is_meant() -> None:
    """A pronoun of the other sex means who was there before."""
    told = ("MADAME ROY (80) pose une carte.", "Elle rit. MARCEL est en face.", "Elle tend la main. Elle pleure.")
    scene = SceneBrief(1, script=(*told, Line("MARCEL", "Oui."), "Elle sourit. Elle dort.", Line("MADAME ROY", "Ah.")))
    assert Register((scene,)).profile("MARCEL").gender == "man"


def test_who_hammers_a_plank_hits_nobody_who_is_handed_something() -> None:
    """Two deeds in a picture: only the one touches somebody."""
    script = (ANNA, BEN, TOLD, "Anna hammers a plank. Ben hands her a nail.")
    shots = write_shots(SceneBrief(1, location="EXT. YARD - DAY", script=script), 3)
    subjects = [one for shot in shots if shot.brief and shot.brief.contact for one in shot.brief.subjects]
    assert subjects
    assert all(one.act != "strike" for one in subjects)


@pytest.mark.parametrize(
    ("sentence", "people"),
    [
        ("A police car stops.", set[str]()),
        ("On the wall a poster: LOST DOG.", set[str]()),
        ("She is the only woman here.", {"ANNA"}),
        ("Anna the housemaid smiles.", {"ANNA"}),
        ("The guard, gun in hand, smiles.", {"GUARD"}),
    ],
)
def test_nouns_that_are_nobody_new(sentence: str, people: set[str]) -> None:
    """Before a thing, on a sign, behind "is the" and behind a name."""
    beat = last(ANNA, BEN, TOLD, "Anna hums.", sentence)
    assert {*beat.people} == people


def test_mrs_is_not_mr() -> None:
    """Titles in capitals tell two people of one family apart; a shop of somebody's is nobody."""
    told = "MR. HOLT (70) lies still. MRS. HOLT holds his hand. MRS. BAKER'S SHOP is dark."
    film = read(Line("MR. HOLT", "Yes."), ANNA, told)
    assert {person.id for person in film.people} == {"MR. HOLT", "ANNA", "MRS. HOLT"}
    lying, holding = film.scenes[0].beats[2:4]
    assert (lying.act, lying.who) == ("lie", ("MR. HOLT",))
    assert (holding.who, holding.whom) == (("MRS. HOLT",), ("MR. HOLT",))
    assert last(Line("MR. HOLT", "Yes."), ANNA, told, "Anna kneels. Mr. Holt wakes. His wife screams.").who == (
        "MRS. HOLT",
    )


@pytest.mark.parametrize("sentence", ["Ben knocks.", "Ben knocks again.", "Ben knocks softly.", "Ben knocks on wood."])
def test_who_knocks_hits_nobody(sentence: str) -> None:
    """Whoever else is there."""
    beat = last(ANNA, BEN, TOLD, sentence)
    assert (beat.act, beat.whom) == ("use", ())


def test_who_knocks_somebody_down_does() -> None:
    """With somebody behind it, it is a blow."""
    assert last(ANNA, BEN, TOLD, "Ben knocks Anna down.").act == "strike"


@pytest.mark.parametrize("age", ["(30)", "(late 30s)", "(mid 40s)"])
def test_an_age_stands_between_nobody_and_what_they_do(age: str) -> None:
    """Forms that may be plurals are verbs behind a name with its age."""
    assert last(Line("ANNA", "Yes."), f"ANNA {age} lies still.").act == "lie"


@pytest.mark.parametrize(
    ("script", "who"),
    [("Anna waits. The engine coughs. Dies.", ()), ("The engine coughs. Anna sighs. Falls.", ("ANNA",)),
     ("Anna waits. The phone rings. Opens the door.", ("ANNA",))],
)  # fmt: skip
def test_a_fragment_goes_on_about_a_thing(script: str, who: tuple[str, ...]) -> None:
    """A verb alone, that things do, behind what a thing did."""
    assert last(ANNA, BEN, TOLD, script).who == who


def test_a_sentence_about_another_says_nothing_of_the_one_before() -> None:
    """A magician is no woman for having an assistant who is one."""
    told = "A MAGICIAN bows. His ASSISTANT, a bored woman with purple hair, yawns."
    scene = SceneBrief(1, script=(told, Line("MAGICIAN", "Now!"), "He helps her in.", Line("ASSISTANT", "Fine.")))
    assert [Register((scene,)).profile(one).gender for one in ("MAGICIAN", "ASSISTANT")] == ["man", "woman"]


def test_tears_of_laughter_are_joy() -> None:
    """Who laughs is not sad."""
    assert last(ANNA, BEN, TOLD, "Anna laughs through tears.").feelings == {"ANNA": "joy"}


def test_who_squeezes_through_a_door_touches_nobody() -> None:
    """With a way behind it, it is a walk."""
    beat = last(ANNA, BEN, TOLD, "Ben squeezes through the door.")
    assert (beat.act, beat.whom) == ("walk", ())


def test_a_doctor_lies_and_a_robots_arm_is_nobody() -> None:
    """DOC RAMIREZ is RAMIREZ; "strapped to" is no talk; an arm of a robot's is a thing."""
    told = "DOC RAMIREZ lies strapped to a stretcher. A robot arm holds a mask over his face."
    film = read(ANNA, told, Line("RAMIREZ", "Where?"))
    assert {person.id for person in film.people} == {"ANNA", "RAMIREZ"}
    assert (film.scenes[0].beats[1].act, film.scenes[0].beats[1].who) == ("lie", ("RAMIREZ",))


@pytest.mark.parametrize(
    "deed", ["TOBIN FIRES at Anna.", "TOBIN CREEPING closer, Anna shouts.", "TOBIN SIGNALS to Anna."]
)
def test_a_name_ends_where_a_verb_in_capitals_begins(deed: str) -> None:
    """TOBIN FIRES is Tobin, who is one in all scenes; a guard of SECURITY GUARDS is none of security."""
    people = {person.id for person in read(ANNA, Line("TOBIN", "Now."), "Anna runs.", deed).people}
    assert people == {"ANNA", "TOBIN"}
    page = ["SECURITY GUARDS drink tea.", "MAYA SANTOS ENTERS the room, MAYA BROOKS nods."]
    assert shouted_people(page, "en") == ["SECURITY GUARDS", "MAYA SANTOS", "MAYA BROOKS"]
