"""The offline writer: sensible shots from any scene, the rules of coverage kept, the same seed the same shots."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.animatic.panels.brief.word_lists import is_drawn
from wzrd.animatic.writer.scene_reading import read_scene
from wzrd.animatic.writer.shots import write_shots
from wzrd.contracts.acts import Act
from wzrd.contracts.breakdown import Beat, Breakdown, Character, SceneBreakdown
from wzrd.domain.pacing import shots_wanted
from wzrd.domain.shots import Line, SceneBrief, ShotBrief, ShotIdea
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.people.scene_people import spelled
from wzrd.screenplay.model import briefs_of
from wzrd.screenplay.parse import parse

EXAMPLES = Path(__file__).parents[3] / "examples"
LIGHTHOUSE = SceneBrief(
    number=1,
    location="INT. LIGHTHOUSE - LAMP ROOM - NIGHT",
    lighting="Cold moonlight and a single oil lamp",
    weather="Heavy rain",
    tone="tense, melancholic",
    actions=(
        "Rain lashes the salt-streaked windows. MARA (60s, weathered) climbs the iron steps with a brass lantern.",
        "She sets the lantern on the sill and stares out at the black water. A flare arcs over the reef.",
        "TOM bursts through the hatch. He drops a torn logbook on the floor.",
    ),
    dialogue=(
        Line("TOM", "The generator's gone."),
        Line("MARA", "Then we turn the lens by hand."),
        Line("TOM", "You think they can see us?", "catching his breath"),
        Line("RADIO (V.O.)", "Mayday, mayday."),
        Line("MARA (CONT'D)", "They saw us the night your father drowned."),
    ),
    characters=("MARA", "TOM"),
)
DESERT = SceneBrief(
    number=4,
    location="Desert salt flats",
    lighting="Harsh noon sun",
    weather="Dust storm",
    tone="kinetic",
    description="Two riders race their motorcycles across the salt flats. A rusted truck thunders after them. "
    "Jonah glances back and sees the harpoon. He swerves hard. Ika tosses him a flare gun. The desert blooms orange.",
)
KITCHEN = SceneBrief(
    number=2,
    location="INT. KITCHEN - NIGHT",
    description="Elena scrapes burnt rice from a pan. David stands in the doorway. Silence.",
    dialogue=(Line("ELENA", "You said eight."), Line("DAVID", "The meeting ran over."), Line("ELENA", "Then when?")),
)
COURT = SceneBrief(
    number=9,
    location="INT. COURTROOM 4 - DAY",
    actions=("JUDGE HALE unfolds the verdict.", "LEWIS closes his eyes.", "An old woman rises to her feet."),
    dialogue=(Line("JUDGE HALE", "Has the jury reached a verdict?"), Line("FOREMAN", "We have."), Line("LEWIS", "No!")),
)
BARE = SceneBrief(number=7)
CJK = SceneBrief(
    number=5,
    location="\u706f\u5854",
    description="\u96e8\u591c\uff0c\u6d77\u6d6a\u62cd\u6253\u7740\u7901\u77f3\u3002\u739b\u62c9\u63d0\u7740\u706f\u8d70\u4e0a\u697c\u68af\u3002",
    dialogue=(Line("\u739b\u62c9", "\u5feb\u70b9\u706f\u3002"), Line("\u6c64\u59c6", "\u6765\u4e0d\u53ca\u4e86\uff01")),
)
EMOJI = SceneBrief(number=6, description="\U0001f327\ufe0f A ghost \U0001f47b dances in the attic. \U0001f389")
SCENES = [LIGHTHOUSE, DESERT, KITCHEN, COURT, BARE, CJK, EMOJI]

NAMES = st.sampled_from(
    ["MARA", "Tom", "OLD MAN", "JUDGE HALE", "Dr. Reyes", "James", "\u739b\u62c9", "BOT (V.O.)", "", "{x}", "GUARD #2"]
)
SENTENCES = st.sampled_from(
    [
        "Mara climbs the stairs.",
        "The old man drops a brass key.",
        "Tom stares at the door!",
        "A letter burns?",
        "They argue, and the glass breaks in the sink while nobody moves or says a thing to stop it at all.",
        'He says "go" and leaves',
        "WE SEE a GUN.",
        "CUT TO: black",
        "Rain. ",
        "word " * 60,
        "{who} [x] <b> {adjective}",
        "\u96e8\u591c\u3002",
        "\U0001f525\U0001f525",
        "\x00\u202e",
    ]
)
PROSE = st.lists(SENTENCES | st.text(max_size=40), max_size=8).map(" ".join)
LINES = st.builds(Line, NAMES, PROSE, st.none() | st.text(max_size=20), st.sampled_from(["", "V.O."]))
BRIEFS = st.builds(
    SceneBrief,
    number=st.integers(-3, 10_000),
    title=PROSE,
    description=PROSE,
    location=st.sampled_from(["", "INT. KITCHEN - NIGHT", "Pier 9", "MARA'S HOUSE", "-", "\u706f\u5854"])
    | st.text(max_size=30),
    lighting=st.sampled_from(["", "Golden hour", "night", "single bulb"]) | st.text(max_size=30),
    weather=st.sampled_from(["", "clear", "Heavy rain", "stormy"]) | st.text(max_size=30),
    tone=st.sampled_from(["", "tense", "warm, funny"]) | st.text(max_size=20),
    actions=st.lists(PROSE, max_size=4).map(tuple),
    dialogue=st.lists(LINES, max_size=6).map(tuple),
    script=st.just(()) | st.lists(PROSE | LINES, max_size=6).map(tuple),
    characters=st.lists(NAMES, max_size=4).map(tuple),
)
COUNTS = st.integers(1, 60)


def brief_of(shot: ShotIdea) -> ShotBrief:
    """Every shot of the writer has one."""
    assert shot.brief is not None
    return shot.brief


SIZES = ("extreme_wide", "wide", "full", "medium", "medium_close_up", "close_up", "extreme_close_up")


def people_of(shot: ShotIdea) -> set[str]:
    """The names of whoever is in a shot."""
    return {one.name for one in brief_of(shot).subjects}


def sides(shots: list[ShotIdea]) -> dict[str, set[str]]:
    """Every side of the frame that each character was seen on."""
    seen: dict[str, set[str]] = {}
    for shot in shots:
        for entry in filter(None, shot.extra.get("sides", "").split(", ")):
            name, _, side = entry.rpartition(": ")
            seen.setdefault(name, set()).add(side)
    return seen


@settings(max_examples=60, deadline=None)
@given(BRIEFS, COUNTS, st.integers(0, 5))
def test_any_scene_gives_good_shots(brief: SceneBrief, count: int, seed: int) -> None:
    """As many as asked, none blank or twice, bounded, titled, no side changed, no size and subject twice in a row."""
    shots = write_shots(brief, count, seed=seed)
    assert len(shots) == count
    assert len({shot.idea.casefold() for shot in shots}) == count
    for shot in shots:
        assert 1 < len(shot.idea) < 520
        assert "\x00" not in shot.idea
        assert 1 <= len(shot.title.split()) <= 8
        assert shot.lens_mm >= 14
        shot.idea.encode("utf-8")
    assert all(len(seen) == 1 for seen in sides(shots).values())
    for before, after in pairwise(shots):
        assert (before.size, before.subject) != (after.size, after.subject)
        if people_of(before) & people_of(after) and before.angle == after.angle:
            assert abs(SIZES.index(before.size) - SIZES.index(after.size)) > 1


@settings(max_examples=30, deadline=None)
@given(BRIEFS, st.integers(1, 12), st.integers(0, 5), st.lists(PROSE, max_size=5))
def test_the_same_seed_gives_the_same_shots(brief: SceneBrief, count: int, seed: int, previous: list[str]) -> None:
    """Nothing but the arguments decides."""
    assert write_shots(brief, count, seed=seed, previous=previous) == write_shots(
        brief, count, seed=seed, previous=previous
    )


@settings(max_examples=30, deadline=None)
@given(BRIEFS, st.integers(1, 8), st.integers(1, 8))
def test_later_shots_never_repeat_earlier_ones(brief: SceneBrief, first: int, second: int) -> None:
    """With the earlier ideas given, no idea returns and nobody establishes the scene again."""
    earlier = [shot.idea for shot in write_shots(brief, first)]
    later = write_shots(brief, second, previous=earlier)
    assert len(later) == second
    assert not {shot.idea.casefold() for shot in later} & {idea.casefold() for idea in earlier}
    assert all(brief_of(shot).kind != "establishing" for shot in later)


@pytest.mark.parametrize("brief", SCENES)
@pytest.mark.parametrize("count", [1, 3, 6, 20, 60])
def test_scenes_are_well_formed(brief: SceneBrief, count: int) -> None:
    """English that is punctuated: no empty slot, doubled stop or article, and a capital at the head."""
    for seed in range(4):
        for shot in write_shots(brief, count, seed=seed):
            assert not re.search(
                r"[{}\[\]]|\s[.,;:]|,,|\.\.|  |[;:,]\.|\bthe the\b|\b[aA] a\b|\ba [aeo]\w|\ban (?!8|11|18)[^aeiou\W]",
                shot.idea,
            )
            assert shot.idea[0].isupper() or shot.idea[0].isdigit() or ord(shot.idea[0]) > 127
            assert shot.idea.rstrip("\"'")[-1] in ".!?\u2026\uff01\uff1f\u3002"
            assert re.search(r"\w", shot.title)


def test_different_scenes_give_different_shots() -> None:
    """Even two scenes of which only the number is known do not look alike."""
    texts = {tuple(shot.idea for shot in write_shots(brief, 6)) for brief in [*SCENES, SceneBrief(8)]}
    assert len(texts) == len(SCENES) + 1
    shared = {shot.idea for shot in write_shots(DESERT, 12)} & {shot.idea for shot in write_shots(KITCHEN, 12)}
    assert not shared


def test_a_scene_opens_wide_where_its_text_shows_the_place_first() -> None:
    """Weather and walls come first on the page: a wide shot of the place. Somebody acts at once: the shot is theirs."""
    shown = write_shots(SceneBrief(1, script=("Rain on the roofs of the harbour.", "Mara opens the gate.")), 2)
    assert (brief_of(shown[0]).kind, shown[0].size) in {("establishing", "wide"), ("establishing", "extreme_wide")}
    acted = write_shots(SceneBrief(1, script=("Mara opens the gate.", "Rain on the roofs.")), 2)
    assert [one.name for one in brief_of(acted[0]).subjects] == ["Mara"]


def test_a_bare_scene_is_told_by_place_light_and_weather() -> None:
    """Of a scene that is a heading alone, that is all there is to see."""
    idea = write_shots(SceneBrief(1, location="INT. CELLAR - NIGHT", lighting="single bare bulb", weather="rain"), 1)[
        0
    ].idea
    assert all(word in idea.casefold() for word in ("cellar", "lit by a single bare bulb"))


def test_shots_are_about_the_scene() -> None:
    """Its people, things and lines are in them, across the seeds every line is spoken whole and at most once."""
    shots = write_shots(LIGHTHOUSE, 16)
    text = " ".join(shot.idea for shot in shots)
    for word in ("Mara", "Tom", "lantern", "logbook", "flare"):
        assert word in text
    spoken = [shot.dialogue for shot in shots if shot.dialogue]
    assert sorted(spoken) == sorted(line.text for line in LIGHTHOUSE.dialogue)


def test_lines_keep_their_order_and_their_speakers() -> None:
    """Dialogue is covered in screen order, and the speaker is told with it."""
    shots = [shot for shot in write_shots(KITCHEN, 10) if shot.dialogue]
    assert [shot.dialogue for shot in shots] == ["You said eight.", "The meeting ran over.", "Then when?"]
    assert [shot.extra["speaker"] for shot in shots] == ["Elena", "David", "Elena"]


def test_a_voice_has_no_face() -> None:
    """Who is only heard (V.O.) is never in the frame."""
    for seed in range(6):
        shots = write_shots(LIGHTHOUSE, 20, seed=seed)
        assert "Radio" not in sides(shots)
        assert not any("Radio frame" in shot.idea or "on Radio" in shot.idea for shot in shots)


def test_an_extension_says_who_is_only_heard() -> None:
    """A reader that keeps the cue's extension apart is understood as well."""
    brief = SceneBrief(1, dialogue=(Line("JUNO", "Who is there?"), Line("SAILOR", "Me.", extension="V.O.")))
    shots = write_shots(brief, 12)
    assert sides(shots) == {"Juno": {"left"}}
    assert "Me." in [shot.dialogue for shot in shots]


