"""General rules of reading, a sentence or two each: who is meant, what is done, with what, in several languages."""

from collections.abc import Sequence

import pytest

from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.feelings import feelings_in
from wzrd.language.beats.props import PropFinder
from wzrd.language.beats.silent_people import shouted_people
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.people.mentions import LONGEST_SENTENCE, _sentences, sentences_of
from wzrd.language.words.beginnings import Beginnings

BROUGHT_IN = "MORAG (70) waits. POLK, a boy of ten, hums. WALT, 80, drinks. HARRY, 61, counts."
RUSSIAN = (
    "\u0410\u041d\u041d\u0410 \u0432 \u043a\u043e\u043c\u043d\u0430\u0442\u0435. "
    "\u041e\u043d\u0430 \u0431\u0435\u0440\u0451\u0442 \u0447\u0430\u0441\u044b \u0438 "
    "\u043f\u043b\u0430\u0447\u0435\u0442."
)
FOUR = (Line("MORAG", "Well."), Line("POLK", "So."), Line("HARRY", "No."), Line("WALT", "Yes."))


def read(*script: str | Line) -> Breakdown:
    """The breakdown of a film of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=script)])


def last(*script: str | Line) -> Beat:
    """The last beat of a scene that nobody says."""
    return [beat for beat in read(*script).scenes[0].beats if not beat.lines][-1]


def names(*script: str | Line) -> set[str]:
    """Names of everybody in a film of one scene."""
    return {person.name for person in read(*script).people}


@pytest.mark.parametrize(
    ("sentence", "who", "whom"),
    [
        ("Morag hugs the old man.", "MORAG", "WALT"),  # the oldest of two old men
        ("Walt is alone. Morag crouches by the kid.", "MORAG", "POLK"),
        ("Walt frowns. He's hugging Morag.", "WALT", "MORAG"),
        ("A jet of water hits Walt in the chest and knocks him flat.", "", "WALT"),
        ("Everyone laughs.", "MORAG POLK WALT HARRY", ""),
        ("Harry comes in. Two constables burst through the door.", "CONSTABLES", ""),
        ("A locksmith kicks the door. Harry hugs the locksmith.", "HARRY", "LOCKSMITH"),
        ("Morag slams the door.", "MORAG", ""),
        ("A dog barks. Harry looks up. He hugs Morag.", "HARRY", "MORAG"),
        ("A paramedic wraps Morag in a blanket.", "PARAMEDIC", "MORAG"),
        ("Behind Walt, Morag hugs Harry.", "MORAG", "HARRY"),
        ("Morag stops. Harry shoves her backward into the seat.", "HARRY", "MORAG"),
        ("Morag stops. Harry runs into her arms.", "HARRY", "MORAG"),
        ("Her hair blows across her mouth; Harry hugs Walt.", "HARRY", "WALT"),
    ],
)
def test_whom_an_english_sentence_means(sentence: str, who: str, whom: str) -> None:
    """Whoever is there and fits is meant before anybody new; an object is not who acts; animals are nobody's `he`."""
    beat = last(BROUGHT_IN, *FOUR, sentence)
    assert (set(beat.who), set(beat.whom)) == (set(who.split()), set(whom.split()))


