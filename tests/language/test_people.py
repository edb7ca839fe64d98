"""One register of people: who is a man, a woman, a child, old, and which names are one person."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.people import register as people
from wzrd.language.people.ages import class_of, years_alone, years_within
from wzrd.language.people.profiles import Profile
from wzrd.language.people.register import Register


def known(name: str, *page: str | Line, others: tuple[str, ...] = ()) -> Profile:
    """Profile of a speaker of this page."""
    return register(*page, speakers=(name, *others)).profile(name)


def register(*page: str | Line, speakers: tuple[str, ...] = ()) -> Register:
    """The register of a film of one scene."""
    return Register([SceneBrief(1, script=page, characters=speakers)])


@pytest.mark.parametrize(
    ("name", "text", "gender", "age"),
    [
        ("LAURA", "LAURA, 16, a girl with braces, bolts down the stairs.", "woman", "teen"),
        ("BOB", "BOB (40s) counts the till.", "man", "adult"),
        ("MRS. GREEN", "MRS. GREEN, an elderly widow, waters a plastic fern.", "woman", "old"),
        ("DUKE", "A burly man, DUKE, blocks the door.", "man", ""),
        ("Quinn", "Quinn, a boy of nine, floats a paper boat.", "man", "child"),
        ("KIM", "KIM, mid-30s, mother of a 9-year-old girl, signs.", "woman", "adult"),
        ("SASHA", "Sasha is a tall woman in her sixties.", "woman", "old"),
        ("RILEY", "16-year-old RILEY tunes a cello.", "", "teen"),
        ("ROBIN", "Marta's brother ROBIN parks badly.", "man", ""),
        ("LEE", "He kisses his wife, LEE, and leaves.", "woman", ""),
        ("PAT", "A girl named PAT sells lemonade.", "woman", "child"),
        ("ALEX", "This is ALEX. 40s. A heavy woman with a heavier bag.", "woman", "adult"),
        ("ALEX", "ALEX crosses the yard. She's 22, and late.", "woman", "young"),
        ("SAM", "SAM (F, 20s) waves.", "woman", "young"),
        ("ANTON", "ANTON, early seventies, and two dogs of nine arrive.", "man", "old"),
        ("NOA", "NOA, 40 feet away, sees nothing.", "", ""),
        ("TOBY", "TOBY misses the bus nine times out of ten.", "man", ""),
        ("MAYA", "MAYA, a boy, and two girls run for cover.", "woman", ""),
        ("JO", "JO, wearing his father's coat, shivers.", "man", ""),
        ("CORA", "CORA, his publicist, frowns at the page.", "woman", ""),
        ("LILA", "WILL, now 28, dances with his gorgeous bride LILA.", "woman", ""),
        ("MARTIN", "MARTIN, ein alter Mann, wartet auf den Bus und hustet.", "man", "old"),
        ("CAMILLE", "CAMILLE, 34 ans, une femme pressée, ferme la porte et sort.", "woman", "adult"),
        ("JUNE", "JUNE, 32, waits by the gate.", "woman", "adult"),
        ("NILS", "Hennes bror NILS, 9, sitter vid bordet och ritar en katt i boken.", "man", "child"),
        ("ZOSIA", "ZOSIA (8 l.) kroi chleb i nie patrzy na matkę.", "woman", "child"),
        (
            "\u304a\u9234",
            "\u5b6b\u306e\u304a\u9234\uff08\u4e5d\uff09\u304c\u5ea7\u3063\u3066\u3044\u308b\u3002",
            "woman",
            "child",
        ),
        ("\u82b1\u5b50", "\u82b1\u5b50\uff0816\u6b73\uff09\u304c\u5ea7\u3063\u3066\u3044\u308b\u3002", "woman", "teen"),
    ],
)
def test_an_introduction_tells_who_somebody_is(name: str, text: str, gender: str, age: str) -> None:
    """Ages, nouns, relations and titles count where they stand for this person, never a number of somebody else's."""
    person = known(name, text)
    assert (person.gender, person.age) == (gender, age)