def test_a_script_is_followed_in_its_own_order() -> None:
    """Where the page's order is known, action and lines are covered in it, and a given script replaces both lists."""
    script = ("Mara opens the gate.", Line("MARA", "Hello?"), "Tom drops a brass key.", Line("TOM", "Over here."))
    shots = write_shots(SceneBrief(1, script=script, actions=("Ignored here.",)), 4)
    found = ["opens the gate", "Hello?", "drops a brass key", "Over here."]
    assert [word in shot.idea for word, shot in zip(found, shots, strict=True)] == [True] * 4
    assert not any(
        "Ignored" in shot.idea for shot in write_shots(SceneBrief(1, script=script, actions=("Ignored.",)), 20)
    )


def test_captions_are_the_scripts_own_words() -> None:
    """Not a word of camera in them: size, lens and move stand beside the caption."""
    script = (
        "A poster says WATER IS RATIONED.",
        "The LANTERN falls.",
        "Mara sings like a bell.",
        Line("TOM", "Stop it."),
    )
    assert [shot.idea for shot in write_shots(SceneBrief(1, script=script), 4)] == [
        "A poster says WATER IS RATIONED.", "The LANTERN falls.", "Mara sings like a bell.", 'Tom: "Stop it."',
    ]  # fmt: skip


def test_over_the_shoulder_shots_look_across_the_line() -> None:
    """The shoulder and the face are on opposite sides, shot after shot."""
    shots = [shot for seed in range(8) for shot in write_shots(COURT, 20, seed=seed) if brief_of(shot).kind == "ots"]
    assert shots
    for shot in shots:
        assert sorted(entry.rpartition(": ")[2] for entry in shot.extra["sides"].split(", ")) == ["left", "right"]


