"""Captions: short enough to read, whole, in order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.film import Caption
from wzrd.domain.shots import Line
from wzrd.language.shots.captions import speaker_labels, split_caption

TIMES = st.floats(0, 20_000).map(lambda seconds: round(seconds, 3))
TEXTS = st.text(max_size=300) | st.sampled_from(["word " * 80, "\u96e8" * 200, "a --> b", "Hello there.\n\nYou."])


@given(TIMES, st.floats(0.1, 60), TEXTS)
def test_parts_say_the_whole_and_follow_each_other(start: float, length: float, text: str) -> None:
    """No letter is lost, the parts touch, and together they last as long as the whole."""
    caption = Caption(start, start + length, text)
    parts = split_caption(caption)
    assert "".join("".join(part.text.split()) for part in parts) == "".join(text.split())
    if parts:
        assert (parts[0].start, parts[-1].end) == (caption.start, caption.end)
        assert all(one.end == other.start for one, other in pairwise(parts))
        assert all(part.start < part.end for part in parts)


def test_a_long_caption_fits_two_lines() -> None:
    """Given the time to read it, every part of a long speech is two lines of 42 at most; CJK of 20."""
    speech = "The keeper counted the steps, as he did every night, and found one more than there had been. " * 4
    for part in split_caption(Caption(0, 40, speech)):
        assert len(part.text) <= 84
    for part in split_caption(Caption(0, 40, "\u96e8\u591c\uff0c\u706f\u5854\u4e0a\u6709\u4eba\u3002" * 9)):
        assert len(part.text) <= 40


def test_nothing_to_say() -> None:
    """A caption without a word is none."""
    assert split_caption(Caption(0, 1, "  ")) == []


def test_captions_name_who_speaks_where_two_do() -> None:
    """A name in capitals, without its extension, stands before each turn; who speaks alone is not named."""
    lines = [Line("Anna", "Yes."), Line("ANNA (CONT'D)", "No."), Line("Ben (V.O.)", "What?"), Line("", "A bell.")]
    assert speaker_labels(lines) == ["ANNA: ", "", "BEN: ", ""]
    assert speaker_labels(lines[:2]) == ["", ""]
    assert speaker_labels([]) == []
