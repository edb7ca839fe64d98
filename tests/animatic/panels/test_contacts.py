"""Two people at one act: both are seen, hands are where they touch, things in hands."""

import math

import pytest

from wzrd.animatic.panels.brief.values import Figure, PanelBrief, Spot
from wzrd.animatic.panels.poses import joints_of, spot_of
from wzrd.animatic.panels.viewpoint import camera_of, faces_of
from wzrd.animatic.provider import design_of, draw_panel, read_panel
from wzrd.domain.film import Frame
from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea, ShotSize, ShotSubject

FRAME = Frame(640, 360)
SIZES: tuple[ShotSize, ...] = ("full", "medium", "medium_close_up", "close_up")
ROOM = SceneBrief(
    1,
    "INT. LIVING ROOM - DAY",
    characters=("ANNA", "BEN"),
    actions=("ANNA, 30, a small woman, stands. BEN, 35, a tall man, stands. TIM, 6, a boy, sits.",),
)
FILM = design_of([ROOM])
HAND = 0.16  # metres from a wrist to the end of its fingers


def panel(first: ShotSubject, second: ShotSubject, size: ShotSize = "medium", words: str = "") -> PanelBrief:
    brief = ShotBrief(kind="contact", subjects=(first, second), contact=True)
    return read_panel(ROOM, ShotIdea(words, size=size, brief=brief), shot_number=1, design=FILM)


def pair(act: str, answer: str, size: ShotSize = "medium", other: str = "Ben", thing: str = "") -> PanelBrief:
    holds = (thing,) if thing else ()
    return panel(ShotSubject("Anna", "left", act, holds=holds), ShotSubject(other, "right", answer), size)


def hands(figure: Figure) -> list[Spot]:
    return [spot_of(figure, "hand"), spot_of(figure, "hand2")]


def nearest(spots: list[Spot], figure: Figure, *joints: str) -> float:
    """Metres between the nearest of these points and joints."""
    return min(math.dist(spot, spot_of(figure, joint)) for spot in spots for joint in joints)


TOUCH = {
    "hug": ("hug", ("chest",), 0.3),
    "kiss": ("kiss", ("neck", "chest"), 0.3),
    "strike": ("dodge", ("head",), 0.3),
    "fight": ("fight", ("head", "shoulder", "shoulder2"), 0.3),
    "push": ("stand", ("chest",), 0.3),
    "stab": ("fall", ("chest",), 0.36),
    "touch": ("stand", ("neck", "shoulder", "shoulder2"), 0.3),
    "carry": ("lie", ("chest", "knee", "knee2"), 0.25),
    "drag": ("lie", ("hand", "hand2"), 0.2),
    "kneel_beside": ("lie", ("chest",), 0.4),
    "catch": ("fall", ("shoulder", "shoulder2"), 0.3),
}
"""Act → its answer, the joints of the other that a hand is at, and how near it is."""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("act", TOUCH)
def test_a_hand_is_where_the_act_touches_the_other(act: str, size: ShotSize) -> None:
    """And that place, like both heads, is in the picture."""
    answer, joints, near = TOUCH[act]
    found = pair(act, answer, size)
    doer, other = found.figures
    assert nearest(hands(doer), other, *joints) < near
    camera = camera_of(found, FRAME)
    for point in (spot_of(doer, "head"), spot_of(other, "head"), *(spot for spot in doer.hands if spot)):
        x, y, scale = camera.picture(point)
        assert scale
        assert -0.02 < x / FRAME.width < 1.02
        assert -0.02 < y / FRAME.height < 1.02
    assert len(faces_of(found, FRAME)) == 2


@pytest.mark.parametrize("act", ["hold_hands", "dance"])
def test_hands_meet(act: str) -> None:
    """A hand of the one at a hand of the other."""
    first, second = pair(act, act).figures
    assert min(math.dist(a, b) for a in hands(first) for b in hands(second)) < HAND


@pytest.mark.parametrize(
    ("words", "poses"),
    [
        ("Anna pulls Ben under the awning.", ("pull", "walk")),
        ("Anna zieht Ben zu sich.", ("pull", "walk")),
        ("Anna drags Ben out of the mud.", ("pull", "hauled")),
        ("Anna pulls the limp Ben ashore.", ("pull", "hauled")),
    ],
)
def test_who_is_pulled_along_walks_and_who_is_dragged_lies(words: str, poses: tuple[str, str]) -> None:
    """By the panel's words; a hand of the one is at a hand of the other."""
    found = panel(ShotSubject("Anna", "left", "drag"), ShotSubject("Ben", "right", "stand"), words=words)
    first, second = found.figures
    assert (first.pose, second.pose) == poses
    assert min(math.dist(a, b) for a in hands(first) for b in hands(second)) < 2 * HAND


@pytest.mark.parametrize("other", ["Ben", "Tim"])
@pytest.mark.parametrize(("act", "answer"), [("hand_over", "take"), ("take", "stand"), ("carry", "carry")])
def test_a_thing_is_in_the_hands_that_hold_it(act: str, answer: str, other: str) -> None:
    """Of both, between them, once, whether the other is a man or a boy."""
    found = pair(act, answer, "medium", other, "letter")
    assert [figure.thing for figure in found.figures].count("letter") == 1
    place = next(figure.thing_at for figure in found.figures if figure.thing_at)
    half = max(figure.thing_half for figure in found.figures) or 0.1
    for figure in found.figures:
        assert min(math.dist(place, hand) for hand in hands(figure)) < half + HAND