@pytest.mark.parametrize(
    ("introduced", "cues", "people"),
    [
        ("LADY CATHERINE ASHWORTH, 25, laughs.", ("CATHERINE",), {"Catherine"}),
        ("MOM (Linda Henderson, 42) cooks. Linda eats.", ("MOM",), {"Mom"}),
        ("GRANDMA JO, 78, sits. Grandma laughs.", ("GRANDMA JO",), {"Grandma Jo"}),
        ("TEENAGE DAUGHTER ZOE (16) runs in. Zoe waves.", ("ZOE",), {"Zoe"}),
        ("Ihr Lehrling EMRE (17) und die Meisterin lachen. Er weint nicht.", ("EMRE",), {"Emre"}),
        ("La VOISINE, madame Petit, 70 ans, brandit un balai et rit.", ("MADAME PETIT",), {"Madame Petit"}),
        ("MR. ABBOT, his solicitor, 50, coughs. The lawyer sits down.", ("ABBOT",), {"Mr. Abbot", "Abbot"}),
        ("PLANO GENERAL. Un coche en la calle y el niño que llora.", ("PACO",), {"Paco"}),
        ("PRIMO PIANO: la mano di Rosa che trema e il vino.", ("ROSA",), {"Rosa"}),
        (
            "\u8001\u4eba\u3001\u7530\u4e2d\u6e05\uff0870\uff09\u3002\u7530\u4e2d\u306f\u6ce3\u304f\u3002",
            ("\u7530\u4e2d",),
            {"\u7530\u4e2d"},
        ),
    ],
)
def test_nobody_stands_twice_and_no_camera_word_is_anybody(
    introduced: str, cues: Sequence[str], people: set[str]
) -> None:
    """Titles, roles and brackets before a name, given names behind it, and the page's words for shots."""
    assert names(introduced, *(Line(cue, "Now.") for cue in cues)) <= people


def test_who_says_their_name_is_known_by_it() -> None:
    """`PLUMBER: Ray.` is Ray from there on; so is the bailiff who says what he is."""
    script = ("A PLUMBER drinks.", Line("PLUMBER", "Ray."), Line("DENISE", "Denise."), "Ray hugs Denise.")
    assert last(*script).who == ("PLUMBER",)
    script = ("Ein Mann kommt mit der Tasche herein.", Line("MANN", "Ich bin der Gerichtsvollzieher."))
    assert last(*script, "Der Gerichtsvollzieher starrt in die Flammen und lacht.").who == ("MANN",)


@pytest.mark.parametrize(
    ("sentence", "act", "who"),
    [
        ("ANNA ist da. Der Hebel ist alt. Der Finger auf dem Hebel ist krumm.", "other", ("ANNA",)),
        ("ANNA ist müde. Der Gerichtsvollzieher starrt in die Flammen und auf sie.", "look", ("GERICHTSVOLLZIEHER",)),
        ("ANNA es alta. Las llaves de la casa salen por el aire.", "leave", ()),
        ("ANNA es la niña. El cuchillo se le cae de la mano.", "put_down", ("ANNA",)),
        ("Il cane ringhia. ANNA non indietreggia e non la guarda.", "other", ("ANNA",)),
        ("ANNA est la fille. L'enfant ferme les yeux et elle rit.", "laugh", ("ANNA",)),
        ("ANNA staat op het ijs. Zij omhelst de man en huilt.", "hug", ("ANNA",)),
        (RUSSIAN, "weep", ("\u0410\u041d\u041d\u0410",)),
        ("ANNA es la hija. Los pasajeros aplauden y se ríen.", "laugh", ("PASAJEROS",)),
        ("ANNA est la fille. Le chien pose sa tête sur les genoux.", "touch", ("CHIEN",)),
        ("ANNA ist da und nicht allein. Onkel Heinz lacht. Vater lacht.", "laugh", ("VATER",)),
        ("ANNA ist nicht da. Zwei Männer tragen den Schrank.", "carry", ("MÄNNER",)),
        ("ANNA es la hija. Dos CAMILLEROS arrastran la camilla.", "drag", ("CAMILLEROS",)),
        ("ANNA est la fille. Puis jette la lettre dans le feu.", "throw", ("ANNA",)),
        ("ANNA ist da und müde. Endlich schlägt ANNA das Buch auseinander.", "open", ("ANNA",)),
        ("ANNA est la fille. Une larme roule sur sa joue.", "weep", ("ANNA",)),
        ("ANNA jest w domu i nie śpi. Na kablu siedzi kura.", "sit", ("KURA",)),
        ("ANNA es la hija de la casa. Sale y da un portazo.", "close", ("ANNA",)),
        ("ANNA es la hija de la casa. Tamborilea el vaso con los dedos.", "other", ("ANNA",)),
        (
            "ANNA è la figlia. La signora Rossi annuisce. La signora Rossi ride.",
            "laugh",
            ("SIGNORA ROSSI",),
        ),
    ],
)
def test_what_sentences_of_other_languages_tell(sentence: str, act: str, who: tuple[str, ...]) -> None:
    """Nouns are no verbs, what is denied is not done, things act by themselves, unknown people by what they do.

    Kin, animals, several and who has a title are somebody; a sentence without a subject goes on with the last one.
    """
    beat = last(Line("\u0410\u041d\u041d\u0410" if "\u0410\u041d\u041d\u0410" in sentence else "ANNA", "Ja."), sentence)
    assert (beat.act, beat.who) == (act, who)