DECIDED = SceneBrief(
    1,
    location="INT. KITCHEN - NIGHT",
    script=(
        "Steam on the window. A tap drips. Plates in the sink.",
        "ANNA (34) sits. BEN (40) reads the newspaper. He turns a page.",
        "Anna slides a silver KEY across the table and hands it to him.",
        "Ben stands. He hugs her. She weeps.",
        "A tram passes outside. The tap drips.",
    ),
)


def test_few_shots_show_what_decides() -> None:
    """Of a scene with a dozen sentences three shots show what it is not understood without, in the page's order."""
    shots = write_shots(DECIDED, 4)
    acts = [{one.act for one in brief_of(shot).subjects} for shot in shots]
    assert {"hand_over", "take"} in acts
    assert {"hug"} in acts
    assert any(one.feeling == "grief" for shot in shots for one in brief_of(shot).subjects)


def test_a_brief_says_who_does_what_to_whom_with_what() -> None:
    """The embrace has both, face to face; the key is in the hand that gives it."""
    briefs = [brief_of(shot) for shot in write_shots(DECIDED, 8)]
    embrace = next(one for one in briefs if one.contact and one.subjects[0].act == "hug")
    assert {one.name for one in embrace.subjects} == {"Anna", "Ben"}
    assert {one.side for one in embrace.subjects} == {"left", "right"}
    given = next(one for one in briefs if one.subjects and one.subjects[0].act == "hand_over")
    assert (given.subjects[0].name, given.subjects[0].holds) == ("Anna", ("key",))
    assert {one.name: one.feeling for one in embrace.subjects} == {"Ben": "tenderness", "Anna": "grief"}