@pytest.mark.parametrize(
    ("words", "poses"),
    [
        ("Anna follows Ben, carrying the cage.", {"heave", "walk"}),
        ("Anna suit Ben, portant la cage.", {"heave", "walk"}),
        ("Anna carries Ben and the cage.", {"heave", "carried"}),
    ],
)
def test_who_carries_a_thing_beside_another_deed_carries_nobody(words: str, poses: set[str]) -> None:
    """By the panel's words."""
    found = panel(
        ShotSubject("Anna", "left", "carry", holds=("cage",)), ShotSubject("Ben", "right", "walk"), words=words
    )
    assert {figure.pose for figure in found.figures} == poses


def test_lips_meet_in_a_kiss() -> None:
    """The taller bends, the smaller rises: heads at one height, faces as near as their noses let them."""
    first, second = (spot_of(figure, "head") for figure in pair("kiss", "kiss").figures)
    assert abs(first[1] - second[1]) < 0.08
    assert 0.15 < math.dist(first, second) < 0.36


@pytest.mark.parametrize(("act", "thing"), [("aim", "gun"), ("photograph", "camera"), ("point", "")])
def test_whoever_aims_at_somebody_faces_them(act: str, thing: str) -> None:
    """The other stands where the arm points."""
    doer, other = pair(act, "stand").figures
    assert doer.thing == thing
    assert doer.x < other.x
    assert doer.facing > 45
    assert max(hand[0] for hand in hands(doer)) > doer.x + 0.15


@pytest.mark.parametrize(
    ("words", "part", "pose"),
    [
        ("Anna pushes Ben's bed.", "cot", "bed"),
        ("Anna pushes the wheelchair.", "wheelchair", "sit"),
    ],
)
def test_whoever_is_pushed_rides_on_it(words: str, part: str, pose: str) -> None:
    """Hands at its end, the other on it."""
    found = panel(ShotSubject("Anna", "left", "push"), ShotSubject("Ben", "right", "stand"), "full", words)
    doer, rider = found.figures
    assert [one.name for one in found.near] == [part]
    assert rider.pose == pose
    assert abs(rider.x - found.near[0].x) < 0.1
    assert all(0 < target[0] - doer.x < 0.6 for target in doer.hands if target)
    assert draw_panel(found, FRAME)


def test_two_eat_at_one_table_and_what_they_drink_is_in_the_hand() -> None:
    """The table is between them; hands are above it."""
    found = panel(
        ShotSubject("Anna", "left", "drink", holds=("cup",)), ShotSubject("Ben", "right", "eat"), words="At the table."
    )
    table = next(part for part in found.near if part.name == "table")
    left, right = found.figures
    assert left.x < table.x < right.x
    assert {left.pose, right.pose} == {"eat"}
    assert left.thing == "cup"
    assert all(hand[1] > 0.7 for figure in found.figures for hand in hands(figure))


def test_a_third_makes_room() -> None:
    """Whoever only watches stands beside the two, not between them."""
    subjects = (
        ShotSubject("Anna", "left", "hug"),
        ShotSubject("Ben", "right", "hug"),
        ShotSubject("Tim", "left", "look"),
    )
    brief = ShotBrief(kind="contact", subjects=subjects, contact=True)
    found = read_panel(ROOM, ShotIdea("", size="full", brief=brief), shot_number=1, design=FILM)
    anna, ben, tim = found.figures
    assert abs(anna.x - ben.x) < 0.6
    assert abs(tim.x) > abs(anna.x) + 0.5


def test_an_arm_keeps_its_length_however_far_it_reaches() -> None:
    """Shoulder to elbow, elbow to hand: the bones of a usual arm."""
    for figure in (*pair("hug", "hug").figures, *pair("carry", "lie").figures):
        joints = joints_of(figure)
        for side, target in zip(("", "2"), figure.hands, strict=True):
            if target:
                assert math.dist(joints["shoulder" + side], joints["elbow" + side]) == pytest.approx(0.262, abs=0.01)
                assert math.dist(joints["elbow" + side], joints["hand" + side]) == pytest.approx(0.258, abs=0.01)


def test_a_hand_is_kissed_where_the_words_say_so() -> None:
    """The head is at the joined hands, not at the other head."""
    found = panel(
        ShotSubject("Ben", "left", "kiss"), ShotSubject("Anna", "right", "kiss"), words="Ben kisses her hand."
    )
    ben, anna = found.figures
    head = spot_of(ben, "head")
    assert min(math.dist(head, hand) for hand in hands(anna)) < 0.35 < math.dist(head, spot_of(anna, "head"))


def test_a_thing_is_what_its_last_word_says() -> None:
    """A cigarette case is no cigarette; what nobody can draw has its name on a tag."""
    figure = pair("hold", "look", thing="cigarette case").figures[0]
    assert (figure.thing, figure.label) == ("box", "")
    figure = pair("hold", "look", thing="cigarette gimbal").figures[0]
    assert (figure.thing, figure.label) == ("object", "cigarette gimbal")
    assert pair("hold", "look", thing="cup of tea").figures[0].thing == "cup"


@pytest.mark.parametrize("size", ["medium_close_up", "close_up"])
def test_a_close_picture_of_a_thing_in_hand_has_the_hand(size: ShotSize) -> None:
    """The camera stands so far away that the thing is in the picture."""
    brief = ShotBrief(subjects=(ShotSubject("Anna", "left", "hold", holds=("letter",)),))
    found = read_panel(ROOM, ShotIdea("", size=size, brief=brief), shot_number=1, design=FILM)
    camera = camera_of(found, FRAME)
    for hand in hands(found.figures[0]):
        x, y, _ = camera.picture(hand)
        assert 0 < x < FRAME.width
        assert 0 < y < FRAME.height