@pytest.mark.parametrize(
    ("name", "gender", "age"),
    [
        ("OLD SAILOR", "man", "old"),
        ("LITTLE GIRL", "woman", "child"),
        ("WAITRESS", "woman", ""),
        ("NURSE", "", ""),
        ("GRANDPA JOE", "man", "old"),
        ("TOM'S MOTHER", "woman", ""),
        ("LA MUJER DEL PANADERO", "woman", ""),
        ("MULHER DO VIZINHO", "woman", ""),
        ("SOLDIER #2", "man", ""),
        ("MAN WITH A DOG", "man", ""),
        ("FRAU KELLER", "woman", ""),
        ("MADAME PEREC", "woman", ""),
        ("SIR HUGH", "man", ""),
        ("BAR GIRL", "woman", "young"),
        ("\u00c9MILE", "man", ""),
        ("ZXQV", "", ""),
    ],
)
def test_a_name_alone_tells_something(name: str, gender: str, age: str) -> None:
    """Roles, titles, relations and given names of several languages; a name that nobody knows tells nothing."""
    person = Register(()).profile(name)
    assert (person.gender, person.age) == (gender, age)


def test_pronouns_go_to_the_right_name() -> None:
    """The only one at hand, else the only one of that kind; an object is never its own subject."""
    page = (
        "Riley drops a tray. She kneels.",
        "Anton and Riley watch the rain. He yawns. She does not.",
        "Casey glances at him.",
        "Casey counts his change.",
    )
    people = register(*page, speakers=("RILEY", "ANTON", "CASEY"))
    assert people.profile("RILEY").gender == "woman"
    assert people.profile("CASEY").gender == "man"
    assert known("CASEY", "Anton enters.", "Casey looks at him.", others=("ANTON",)).gender == ""


def test_pronouns_follow_who_speaks() -> None:
    """Behind somebody's line, "she" may be the speaker's; with two at hand nobody is guessed."""
    assert known("RILEY", Line("RILEY", "No."), "She hangs up. She sits.").gender == "woman"
    both = register(Line("RILEY", "No."), Line("CASEY", "Yes."), "She hangs up.", speakers=())
    assert [both.profile(name).gender for name in ("RILEY", "CASEY")] == ["", ""]
    assert known("RILEY", Line("RILEY", "Where is it?", "to herself")).gender == "woman"


def test_a_statement_beats_pronouns_and_pronouns_beat_a_name() -> None:
    """MAX is a girl when the script says so, and CHARLIE a woman when she is always she."""
    assert known("MAX", "MAX, a woman of thirty, reads. He turns the page.").gender == "woman"
    page = ("CHARLIE, 30, lights a match before her face.", "She waits.", "Charlie shuts her eyes.")
    assert known("CHARLIE", *page).gender == "woman"
    assert known("CHARLIE", "Charlie waits.").gender == "man"


def test_one_person_under_two_names() -> None:
    """A title more or a role is the same person where that is certain; people who share a scene are two."""
    first = SceneBrief(1, script=("MRS. GREEN waters a fern.", Line("MRS. GREEN", "Dry.")))
    second = SceneBrief(2, script=("Mrs. Green sleeps.", Line("GREEN", "Mm.")))
    people = Register([first, second])
    assert people.canonical("GREEN") == people.canonical("MRS. GREEN") == "mrs. green"
    assert people.profile("Green").gender == "woman"
    together = Register([SceneBrief(1, script=(Line("MRS. GREEN", "Dry."), Line("GREEN", "So?")))])
    assert together.canonical("GREEN") != together.canonical("MRS. GREEN")
    teacher = SceneBrief(1, script=("A bell.", Line("TEACHER", "Sit.")))
    named = SceneBrief(2, script=("MR. JONES, the teacher, unlocks his car.", Line("MR. JONES", "Finally.")))
    school = Register([teacher, named])
    assert school.canonical("MR. JONES") == "teacher"
    assert school.profile("TEACHER").gender == "man"
    assert Register([named]).canonical("JONES") == "jones"  # nobody of that name speaks


def test_a_surname_of_somebody_else_is_nobodys_age() -> None:
    """JASON Scott, 17, says nothing of Mr. Scott; a full name in its introduction is learnt."""
    people = register(
        "JASON Scott, 17, skids to a stop.",
        "MR. SCOTT, late 40s, folds his arms.",
        "MARA DULUTH (30s) leans on the bar. Duluth pours her own.",
        speakers=("JASON", "MR. SCOTT", "MARA"),
    )
    assert [people.profile(name).age for name in ("JASON", "MR. SCOTT", "MARA")] == ["teen", "adult", "adult"]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("16", 16), ("40s", 45), ("mid-40s", 45), ("early thirties", 32), ("late 50s", 58), ("forty-five", 45),
        ("aged 60", 60), ("in his 40s", 45), ("fortyish", 40), ("20-25", 20), ("teens", 16), ("6 months", 0),
        ("17 with braces", 17), ("etwa 40", 40), ("34 ans", 34), ("2 dogs", None), ("40 feet away", None),
        ("one of the guards", None), ("300 pounds", None), ("nine", 9), ("20's", 25), ("tall", None),
        ("de ochenta y ocho años", 88), ("di sessantotto anni", 68), ("trentatré anni", 33), ("ventuno anni", 21),
        ("quarante-cinq ans", 45), ("soixante-dix-huit ans", 78), ("quatre-vingts ans", 80), ("cinq ans", 5),
        ("neunundsiebzig jahre", 79), ("sjuttionio år", 79), ("sześćdziesiąt osiem lat", 68), ("šedesát osm let", 68),
        ("oitenta e dois anos", 82), ("tweeënveertig jaar", 42), ("шестьдесят восемь лет", 68),
    ],
)  # fmt: skip
def test_ages_are_read_as_written(text: str, years: int | None) -> None:
    """A number is an age when nothing else is counted by it."""
    assert years_alone(text) == years