@pytest.mark.parametrize(
    ("sentence", "act"),
    [
        ("Anna, veiled, glides to the altar.", "walk"),
        ("Anna throws herself between them.", "jump"),
        ("Anna saunters in.", "walk"),
        ("Anna bites her lip so as not to laugh.", "other"),
        ("Anna, in a bathrobe, hunts for her glasses.", "search"),
        ("Anna (29, one sleeve burnt) floats along the rail.", "move"),
        ("Anna is flung through the window.", "fall"),
        ("Anna presses her lips to hers.", "kiss"),
        ("Anna turns a page.", "read"),
        ("Anna glances at her, slams the door.", "close"),
        ("Anna laughs in tears.", "laugh"),
        ("We see Anna weeping.", "weep"),
    ],
)
def test_which_deed_an_english_sentence_tells(sentence: str, act: str) -> None:
    """An adjective between commas is none; to throw oneself is to jump; what is denied is not done."""
    assert last(Line("ANNA", "Well."), sentence).act == act


@pytest.mark.parametrize(
    ("sentence", "props"),
    [
        ("Anna bails with a saucepan.", ("SAUCEPAN",)),
        ("Anna pats every pocket he owns.", ()),
        ("Anna hugs her so hard.", ()),
        ("Anna grabs a pistol held low.", ("PISTOL",)),
        ("Anna shuts the case again.", ("CASE",)),
        ("Anna crumples the note.", ("NOTE",)),
        ("Anna holds a high note.", ()),
        ("Anna crosses the width of it.", ()),
        ("Anna turns the tuba upside down.", ("TUBA",)),
        ("Anna packs the boxes.", ("BOX",)),
        ("Anna wipes the glasses.", ("GLASSES",)),
        ("CAMERA PANS UP: Anna.", ()),
        ("Anna presses it between her own.", ()),
    ],
)
def test_things_of_a_sentence(sentence: str, props: tuple[str, ...]) -> None:
    """A thing is known by its noun; a phrase ends before another clause, a participle, an adverb."""
    assert last(Line("ANNA", "Well."), sentence).props == props