def test_a_breakdown_that_somebody_brings_is_followed() -> None:
    """Not the rules' reading of the text but the given beats are shot."""
    scene = SceneBrief(1, script=("Er sagt nichts.",))
    beat = Beat(span="Er sagt nichts.", act="kiss", who=("PAUL",), whom=("ADA",), weight="decisive")
    shot = write_shots(scene, 1, breakdown=SceneBreakdown(number=1, beats=(beat,)))[0]
    assert [(one.name, one.act) for one in brief_of(shot).subjects] == [("Paul", "kiss"), ("Ada", "kiss")]
    assert brief_of(shot).contact


def test_what_decides_is_shown_before_what_carries_though_nobody_does_it() -> None:
    """A brought breakdown's thing that falls alone has a shot; of the deeds around it some have none."""
    deeds = [f"Mara climbs to landing {number}." for number in range(6)]
    fall = Beat(span="A lamp falls.", act="fall", props=("lamp",), weight="decisive")
    beats = (*(Beat(span=deed, act="climb", who=("mara",)) for deed in deeds), fall)
    scene = SceneBrief(number=1, actions=(*deeds, fall.span), characters=("MARA",))
    shots = write_shots(scene, 3, breakdown=SceneBreakdown(number=1, beats=beats))
    assert len(deeds) in {number for shot in shots for number in brief_of(shot).beats}


