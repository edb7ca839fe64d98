"""Clothes by the text, then by trade and period; one colour of tie and scarf."""

from io import BytesIO

import pytest
from PIL import Image

from wzrd.animatic.panels.brief.looks import cast_of, look_of
from wzrd.animatic.panels.poses import spot_of
from wzrd.animatic.panels.viewpoint import camera_of
from wzrd.animatic.provider import PanelBrief, design_of, draw_panel, read_panel
from wzrd.domain.film import Frame
from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea, ShotSubject

NAMES = ("TOM", "LENA", "PRICE")
FLAT = SceneBrief(
    1,
    "INT. LIVING ROOM - DAY",
    location="LIVING ROOM",
    characters=NAMES,
    actions=("TOM, 40, a prize-fighter, barefoot, in blue shorts, sits. LENA, 25, in a red dress. PRICE, 45, a cop.",),
)
STREET = SceneBrief(
    2, "EXT. STREET - DAY", location="STREET", characters=NAMES, actions=("Lena wears a green coat. Tom waits.",)
)
RING = SceneBrief(3, "INT. BOXING RING - NIGHT", location="BOXING RING", characters=NAMES, actions=("Tom waits.",))
FILM = (FLAT, STREET, RING)
DESIGN = design_of(FILM)
FRAME = Frame(640, 360)


def panel(scene: SceneBrief, name: str) -> PanelBrief:
    brief = ShotBrief(subjects=(ShotSubject(name, "left", "stand"),))
    return read_panel(scene, ShotIdea("", size="full", lens_mm=40, brief=brief), shot_number=1, design=DESIGN)


def colour_at(found: PanelBrief, start: str, end: str) -> tuple[int, int, int]:
    """Colour in the picture halfway between two joints of its only figure."""
    figure = found.figures[0]
    a, b = spot_of(figure, start), spot_of(figure, end)
    image = Image.open(BytesIO(draw_panel(found, FRAME)))
    picture = Frame(image.width, image.height - int(image.info["wzrd:slate"]))
    x, y, _ = camera_of(found, picture).picture(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2))
    patch = image.crop((round(x) - 2, round(y) - 2, round(x) + 3, round(y) + 3)).resize((1, 1), Image.Resampling.BOX)
    red, green, blue = patch.tobytes()[:3]
    return red, green, blue


def is_blue(colour: tuple[int, int, int]) -> bool:
    return colour[2] > colour[0] + 15


def is_red(colour: tuple[int, int, int]) -> bool:
    return colour[0] > max(colour[1:]) + 40


def test_blue_shorts_and_bare_shins_are_seen() -> None:
    """The thigh is blue, the shin has the colour of skin: red over blue."""
    found = panel(FLAT, "Tom")
    assert is_blue(colour_at(found, "hip", "knee"))
    red, _, blue = colour_at(found, "knee", "foot")
    assert red > blue + 20
    assert found.figures[0].look.barefoot


def test_a_dress_is_changed_with_a_look_and_not_before() -> None:
    """Red in the first scene, a green coat from the second on."""
    red, green, later = (panel(scene, "Lena").figures[0].look.coat for scene in FILM)
    assert is_red(red)
    assert green[1] > green[0]
    assert later == green
    assert is_red(colour_at(panel(FLAT, "Lena"), "pelvis", "chest"))


def test_a_boxer_is_bare_in_the_ring_and_dressed_at_home() -> None:
    """His chest has the colour of skin there."""
    bare, home = panel(RING, "Tom").figures[0].look, panel(FLAT, "Tom").figures[0].look
    assert bare.garment == "bare"
    assert bare.shorts
    assert home.garment != "bare"


def test_tie_and_scarf_are_one_colour_in_every_scene() -> None:
    """They took each scene's accent; nobody's is the colour of their coat."""
    for name in NAMES:
        looks = [panel(scene, name).figures[0].look for scene in FILM]
        assert len({look.accent for look in looks}) == 1
        assert looks[0].accent != looks[0].coat


def test_a_cop_wears_a_uniform_and_nobody_an_overcoat_inside() -> None:
    """His cap stays on; coats get short."""
    price = panel(FLAT, "Price").figures[0].look
    assert (price.garment, price.hat) == ("coat", "cap")
    assert price.coat[2] > price.coat[0]
    cast = cast_of([SceneBrief(1, actions=tuple(f"MAN{at}, 40, a man, waits." for at in range(12)))])
    inside = [look_of(f"MAN{at}", "", cast, 1, inside=True) for at in range(12)]
    outside = [look_of(f"MAN{at}", "", cast, 1) for at in range(12)]
    assert max(look.coat_length for look in inside) == 0 < max(look.coat_length for look in outside)
    assert not any(look.hat or look.garment == "scarf" for look in inside)


@pytest.mark.parametrize(
    ("page", "old"),
    [
        ("London, 1897. MINA, 22, a woman, waits.", True),
        ("A carriage stops. Gaslight on top hats. MINA, 22, a woman, waits.", True),
        ("London, 2019. A carriage stops. MINA, 22, a woman, waits.", False),
        ("MINA, 22, a woman, waits.", False),
    ],
)
def test_skirts_are_long_in_films_of_old(page: str, old: bool) -> None:
    """By the years that the text names, else by its things."""
    look = look_of("MINA", "", cast_of([SceneBrief(1, actions=(page,), characters=("MINA",))]))
    assert (look.skirt > 0.9) == old


@pytest.mark.parametrize(
    ("page", "skin"),
    [("MARA, 30, a pale woman, waits.", 0.95), ("MARA, 30, a dark-skinned woman, waits.", 0.3)],
)
def test_skin_is_what_the_text_says(page: str, skin: float) -> None:
    """A number from dark to light."""
    assert look_of("MARA", "", cast_of([SceneBrief(1, actions=(page,), characters=("MARA",))])).skin == skin


def test_who_wears_it_is_who_is_named_or_meant() -> None:
    """A pronoun means the last of that gender; a coat's pocket is not worn."""
    page = (
        "ANNA, 30, a woman, meets BEN, 40, a man.",
        "Ben waits. He wears a white shirt. Anna looks in his coat pocket.",
    )
    worn = cast_of([SceneBrief(4, actions=page, characters=("ANNA", "BEN"))]).worn
    assert {key: [one.words for one in told] for key, told in worn.items()} == {"ben": ["wears a white shirt"]}


def test_trunks_stay_in_the_ring_and_a_coat_is_kept() -> None:
    """Clothes of one place are not worn in the street."""
    ring = SceneBrief(1, location="CLUB, RING", characters=("TOM",), actions=("TOM, 40, bald, in green trunks.",))
    round_two = SceneBrief(2, location="CLUB, RING - ROUND TWO", characters=("TOM",), actions=("Tom waits.",))
    street = SceneBrief(3, location="STREET", characters=("TOM",), actions=("Tom, in a blue coat, waits.",))
    home = SceneBrief(4, location="HOME", characters=("TOM",), actions=("Tom waits.",))
    cast = cast_of([ring, round_two, street, home])
    first, second, third, fourth = (look_of("TOM", "", cast, number) for number in (1, 2, 3, 4))
    assert first.shorts
    assert first.garment == "bare"
    assert second == first
    assert not third.shorts
    assert {look.hair for look in (first, third, fourth)} == {"bald"}
    assert third.coat == fourth.coat
    assert third.garment == "coat"
