"""Who says what in which shot of a storyboard: every line of the page once, and a voice for everybody."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line, SceneBrief
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.language.sound.dialogue import dialogue_of

NAMES = st.sampled_from(["MARA", "JONAS", "THE KEEPER", "CHILD", ""])
LINES = st.builds(
    Line, NAMES, st.sampled_from(["It is his hand.", "No.", "Where were you?", "我在这里。", "🙂", "Stay."])
)
PAGES = st.lists(LINES | st.sampled_from(["MARA wipes the lens.", "Rain."]), max_size=8)


def film(*scenes: tuple[list[str | Line], int]) -> Storyboard:
    """Scenes with a page each, and so many shots that say nothing of their own."""
    made: list[StoryboardScene] = []
    for at, (page, count) in enumerate(scenes, start=1):
        scene_id = uuid.uuid4()
        shots = tuple(StoryboardShot(uuid.uuid4(), scene_id, n, prompt_idea=f"Shot {n}.") for n in range(1, count + 1))
        lines = tuple(part for part in page if isinstance(part, Line))
        made.append(StoryboardScene(scene_id, at, SceneBrief(at, dialogue=lines, script=tuple(page)), shots))
    return Storyboard(uuid.uuid4(), uuid.uuid4(), "T", None, tuple(made))


@given(st.lists(st.tuples(PAGES, st.integers(1, 5)), max_size=3))
def test_every_line_of_the_page_is_spoken_once_in_its_scene(scenes: list[tuple[list[str | Line], int]]) -> None:
    """In the page's order, in one shot; a shot in which nobody speaks is not in the table."""
    storyboard = film(*scenes)
    found = dialogue_of(storyboard)
    for scene in storyboard.scenes:
        spoken = [line for shot in scene.shots for line in found.lines.get(shot.shot_id, ())]
        assert spoken == list(scene.brief.dialogue)
    assert all(found.lines.values())


@given(st.lists(st.tuples(PAGES, st.integers(0, 3)), max_size=3))
def test_everybody_who_speaks_is_cast(scenes: list[tuple[list[str | Line], int]]) -> None:
    """Also in a scene that has no shots yet, so that no voice changes when it gets them."""
    storyboard = film(*scenes)
    found = dialogue_of(storyboard)
    names = {voice_key(line.character) for scene in storyboard.scenes for line in scene.brief.dialogue}
    assert names - {""} <= set(found.cast)


def test_a_voice_is_the_characters_own_whatever_scene_it_is() -> None:
    """Casting is for the whole film: shots that come later change nobody's voice."""
    page: list[str | Line] = [Line("MARA", "It is his hand."), Line("JONAS", "No.")]
    one, two = dialogue_of(film((page, 2), (page, 0))), dialogue_of(film((page, 2), (page, 3)))
    assert one.cast == two.cast
    assert one.cast[voice_key("MARA")] != one.cast[voice_key("JONAS")]


def test_a_shots_own_words_are_spoken_in_it() -> None:
    """Words that people wrote into a shot, in a scene without a page."""
    scene_id = uuid.uuid4()
    shots = (
        StoryboardShot(uuid.uuid4(), scene_id, 1, prompt_idea="The key."),
        StoryboardShot(uuid.uuid4(), scene_id, 2, prompt_idea="MARA.", dialogue="Who is there?"),
    )
    storyboard = Storyboard(
        uuid.uuid4(), uuid.uuid4(), "T", None, (StoryboardScene(scene_id, 1, SceneBrief(1), shots),)
    )
    found = dialogue_of(storyboard)
    assert [line.text for line in found.lines[shots[1].shot_id]] == ["Who is there?"]
    assert shots[0].shot_id not in found.lines


def test_a_storyboard_without_anything_is_silent() -> None:
    """No scenes, no shots, no words."""
    assert dict(dialogue_of(film()).lines) == {}
    assert dict(dialogue_of(film(([], 2), (["Rain."], 1))).lines) == {}
