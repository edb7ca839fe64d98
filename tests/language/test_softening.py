"""Milder words: only those of the table change, and only once."""

from hypothesis import given
from hypothesis import strategies as st

from wzrd.language.shots.softening import harsh_words, soften_words

SAID = ("gun", "Blood", "a", "dead  body", "shot", "handgun,", "KNIFE.", "gunner", "x-gun", "\n", "und", "naked")


def test_what_is_harsh_is_said_mildly_and_told() -> None:
    """Whole words, in their case, each change told once; shots of a camera and parts of words stay."""
    softened, changes = soften_words("Close shot: Blood on the gun. A gunner shoots a photo of a dead  body; the gun.")
    mild = "Close shot: Dark stains on the dark metal object. A gunner shoots a photo of a still figure; the dark metal"
    assert softened == f"{mild} object."
    assert changes == ("blood → dark stains", "gun → dark metal object", "dead  body → still figure")


@given(st.lists(st.sampled_from(SAID)))
def test_softened_words_are_not_softened_again(words: list[str]) -> None:
    """Whatever is softened has no harsh word left; what has none stays as it is, letter by letter."""
    text = " ".join(words)
    softened, changes = soften_words(text)
    assert harsh_words(softened) == ()
    assert soften_words(softened) == (softened, ())
    assert (softened == text) == (not changes)