@pytest.mark.parametrize(
    ("language", "sentence", "named"),
    [
        ("it", "Apre la scatolina.", {"BOX": "scatolina (box)"}),
        ("es", "Cierra la maletita.", {"SUITCASE": "maletita (suitcase)"}),
        ("pl", "Bierze no\u017cyczki.", {"SCISSORS": "no\u017cyczki (scissors)"}),
        ("de", "Er nimmt das Messerchen.", {"KNIFE": "messerchen (knife)"}),
        ("de", "Er nimmt die T\u00f6pfe.", {"POT": "t\u00f6pfe (pot)"}),
        ("it", "Prende i coltelli.", {"KNIFE": "coltelli (knife)"}),
        ("pt", "Pega os bot\u00f5es.", {"BUTTON": "bot\u00f5es (button)"}),
        ("sv", "Hon tar t\u00e5ngen.", {"PLIERS": "t\u00e5ngen (pliers)"}),
        ("ja", "\u6d88\u3057\u30b4\u30e0\u3092\u51fa\u3059\u3002", {"ERASER": "\u6d88\u3057\u30b4\u30e0 (eraser)"}),
        ("de", "Die Augen scheinen tot.", {}),
        ("de", "Der Bleistift, der Kugelschreiber.", {"PENCIL": "bleistift (pencil)", "PEN": "kugelschreiber (pen)"}),
        ("pl", "Okrywa ją kocem.", {"BLANKET": "kocem (blanket)"}),
        ("de", "Er greift nach den Scheinen.", {"MONEY": "scheinen (money)"}),
        ("es", "Sancho va sobre la nieve.", {}),
        ("es", "Ana abre el sobre.", {"ENVELOPE": "sobre (envelope)"}),
        ("de", "Sie schwingt das Schustermesser.", {"KNIFE": "schustermesser (knife)"}),
        ("nl", "Niemand pakt zijn vissersmes.", {"KNIFE": "vissersmes (knife)"}),
        ("sv", "Han torkar pannan med rosenduken.", {"CLOTH": "rosenduken (cloth)"}),
        ("fr", "Elle montre la hallebarde.", {"SPEAR": "hallebarde (spear)"}),
        ("pl", "W furażerce niesie dwie szpulki.", {"HAT": "furażerce (hat)", "THREAD": "szpulki (thread)"}),
        ("ru", "Он берёт горсть заклёпок.", {"NAIL": "заклёпок (nail)"}),
        ("zh", "对手表示不满。她拿起扳手。", {"WRENCH": "扳手 (wrench)"}),
    ],
)
def test_things_of_other_languages(language: str, sentence: str, named: dict[str, str]) -> None:
    """A small one is one, and several are; a name in Japanese ends before its particle."""
    finder = PropFinder([sentence], (), language)
    assert {one: finder.name_of(one) for one in finder.find(sentence)} == named


@pytest.mark.parametrize(
    ("language", "prose", "names"),
    [
        ("de", ["Er nimmt das MESSER.", "Er wetzt das Messer.", "Er wirft das Messer."], {"messer (knife)"}),
        ("fr", ["Paul embrasse les cinq.", "Elle embrasse les cinq."], set[str]()),
    ],
)
def test_a_thing_has_one_name(language: str, prose: list[str], names: set[str]) -> None:
    """Its word may stand in capitals, in small letters or in a hand; a number is none."""
    assert set(PropFinder(prose, (), language).names.values()) == names


def test_a_thing_in_capitals_is_nobody() -> None:
    """A ladle is a thing in any language."""
    prose = ["LIESE, 9, schl\u00e4gt dem Kind mit dem KOCHL\u00d6FFEL auf die Finger."]
    assert shouted_people(prose, "de") == ["LIESE"]


def test_a_make_of_car_is_nobody() -> None:
    """It is brought in with an indefinite article, and definite later."""
    prose = ["A battered Volvo climbs the road. Ruth drives.", "The Volvo pulls in. Ruth waits. Then Ruth smiles."]
    assert shouted_people(prose) == ["Ruth"]


def test_they_are_whoever_acted_together_in_the_scene_before() -> None:
    """A scene that begins with "They" means the two of the last one, and nobody who comes later."""
    first = ("Morag waits. Polk waits.", Line("MORAG", "Now."), Line("POLK", "Now."), "Morag and Polk dance.")
    scenes = [SceneBrief(1, script=first), SceneBrief(2, script=("They run.", "A PORTER, 50, waves."))]
    assert read_breakdown(scenes).scenes[1].beats[0].who == ("MORAG", "POLK")


def test_who_ends_a_japanese_sentence_does_it() -> None:
    """Whoever acted last: "Raises a hand, Riku."."""
    scene = (
        "\u8475\uff0812\uff09\u3001\u8d70\u308b\u3002\u9678\uff0812\uff09\u3001\u5ea7\u308b\u3002\u8475\u3001\u7acb\u3064\u3002",
        "\u624b\u3092\u6319\u3052\u308b\u9678\u3002",
    )
    lines = (Line("\u8475", "\u306a\u306b\uff1f"), Line("\u9678", "\u3079\u3064\u306b\u3002"))
    assert last(*lines, *scene).who == ("\u9678",)