def test_of_many_titles_a_picture_has_the_last() -> None:
    """A page of nothing else is no picture of an hour."""
    scene = SceneBrief(number=1, actions=("Mara waits.", *(f"SUPER: YEAR {year}" for year in range(1900, 2000))))
    brief = brief_of(write_shots(scene, 1)[0])
    assert brief.titles == ("YEAR 1997", "YEAR 1998", "YEAR 1999")
    assert brief.seconds < 5


def test_a_body_has_one_posture_in_a_picture() -> None:
    """Two deeds of one person are two pictures; what is said, laughed or wept goes with any of them."""
    scene = SceneBrief(1, script=("Ada climbs the gate. She aims. She speaks. Paul laughs.",))
    acts: tuple[tuple[str, Act, str], ...] = (
        ("climbs the gate", "climb", "ADA"),
        ("She aims", "aim", "ADA"),
        ("She speaks", "speak", "ADA"),
        ("Paul laughs", "laugh", "PAUL"),
    )
    beats = tuple(Beat(span=span, act=act, who=(who,), weight="decisive") for span, act, who in acts)
    briefs = [brief_of(shot) for shot in write_shots(scene, 3, breakdown=SceneBreakdown(number=1, beats=beats))]
    done = {(one.act, one.speaks) for brief in briefs for one in brief.subjects if one.name == "Ada"}
    assert ("climb", False) in done
    assert ("aim", True) in done


@pytest.mark.parametrize(("deed", "act", "sits"), [("shoves", "push", "push"), ("hits", "strike", "sit")])
def test_who_is_shoved_and_sits_down_is_one_picture(deed: str, act: Act, sits: str) -> None:
    """Where somebody is brought down the deed shows it; who is hit and then sits down is seen to sit."""
    scene = SceneBrief(1, script=(f"Paul {deed} Ada. She sits down in the gutter.",))
    blow = Beat(span=f"Paul {deed} Ada.", act=act, who=("PAUL",), whom=("ADA",), weight="decisive")
    result = Beat(span="She sits down in the gutter.", start=len(blow.span) + 1, act="sit", who=("ADA",))
    briefs = [brief_of(one) for one in write_shots(scene, 2, breakdown=SceneBreakdown(number=1, beats=(blow, result)))]
    assert [brief.subjects[0].act for brief in briefs if 1 in brief.beats][:1] == [sits]


def test_of_several_who_do_what_one_does_to_another_the_first_does_it() -> None:
    """A model says who is in it: Lane and Algernon hand over; one gives, one takes. A thing is kicked by one alone."""
    scene = SceneBrief(1, script=("Lane gives Algernon the case. Lane kicks the bucket.",))
    given = Beat(span="Lane gives Algernon the case.", act="hand_over", who=("LANE", "ALGERNON"), props=("case",))
    kicked = Beat(span="Lane kicks the bucket.", act="strike", who=("LANE",), props=("bucket",))
    briefs = [brief_of(one) for one in write_shots(scene, 2, breakdown=SceneBreakdown(number=1, beats=(given, kicked)))]
    assert [(one.act, briefs[0].contact) for one in briefs[0].subjects] == [("hand_over", True), ("take", True)]
    assert [(one.act, one.holds) for one in briefs[1].subjects] == [("strike", ("bucket",))]


def test_of_two_deeds_in_a_picture_the_decisive_one_is_seen() -> None:
    """Who picks a letter up and throws it into the fire throws it; a child that is lifted is carried."""
    scene = SceneBrief(
        1, script=("She picks up the letter. She throws it into the fire.", "She lifts Leo over the wall.")
    )
    picked = Beat(span="She picks up the letter.", act="take", who=("EVA",), props=("letter",))
    thrown = Beat(span="She throws it into the fire.", act="throw", who=("EVA",), props=("letter",), weight="decisive")
    lifted = Beat(span="She lifts Leo over the wall.", act="lift", who=("EVA",), whom=("LEO",), weight="decisive")
    beats = SceneBreakdown(number=1, beats=(picked, thrown, lifted))
    first, then = (brief_of(one) for one in write_shots(scene, 2, breakdown=beats))
    assert [(one.name, one.act) for one in first.subjects] == [("Eva", "throw")]
    assert (then.subjects[0].act, then.contact) == ("carry", True)


