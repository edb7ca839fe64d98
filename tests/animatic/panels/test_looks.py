"""Looks: women, children and the old are told apart in every picture, as the script says they look."""

import pytest

from wzrd.animatic.panels.brief.looks import cast_of, look_of
from wzrd.animatic.panels.brief.palette import coat_of
from wzrd.animatic.panels.brief.presence import seen_in
from wzrd.domain.shots import Line, SceneBrief, ShotIdea
from wzrd.language.people.scene_people import people_of

PAGE = (
    "ANNA, 30, in a red dress, waves.",
    "GRETA, 72, stoops over a cane.",
    "OTTO, 80, coughs.",
    "BEN, 45, a burly man with a beard, grunts.",
    "LILY, 7, hops.",
    "TOMMY, 10, a bald boy with glasses, spits.",
    "CARL, a tall man, balding, clean-shaven, bows.",
    "INGRID, a blonde woman in jeans, whistles.",
)
NAMES = ("ANNA", "GRETA", "OTTO", "BEN", "LILY", "TOMMY", "CARL", "INGRID")
CAST = cast_of([SceneBrief(1, actions=PAGE, characters=NAMES)])


def test_men_women_children_and_the_old_differ() -> None:
    """Skirts and long hair, beards, heights and white hair: what a silhouette shows."""
    look = {name: look_of(name, "", CAST) for name in NAMES}
    assert look["ANNA"].skirt > 0
    assert not look["ANNA"].beard
    assert look["BEN"].beard
    assert look["BEN"].girth > 1.2
    assert look["BEN"].skirt == look["OTTO"].skirt == look["TOMMY"].skirt == 0
    assert look["LILY"].height < look["TOMMY"].height < 1.4 < look["GRETA"].height < look["CARL"].height
    assert look["LILY"].shape == look["TOMMY"].shape == "child"
    assert min(look["GRETA"].hair_tone, look["OTTO"].hair_tone) > 0.8
    assert look["GRETA"].age == "old"


def test_what_the_script_says_is_worn() -> None:
    """Hair, beard, glasses, garment and its colour come from the introduction where it tells them."""
    anna, carl, tommy, ingrid = (look_of(name, "", CAST) for name in ("ANNA", "CARL", "TOMMY", "INGRID"))
    assert (anna.garment, anna.coat) == ("dress", coat_of("anyone", colour="red"))
    assert (carl.hair, carl.beard) == ("bald", False)
    assert tommy.glasses
    assert (ingrid.skirt, ingrid.hair_tone) == (0.0, 0.66)


@pytest.mark.parametrize("name", NAMES)
def test_a_look_is_the_same_in_every_scene(name: str) -> None:
    """A later scene that tells nothing changes nothing; any spelling of the name means the same person."""
    later = cast_of([SceneBrief(1, actions=PAGE, characters=NAMES), SceneBrief(2, actions=("Rain.",))])
    assert look_of(name.title(), "", later) == look_of(name, "", CAST)


@pytest.mark.parametrize(
    ("page", "name", "animal"),
    [
        ("BOSCO, her old German shepherd, lies by the fire.", "BOSCO", "dog"),
        ("MINKA (3), a grey tabby, watches.", "MINKA", "cat"),
        ("A cat named Momo jumps. Momo lands.", "MOMO", "cat"),
        ("He mounts his horse Thunder and rides.", "THUNDER", "horse"),
        ("Star whinnies and paws the ground.", "STAR", "horse"),
        ("PIP, a tiny mouse in a red scarf, climbs out.", "PIP", "mouse"),
        ("Three hedgehogs squeeze in.", "HEDGEHOGS", "hedgehog"),
        ("Her dog, BISCUIT, trots behind.", "BISCUIT", "dog"),
        ("An old mare (DAISY) grazes.", "DAISY", "horse"),
        ("Ihr alter Hund, BELLO, bellt.", "BELLO", "dog"),
        ("Son chat, Médor, dort.", "MÉDOR", "cat"),
    ],
)
def test_named_animals_are_animals(page: str, name: str, animal: str) -> None:
    """Whom the text calls a dog, a cat or a horse is drawn as one, whatever the name."""
    look = look_of(name, "", cast_of([SceneBrief(1, actions=(page,), characters=(name,))]))
    assert (look.shape, look.animal) == ("animal", animal)


@pytest.mark.parametrize(
    "page",
    [
        "Behind Mara, a horse waits.",
        "Mara, a horse trainer, enters.",
        "MARA, a mouse of a woman, enters.",
        "Mara, the dog, and Ben wait.",
        "Mara gives Mara the bird.",
        "Her dog, Mara, and Ben wait.",
        "He pats his horse, Mara waits.",
    ],
)
def test_people_beside_animals_are_people(page: str) -> None:
    """An animal in somebody's sentence does not make one of them."""
    cast = cast_of([SceneBrief(1, actions=(page,), characters=("MARA",))])
    assert look_of("MARA", "", cast).shape == "person"


@pytest.mark.parametrize(("name", "page"), [("DOG WALKER", "A dog barks."), ("RABBIT #1", "Four in rabbit masks.")])
def test_who_works_with_an_animal_or_wears_its_mask_is_a_person(name: str, page: str) -> None:
    """The last word of a name says what somebody is; a mask is no face."""
    cast = cast_of([SceneBrief(1, actions=(page,), characters=(name,))])
    assert look_of(name, "", cast).shape == "person"


def test_a_song_is_nobody() -> None:
    """A song with a cue of its own is heard, and nobody is drawn for it."""
    brief = SceneBrief(1, dialogue=(Line("MUSIC", "La la."), Line("AMY", "I love this song.")))
    assert [person.name for person in people_of(brief)] == ["Amy"]


def test_a_look_does_not_depend_on_what_was_drawn_before() -> None:
    """Shots are drawn in any order, by several processes: the words of one tell nobody's sex in another."""
    scene = SceneBrief(1, characters=("STRANGER", "KIT"), actions=("STRANGER and KIT wait at the bar.",))
    cast = cast_of([scene])
    before = look_of("STRANGER", "", cast)
    shot = ShotIdea("The stranger lifts a glass. She drinks.")
    seen_in(scene, shot, shot.idea, cast)
    assert look_of("STRANGER", "", cast) == before == look_of("STRANGER", "", cast_of([scene]))