@pytest.mark.parametrize(
    ("text", "felt"),
    [
        ("in wellington boots", ""),
        ("she grinds it out", ""),
        ("a huge crowd", ""),
        ("jubilantly", "joy"),
        ("a stroke of the brush", ""),
        ("aghast", "fear"),
        ("flabbergasted", "surprise"),
        ("indignantly", "anger"),
    ],
)
def test_a_feeling_is_a_family_of_words(text: str, felt: str) -> None:
    """To grin is joy, and to grind is none."""
    assert next((feeling for _, feeling in feelings_in(text, "en")), "") == felt


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Wein und Zucker, drei Gramm, in der Scheune, ein kalter Tee"),
        ("fr", "il \u00e9teint la lampe, elle s\u00e8che le linge"),
        ("it", "i gioielli, un dolce, tenere la scatola"),
        ("pt", "tem um terno no trem"),
        ("pl", "ciep\u0142y chleb"),
        ("sv", "han vred om nyckeln, varm choklad"),
        ("de", "Er tritt den Ball ins Tor, pfeffert die Suppe und fährt auf den Parkplatz."),
        ("fr", "Elle se glisse sous la table pour brancher la lampe."),
        ("es", "Da un paso atrás para ver mejor el cuadro."),
        ("it", "Solleva la valigia e diventa rossa, un vassoio sulle ginocchia."),
        ("pl", "Wyrzuca śmieci, rzuca mu monetę i robi krok do tyłu, żeby lepiej widzieć obraz."),
        ("nl", "Zijn blik blijft hangen. Hij schopt de bal weg en kruipt onder de tafel om de stekker te zoeken."),
        ("sv", "Han spottar ut korken och vänder sig mot väggen och hänger upp tavlan."),
        ("ru", "Он пинает мяч и делает шаг назад, чтобы лучше рассмотреть картину."),
        ("ja", "ボールを蹴る。横断歩道で立ち止まる。コートのボタンを留める。"),
        ("de", "Er zuckt mit den Schultern und versucht zu lächeln."),
        ("es", "Se encoge de hombros e intenta sonreír."),
        ("pl", "Próbuje się uśmiechnąć."),
    ],
)
def test_false_friends_tell_no_feeling(language: str, text: str) -> None:
    """Wine is no weeping, a suit no tenderness, a train no fear; a gesture that is made for a purpose is none."""
    assert feelings_in(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "felt"),
    [
        ("de", "Sie fegt das Geschirr vom Tisch.", "anger"),
        ("de", "Sie wagt nicht, sich umzudrehen.", "fear"),
        ("de", "Er wischt ihr eine Träne von der Wange.", "tenderness"),
        ("fr", "Elle se laisse glisser le long du mur.", "grief"),
        ("fr", "Il lui envoie un baiser.", "joy"),
        ("fr", "Elle s'arrête net.", "surprise"),
        ("es", "Le da la espalda.", "anger"),
        ("es", "No puede parar de reír.", "joy"),
        ("es", "Se pega a la puerta.", "fear"),
        ("it", "Una vena le pulsa sulla tempia.", "anger"),
        ("it", "Gli scosta una ciocca dalla fronte.", "tenderness"),
        ("it", "Resta di sasso.", "surprise"),
        ("pt", "Cola-se à porta.", "fear"),
        ("pt", "Fita o vazio.", "grief"),
        ("pl", "Otula Tomka kocem.", "tenderness"),
        ("pl", "Przybijają piątkę.", "joy"),
        ("nl", "Ze keert hem de rug toe.", "anger"),
        ("nl", "Ze hapt naar adem.", "surprise"),
        ("sv", "Hon biter på naglarna.", "fear"),
        ("sv", "Rösten bryts.", "grief"),
        ("ru", "Она швыряет тарелку в стену.", "anger"),
        ("ru", "Она укрывает его пледом.", "tenderness"),  # noqa: RUF001
        ("ja", "肩が震える。", "grief"),
        ("ja", "鼻歌を歌う。", "joy"),
        ("en", "She jerks her arm free.", "anger"),
        ("en", "He fumbles with the lock.", "fear"),
        ("de", "Er lehnt die Stirn an ihre.", "tenderness"),
        ("fr", "Elle n'arrive pas à finir sa phrase.", "grief"),
        ("es", "No se lo puede creer.", "surprise"),
        ("it", "Accartoccia la lettera.", "anger"),
        ("pt", "Não tira os olhos da pistola.", "fear"),
        ("pl", "Zdejmuje mu buty, żeby go nie obudzić.", "tenderness"),
        ("nl", "Ze wisselen een blik.", "surprise"),
        ("sv", "Hon tar av honom skorna utan att väcka honom.", "tenderness"),
        ("ru", "Она трясётся от злости.", "anger"),
        ("ja", "目を疑う。", "surprise"),
        ("en", "She tries not to cry.", "grief"),
    ],
)
def test_a_body_tells_a_feeling(language: str, text: str, felt: str) -> None:
    """Writers tell what a body does, and no word for what it feels."""
    assert [one for _, one in feelings_in(text, language)][-1:] == [felt]