def test_a_brief_has_what_the_breakdown_tells_of_its_people() -> None:
    """Sex and age go with whoever is in the shot."""
    scene = SceneBrief(1, script=("The dealer waits.",))
    film = Breakdown(people=(Character(id="D", name="the dealer", gender="woman", age="old"),))
    read = SceneBreakdown(number=1, present=("D",), beats=(Beat(span="The dealer waits.", who=("D",)),))
    shot = write_shots(scene, 1, breakdown=read, film=film)[0]
    assert [(one.name, one.gender, one.age) for one in brief_of(shot).subjects] == [("the dealer", "woman", "old")]


@pytest.mark.parametrize("seed", range(3))
def test_the_writer_goes_on_where_it_left_off(seed: int) -> None:
    """Two batches of three tell the scene forwards: the second begins after the last moment of the first."""
    brief = SceneBrief(
        number=1,
        description=" ".join(
            f"Mara opens the {thing}." for thing in ("gate", "letter", "box", "drawer", "cage", "safe")
        ),
    )
    first = write_shots(brief, 3, seed=seed)
    earlier = [shot.idea for shot in first]
    things = ["gate", "letter", "box", "drawer", "cage", "safe"]
    reached = max(things.index(word) for idea in earlier for word in things if f"opens the {word}" in idea)
    later = write_shots(brief, 2, seed=seed, previous=earlier[:2])
    found = [things.index(word) for shot in later for word in things if f"opens the {word}" in shot.idea]
    assert reached >= 2
    assert found == sorted(found)
    assert all(at > 0 for at in found)


@pytest.mark.parametrize("ahead", [3, 6, 12])
def test_a_part_of_a_list_is_never_short(ahead: int) -> None:
    told = [shot.idea for shot in write_shots(LIGHTHOUSE, ahead, seed=5)]
    shots = write_shots(LIGHTHOUSE, 4, previous=told, of=6)
    assert len(shots) == 4
    assert len({shot.idea.casefold() for shot in shots}) == 4


def test_who_a_brought_breakdown_names_is_here_in_any_case_of_letters() -> None:
    brief = SceneBrief(1, description="Mara lifts the lamp.")
    beat = Beat(span="Mara lifts the lamp.", who=("Mara",))
    assert [
        person.name for person in read_scene(brief, SceneBreakdown(number=1, present=("Mara",), beats=(beat,))).people
    ]


def test_a_previous_subject_is_not_repeated() -> None:
    """After a close-up of somebody the next shot is not that close-up again."""
    for seed in range(20):
        first = write_shots(KITCHEN, 1, seed=seed, previous=["85mm close-up on Elena at frame left."])[0]
        assert (first.size, first.subject) != ("close_up", "Elena")


def test_a_novel_is_read() -> None:
    """Five thousand words are one scene: the shots reach its end, quickly."""
    text = " ".join(f"Jonah finds the lantern in room {at}. The door creaks." for at in range(500))
    shots = write_shots(SceneBrief(1, description=text), 60)
    assert len(shots) == 60
    numbers = [int(found) for shot in shots for found in re.findall(r"in room (\d+)", shot.idea)]
    assert numbers == sorted(numbers)
    assert numbers[-1] > 150


def test_counts_are_clamped() -> None:
    """Nothing below one, nothing above sixty."""
    assert len(write_shots(BARE, 0)) == 1
    assert len(write_shots(BARE, 1000)) == 60


@pytest.mark.parametrize(
    ("cue", "name"),
    [
        ("MARA (CONT'D)", "Mara"),
        ("OLD MAN", "the old man"),
        ("JUDGE HALE", "Judge Hale"),
        ("O'BRIEN", "O'Brien"),
        ("McKay", "McKay"),
        ("GUARD #2", "Guard #2"),
        ("(V.O.)", ""),
        ("\u739b\u62c9", "\u739b\u62c9"),
    ],
)
def test_cues_become_names(cue: str, name: str) -> None:
    """A character cue is spelled as a sentence spells the name."""
    assert spelled(cue) == name


