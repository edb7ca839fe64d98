"""A prompt leaves appearance to sheets; sheets are looked up by whom and what a shot shows."""

import pytest

from wzrd.contracts.breakdown import Breakdown, Character, CharacterLook, Place, Prop, SceneBreakdown
from wzrd.domain.bible import Depicted, SheetKey, choose_sheets, find_sheet, read_key
from wzrd.domain.shots import ShotBrief, ShotSubject
from wzrd.language.people.appearance import Referred, leave_out_looks, look_in, refer_to, sheet_prompt, shown_in

MIKE = Character(
    id="MIKE", name="Mike", gender="man", years=40, hair="a grey beard",
    looks=(CharacterLook(clothes="a red coat"), CharacterLook(from_scene=5, clothes="a black suit")),
)  # fmt: skip
ANNA = Character(id="ANNA", name="Anna")
FILM = Breakdown(
    people=(MIKE, ANNA), places=(Place(id="KITCHEN", name="the kitchen"),), props=(Prop(id="COIN", name="the coin"),)
)


@pytest.mark.parametrize(
    ("prompt", "left"),
    [
        ("Mike, in a long red coat and boots, opens the door.", "Mike opens the door."),
        ("Mike wears a red coat and opens the door.", "Mike opens the door."),
        ("Anna in a blue dress hugs Mike with long dark hair.", "Anna in a blue dress hugs Mike."),
        ("Mike takes a coin from the coat pocket.", "Mike takes a coin from the coat pocket."),
        ("Mike in a hat and Anna in a hat.", "Mike and Anna in a hat."),
        ("Mike with a grey beard sits.", "Mike sits."),
        ("In a green hat, Mike sits.", "In a green hat, Mike sits."),
        ("In a red coat, Mike sits.", "Mike sits."),
    ],
)
def test_words_of_looks_are_left_out_of_those_alone_who_have_a_sheet(prompt: str, left: str) -> None:
    """They belong to whoever is named last before them."""
    assert leave_out_looks(prompt, [MIKE], [ANNA]) == left
    assert leave_out_looks(prompt, [], [MIKE, ANNA]) == prompt


def test_references_are_named_in_their_order_and_within_the_models_length() -> None:
    """A tag where the vendor has one, else the number; another look keeps the words of clothes."""
    references = [Referred("person", "Mike", "@Image2"), Referred("place", "the kitchen", as_here=False)]
    said = refer_to("Mike sits.", references, start="@Image1")
    assert said == (
        "Mike sits. @Image1 is the first frame. Mike is the person in @Image2: the same face, hair and clothes. "
        "The place, the kitchen, is that in reference picture 2, in the light described."
    )
    assert len(refer_to("word " * 300, references, most=500)) <= 500
    assert refer_to("word " * 300, references, most=500).endswith("in the light described.")


def test_people_come_first_by_their_weight_then_the_place_then_things() -> None:
    """Who acts or speaks before who stands by, who is seen from behind last; nobody twice."""
    brief = ShotBrief(
        subjects=(ShotSubject("Anna"), ShotSubject("MIKE", act="take", holds=("the coin",))),
        over=ShotSubject("Anna"),
        props=("the coin",),
    )
    scene = SceneBreakdown(number=6, place="KITCHEN", time="NIGHT")
    assert [str(one.key) for one in shown_in(brief, scene, FILM)] == [
        "person/MIKE@5", "person/ANNA", "place/KITCHEN@night", "prop/COIN",
    ]  # fmt: skip
    assert [look_in(MIKE, scene) for scene in (1, 4, 5, 9)] == ["", "", "5", "5"]


def test_a_sheet_is_made_of_what_recurs() -> None:
    """In the order of first looks; another look is made after the first, and of nobody whose sheet was given."""
    mike, later = Depicted(SheetKey("person", "MIKE"), "Mike"), Depicted(SheetKey("person", "MIKE", "5"), "Mike")
    anna, coin = Depicted(SheetKey("person", "ANNA"), "Anna"), Depicted(SheetKey("prop", "COIN"), "the coin")
    shots = [[mike, coin], [later, coin], [anna]]
    assert choose_sheets(shots, (), (), "people") == [mike, later]
    assert choose_sheets(shots, (), (), "all") == [mike, coin, later]
    assert choose_sheets([[later], [later]], (), (), "people") == [mike, later], "the face comes first"
    assert choose_sheets(shots, [mike.key], [mike.key], "people") == []
    assert choose_sheets(shots, (), (), "none") == []


def test_a_key_is_read_as_it_is_written() -> None:
    """Ids may have any signs; a look is a scene's number or night."""
    for key in (SheetKey("person", "MRS. GREEN"), SheetKey("place", "A/B", "night"), SheetKey("person", "X@Y", "12")):
        assert read_key(str(key)) == key
    assert read_key("nobody/X") is None
    there = {SheetKey("person", "MIKE")}
    assert find_sheet(SheetKey("person", "MIKE", "5"), there) == SheetKey("person", "MIKE")
    assert find_sheet(SheetKey("place", "MIKE"), there) is None


def test_a_sheet_is_described_by_what_is_known() -> None:
    """Facts of the breakdown, in the clothes of that look."""
    said = sheet_prompt(Depicted(SheetKey("person", "MIKE", "5"), "Mike"), FILM, "film noir")
    assert "Mike: man, 40 years old, a grey beard, wearing a black suit." in said
    assert said.endswith("Style: film noir.")


@pytest.mark.parametrize("words", ["wearing ", "Mike in a red coat and ", "with a ", " ", "wears a, ", "in an "])
def test_a_prompt_of_a_megabyte_is_read_once(words: str) -> None:
    """Words of clothes without any clothes, and blanks: each place is looked at once, not once for each before it."""
    prompt = "Mike waits. " + words * (200_000 // len(words))
    assert leave_out_looks(prompt, [Character(id="MIKE", name="Mike")], []).startswith("Mike waits.")