@pytest.mark.parametrize(
    ("language", "told", "felt"),
    [
        ("en", "crying sobbing tearful", "grief"),
        ("en", "angry fuming annoyed", "anger"),
        ("en", "laughing grinning amused", "joy"),
        ("de", "w\u00fctend ver\u00e4rgert zornig", "anger"),
        ("fr", "furieuse f\u00e2ch\u00e9 r\u00e2lant", "anger"),
        ("es", "sorprendido incr\u00e9dulo confuso", "surprise"),
        ("it", "spaventata teso nervoso", "fear"),
        ("pt", "carinhoso meiga", "tenderness"),
        ("nl", "boos ge\u00ebrgerd woedend", "anger"),
        ("sv", "f\u00f6rv\u00e5nad f\u00f6rvirrad", "surprise"),
        ("pl", "rado\u015bnie weso\u0142o", "joy"),
        ("pl", "przera\u017cona dr\u017c\u0105c", "fear"),
        ("ja", "\u9a5a\u3044\u3066 \u6238\u60d1\u3063\u3066", "surprise"),
    ],
)
def test_a_parenthetical_tells_a_feeling(language: str, told: str, felt: str) -> None:
    """The commonest words alone, in the forms that writers use; a beginning of three letters is a whole word."""
    for word in told.split():
        assert [one for _, one in feelings_in(word, language)] == [felt], word


def test_a_body_that_is_nobodys_is_of_whoever_acted_last() -> None:
    """A vein that throbs has no owner in its sentence."""
    sentence = "Elle regarde le mur de la cuisine et la porte. Une veine bat à sa tempe."
    assert last("CLAIRE (30 ans) est dans la cuisine avec une amie.", sentence).feelings == {"CLAIRE": "anger"}


def test_the_longest_beginning_wins_and_small_words_belong_to_what_follows() -> None:
    """`sort le` is a phrase whose object comes next; a short beginning is a whole word."""
    table = Beginnings({"sort": 1, "sort le": 2, "va": 3}, r"(?:ent|t)?", frozenset({"le"}))
    text = "Il sort le test. Ils sortent. Elle va, variable."
    assert [(text[one.start : one.end], one.value) for one in table.find(text)] == [
        ("sort", 2),
        ("sortent", 1),
        ("va", 3),
    ]