def test_things_stay_where_they_were_put() -> None:
    """The drawer that was opened is in the next picture too, and an insert is of what the page has in capitals."""
    words = (
        "Rosa pulls out the long tin drawer.",
        "In the drawer: a pair of BABY SHOES, knitted.",
        "Rosa lifts a ribbon.",
        "Rosa puts the ribbon on her knee.",
        "Rosa weeps.",
    )
    brief = SceneBrief(1, location="INT. VAULT - NIGHT", script=(*words, Line("ROSA", "Mine.")))
    shots = {shot.idea: shot for shot in write_shots(brief, 7)}
    insert = next(shot for shot in shots.values() if "BABY SHOES" in shot.idea)
    assert insert.brief is not None
    assert "shoe" in insert.brief.focus
    lifted = next(shot for shot in shots.values() if "lifts a ribbon" in shot.idea)
    assert lifted.brief is not None
    assert "drawer" in lifted.brief.props


def example(name: str) -> Iterator[tuple[int, list[ShotIdea]]]:
    """The shots of each scene of an example, by its number."""
    briefs = briefs_of(parse((EXAMPLES / name).read_bytes()))
    film = read_breakdown(briefs)
    for brief, read in zip(briefs, film.scenes, strict=True):
        yield brief.number, write_shots(brief, shots_wanted(read), breakdown=read, film=film)


def test_a_lid_that_opens_is_seen_from_near() -> None:
    """An insert of what it belongs to, not the empty place."""
    shots = dict(example("the-nine-forty-rain.fountain"))[4]
    assert [brief_of(shot).kind for shot in shots if shot.idea == "The lid flies open."] == ["insert"]


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.fountain")))
def test_no_scene_opens_on_a_thing_that_has_no_drawing(name: str) -> None:
    """A cloth with a tag is no first image of anything."""
    opening = [brief_of(shots[0]) for _, shots in example(name)]
    assert [one.focus for one in opening if one.kind == "insert" and not is_drawn(one.focus)] == []


def test_who_sat_down_sits_until_they_get_up() -> None:
    """A face that listens is of somebody who sits on; whoever walks away sits no more."""
    script = ("MARA sits on a crate. BEN waits.", Line("BEN", "Well?"), "Mara looks up. Mara walks to the door.")
    shots = write_shots(SceneBrief(1, script=script), 6)
    acts = [one.act for shot in shots if shot.brief for one in shot.brief.subjects if one.name == "Mara"]
    assert acts.index("sit") < acts.index("walk")
    assert {"listen", "look"}.isdisjoint(acts[: acts.index("walk")])


RIDES = (
    "Ray drives. MARA (30) sleeps against the window.",
    Line("RAY", "Soon."),
    "A deer stands in the road. It looks.",
)
GETS_OUT = ("Mara wakes with a scream.", "Ray gets out. He walks to the deer.")
ABROAD = (
    "JOHANN (40) f\u00e4hrt schnell. Er sieht in den R\u00fcckspiegel.", Line("MARIE", "Wohin fahren wir denn?"),
    "Ein POLIZIST steht am Rand und winkt.",
)  # fmt: skip
WAGON = ("JED drives the wagon.", Line("ANN", "Where?"), "Jed flicks the reins.")


@pytest.mark.parametrize(
    ("script", "aboard", "outside"),
    [
        (RIDES + GETS_OUT, {"Ray", "Mara"}, {"Deer"}),
        (ABROAD, {"Johann", "Marie"}, {"Polizist"}),
        (WAGON, set[str](), {"Jed", "Ann"}),
    ],
)
def test_who_rides_in_a_car_is_never_beside_who_stands_outside(
    script: tuple[str | Line, ...], aboard: set[str], outside: set[str]
) -> None:
    """Who drives, who is at a window or speaks along; not who gets out, and nobody on a wagon."""
    shots = write_shots(SceneBrief(1, location="EXT. ROAD - DAY", script=script), 8)
    briefs = [brief_of(shot) for shot in shots]
    inside = {one.name for brief in briefs if brief.aboard for one in brief.subjects}
    out = {one.name for brief in briefs if not brief.aboard for one in brief.subjects}
    assert (inside, outside <= out) == (aboard, True)
    assert not any(brief.aboard and one.act == "walk" for brief in briefs for one in brief.subjects)


