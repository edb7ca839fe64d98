"""A note on a shot: its people, its idea and its prompt; the same note twice is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.prompts import MAX_PROMPT, visual_prompt, with_sentence
from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea, ShotSubject
from wzrd.language.shots.notes import revise_idea, revise_prompt

SCENE = SceneBrief(1, location="Lighthouse", lighting="Night", characters=("MARA", "JON"))
IDEA = ShotIdea(
    "Mara wipes the lens.",
    brief=ShotBrief(subjects=(ShotSubject("MARA", act="stand"), ShotSubject("JON", side="right", act="look"))),
)


@pytest.mark.parametrize(
    ("note", "acts", "holds", "feelings"),
    [
        ("Mara holds the crayon", ("hold", "look"), (("crayon",), ()), ("", "")),
        ("Jon laughs and takes the letter", ("stand", "take"), ((), ("letter",)), ("", "joy")),
        ("more light on the lens", ("stand", "look"), ((), ()), ("", "")),
    ],
)
def test_a_note_changes_what_people_do(
    note: str, acts: tuple[str, ...], holds: tuple[tuple[str, ...], ...], feelings: tuple[str, ...]
) -> None:
    """It is read as the scene's text is: act, thing in hand and feeling of who is named; the others stay."""
    brief = revise_idea(IDEA, SCENE, note).brief
    assert brief is not None
    assert tuple(one.act for one in brief.subjects) == acts
    assert tuple(one.holds for one in brief.subjects) == holds
    assert tuple(one.feeling for one in brief.subjects) == feelings


def test_she_is_who_is_there() -> None:
    """A pronoun means the one person of the shot."""
    alone = ShotIdea("Mara waits.", brief=ShotBrief(subjects=(ShotSubject("MARA", act="stand"),)))
    brief = revise_idea(alone, SCENE, "she holds the crayon").brief
    assert brief is not None
    assert (brief.subjects[0].act, brief.subjects[0].holds, brief.props) == ("hold", ("crayon",), ("crayon",))


def test_a_prompt_by_rule_is_made_again() -> None:
    """The note stands with what is seen, before framing and place; in another prompt behind the first sentence."""
    after = revise_idea(IDEA, SCENE, "she holds the crayon")
    assert after.idea == "Mara wipes the lens. She holds the crayon."
    by_rule = revise_prompt(visual_prompt(IDEA, SCENE, None), IDEA, after, SCENE, None)
    assert by_rule == visual_prompt(after, SCENE, None)
    assert by_rule.startswith("Mara wipes the lens. She holds the crayon. Medium shot")
    own = revise_prompt("A woman at a lens, 35mm. Rain.", IDEA, after, SCENE, None)
    assert own == "A woman at a lens, 35mm. She holds the crayon. Rain."
    assert revise_prompt("", IDEA, after, SCENE, None) == by_rule


@given(st.text(max_size=400))
def test_the_same_note_twice_is_one(note: str) -> None:
    """Whatever people write: idea and prompt are as after the first time, and bounded."""
    once = revise_idea(IDEA, SCENE, note)
    assert revise_idea(once, SCENE, note) == once
    added = once.idea.removeprefix(IDEA.idea).strip()
    prompt = with_sentence("A woman at a lens. Rain.", added)
    assert with_sentence(prompt, added) == prompt
    assert len(with_sentence("x " * MAX_PROMPT, added)) <= 3 * MAX_PROMPT