def test_ages_within_a_phrase() -> None:
    """Only what is said as an age counts inside a phrase."""
    assert years_within("a 9-year-old boy") == 9
    assert years_within("a thirty-something lawyer") == 30
    assert years_within("owner of 3 cats") is None
    assert [class_of(years) for years in (12, 13, 20, 30, 60)] == ["child", "teen", "young", "adult", "old"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(max_size=60)
        | st.builds(Line, st.sampled_from(["ANN", "BO", "MR. X", "", "\u00c9", "A (V.O.)"]), st.text(max_size=20)),
        max_size=8,
    )
)
def test_any_page_can_be_read(page: list[str | Line]) -> None:
    """Nothing breaks, and the same page tells the same."""
    first, second = Register([SceneBrief(1, script=tuple(page))]), Register([SceneBrief(1, script=tuple(page))])
    for part in page:
        name = part.character if isinstance(part, Line) else part[:20]
        assert first.profile(name) == second.profile(name)
        assert first.profile(name).key == first.canonical(name) or not voice_key(name)


@pytest.mark.parametrize(
    ("part", "years"),
    [
        ("\u4e03\u5341", 70),
        ("\u516d\u5341\u4e94\u6b73", 65),
        ("\u4e8c\u5341\u4ee3", 25),
        ("20\u4ee3", 25),
        ("65", 65),
        ("\u516b\u624d", 8),
        ("\u4e00", None),
    ],
)
def test_ages_in_han_numbers(part: str, years: int | None) -> None:
    """A number alone from ten on, a number with its sign, a decade as its middle."""
    assert years_alone(part) == years


def test_one_word_may_be_an_age() -> None:
    """In Polish, German, Spanish and French, alone or before a noun."""
    assert years_within("siedemdziesi\u0119cioletni starzec") == 70
    assert years_alone("sesent\u00f3n") == 60
    assert years_within("ein achtzigj\u00e4hriger mann") == 80


def test_a_cue_that_lost_its_end_is_the_same_person() -> None:
    """ARTH is ARTHUR, in one scene too; ANN and ANNA, ROB and ROBERT are two."""

    def one(first: str, second: str) -> bool:
        made = register("So.", Line(first, "Hi."), Line(second, "Ho."), speakers=(first, second))
        return made.canonical(first) == made.canonical(second)

    assert one("ARTH", "ARTHUR")
    assert not one("ANN", "ANNA")
    assert not one("ROB", "ROBERT")


def test_his_mother_by_role_and_by_name_is_one() -> None:
    """Two columns of names: PEGGY whom the script calls his mother, and the cue MOTHER in another scene."""
    made = Register(
        [
            SceneBrief(1, script=("His mother, PEGGY (60), enters.", Line("PEGGY", "Art!"))),
            SceneBrief(2, script=("The kitchen.", Line("MOTHER", "Eat."), Line("ARTHUR", "No."))),
        ]
    )
    assert made.canonical("MOTHER") == made.canonical("PEGGY") != made.canonical("ARTHUR")


def test_a_number_behind_a_name_in_wide_brackets_is_an_age() -> None:
    """As Japanese scripts bring people in."""
    assert known("\u7530\u4e2d", "\u7530\u4e2d\uff0865\uff09\u304c\u5ea7\u3063\u3066\u3044\u308b\u3002").years == 65


def test_of_a_stadium_of_strangers_names_alone_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the prose for each of 25,000 names took minutes."""
    prose = "BRUM, a man of sixty, waves. MARIA, a girl of nine, waves."
    assert register(prose).profile("BRUM").years == 60
    monkeypatch.setattr(people, "MAX_PEOPLE", 0)
    met = register(prose)
    assert (met.profile("BRUM").years, met.profile("MARIA").gender) == (None, "woman")