@pytest.mark.parametrize(
    ("script", "picture", "title"),
    [
        (('Fog. SUPER: "Harrow, 2019"', "ALBERT rows."), "Fog.", "Harrow, 2019"),
        (("ALBERT sits.", 'LOWER THIRD: "Albert, ferryman"'), "ALBERT sits.", "Albert, ferryman"),
        (('CARD: "It opened. He drove across."', "ALBERT rows."), "ALBERT rows.", "It opened. He drove across."),
        (("ALBERT looks.", "ON THE PHONE:", '"I am on my way."'), "ALBERT looks. ON THE PHONE.", "I am on my way."),
        (("ALBERT rows.", "\u00abMum\u00bb: Where are you?"), "ALBERT rows.", "Mum: Where are you?"),
        (("ALBERT rows.", "TEXT FROM MUM: \u201cWhere are you?\u201d"), "ALBERT rows.", "MUM: Where are you?"),
        (("ALBERT looks.", "ON SCREEN: A man runs."), "", ""),
        (("ALBERT deals. Card games are played.",), "", ""),
    ],
)
def test_words_on_the_screen_stand_over_a_picture(script: tuple[str, ...], picture: str, title: str) -> None:
    """They are no deed and no picture of their own; what is told before them is, and holds still."""
    shots = write_shots(SceneBrief(1, location="EXT. RIVER - DAY", script=script), 3)
    shown = [shot for shot in shots if shot.brief and shot.brief.titles]
    told = [(shot.idea, shot.move, *shot.brief.titles) for shot in shown if shot.brief]
    assert told == ([(picture, "static", title)] if title else [])
    assert not any(title in shot.idea for shot in shots if title)


def test_clauses_of_one_deed_share_a_picture_as_the_decisive_one_has_it() -> None:
    text = "Margaret takes out the stapler, presses it into Dev's hands. Rain falls."
    brief = SceneBrief(1, description=text, characters=("MARGARET", "DEV"))
    clauses = text[:31], text[32:60]
    takes = Beat(span=clauses[0], start=0, act="take", who=("MARGARET",), props=("STAPLER",))
    gives = Beat(span=clauses[1], start=32, act="hand_over", who=("MARGARET",), whom=("DEV",), weight="decisive")
    falls = Beat(span="Rain falls.", start=61, act="fall")
    scene = SceneBreakdown(number=1, present=("MARGARET", "DEV"), beats=(takes, gives, falls))
    told = [shot for shot in write_shots(brief, 3, breakdown=scene) if shot.brief and shot.brief.beats == (0, 1)]
    assert told, "no shot tells both clauses"
    shown = told[0].brief or ShotBrief("action")
    assert {one.name: one.act for one in shown.subjects} == {"Margaret": "hand_over", "Dev": "take"}
    assert "stapler" in shown.props
    assert all(clause.rstrip(",.").casefold() in told[0].idea.casefold() for clause in clauses)


def test_sentences_of_one_deed_stay_sentences_in_the_caption() -> None:
    text = "Mara walks on. She kneels."
    brief = SceneBrief(1, description=text, characters=("MARA",))
    walks = Beat(span=text[:14], start=0, act="walk", who=("MARA",))
    kneels = Beat(span=text[15:], start=15, act="kneel", who=("MARA",))
    scene = SceneBreakdown(number=1, present=("MARA",), beats=(walks, kneels))
    assert any(shot.idea == text for shot in write_shots(brief, 3, breakdown=scene))


def test_a_deed_that_begins_with_who_names_them() -> None:
    text = "who sits down, opens the box."
    sits = Beat(span=text[:14], start=0, act="sit", who=("MARA",))
    opens = Beat(span=text[15:], start=15, act="open", who=("MARA",), props=("BOX",))
    scene = SceneBreakdown(number=1, present=("MARA",), beats=(sits, opens))
    ideas = [
        shot.idea for shot in write_shots(SceneBrief(1, description=text, characters=("MARA",)), 3, breakdown=scene)
    ]
    assert "Mara sits down, opens the box." in ideas