@pytest.mark.parametrize("unit", ["A SHADOW ", "x", "Anna hits Ben and ", "走"])
def test_a_sentence_without_an_end_is_read_in_pieces(unit: str) -> None:
    """No piece is longer than what is read at once, nothing is lost, and a word is cut only where it has no end."""
    text = unit * (16_000 // len(unit))
    pieces = sentences_of(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= LONGEST_SENTENCE
    assert all(piece.endswith(" ") for piece in pieces[:-1]) == (" " in unit)


def test_a_paragraph_of_megabytes_is_not_remembered() -> None:
    """Whoever sends thousands of such keeps no memory of the process."""
    before = _sentences.cache_info().currsize
    assert sentences_of("Anna waits. " * 10_000)[0] == "Anna waits."
    assert _sentences.cache_info().currsize == before


@pytest.mark.parametrize(
    ("sentence", "feeling"),
    [
        ("Anna kicks the leg of the table.", "anger"),
        ("Anna rips the contract in half.", "anger"),
        ("Anna grabs Ben by the collar.", "anger"),
        ("Anna presses herself flat against the wall.", "fear"),
        ("Anna's eyes dart to the door.", "fear"),
        ("Anna slaps her thigh.", "joy"),
        ("Anna turns to the wall.", "grief"),
        ("Anna sinks onto a chair.", "grief"),
        ("Anna winds a scarf round his neck.", "tenderness"),
        ("Anna leans her forehead against his.", "tenderness"),
        ("Anna sucks in her breath.", "surprise"),
        ("Anna kicks the ball.", ""),
        ("Anna grabs Ben by the arm.", ""),
        ("Anna shakes hands with Ben.", ""),
        ("Anna holds the door for Ben.", ""),
        ("Anna kicks the ball to Ben.", ""),
        ("Anna drops the letter into the box.", ""),
        ("Anna turns red lights into green ones.", ""),
    ],
)
def test_bodies_tell_what_is_felt(sentence: str, feeling: str) -> None:
    """Where no word names it; a ball is kicked by anybody."""
    beat = last(Line("ANNA", "Yes.", None), Line("BEN", "No.", None), "They stand.", sentence)
    assert beat.feelings.get("ANNA", "") == feeling


@pytest.mark.parametrize(
    ("sentence", "who"),
    [
        ("The cow walks through the room.", "COW"),
        ("The rooster turns round.", "ROOSTER"),
        ("A vaca atravessa a sala e para na porta.", "VACA"),
        ("L'\u00e2ne regarde la porte. Il est l\u00e0, dans la cour, et il attend.", "\u00c2NE"),
        ("\u0421\u043e\u0431\u0430\u043a\u0430 \u0438\u0434\u0451\u0442.", "\u0421\u041e\u0411\u0410\u041a\u0410"),
    ],
)
def test_an_animal_that_leads_its_verb_acts(sentence: str, who: str) -> None:
    """Behind any article, an elided one too, and in a script without them."""
    assert who in {one for beat in read(sentence).scenes[0].beats for one in beat.who}


def test_kin_bear_one_name() -> None:
    """Her husband is the grown man, and her son the child, of her last name."""
    scene = (
        "ELSIE TARRANT (29) stands. BERTIE TARRANT, 7, and ARTHUR TARRANT, 33, sit. WALTER SIMMS (50) waits.",
        *(Line(name, "Yes.", None) for name in ("ELSIE", "ARTHUR", "BERTIE", "WALTER")),
    )
    assert last(*scene, "Elsie slaps her husband.").whom == ("ARTHUR",)
    assert last(*scene, "Elsie kisses her son.").whom == ("BERTIE",)
    assert last(*scene, "Bertie hugs his mother.").whom == ("ELSIE",)


def test_a_fragment_belongs_to_the_deed_before_it() -> None:
    """It tells nobody and no thing; one that does is a beat of its own."""
    said = Line("ANNA", "Yes.", None)
    assert last(said, "Anna blows. Once. Twice.").span == "Anna blows. Once. Twice."
    assert last(said, "Anna blows. Ben.", Line("BEN", "No.", None)).span != "Anna blows. Ben."
