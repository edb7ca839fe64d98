"""Long lines are cut at breaths, in as few parts as can be: sentences before clauses, clauses before pauses."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.breaths import part_ends, spread_words
from wzrd.domain.film import Caption


def ends_of(text: str, seconds: float, most: float, least: float = 0.0) -> list[str]:
    """The last word of each part."""
    words = spread_words(text, 0.0, seconds)
    return [
        next(word.text for word in reversed(words) if word.end <= end + 1e-6)
        for end in part_ends(words, seconds, most, least)
    ]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("One two three four. Five six, seven eight nine ten.", ["four.", "ten."]),
        ("One two three four five, six seven eight nine ten", ["five,", "ten"]),
        ("One two three four five six seven eight nine ten", ["five", "ten"]),
        ("'One two three four.' Five six, seven eight nine ten!", ["four.'", "ten!"]),
        ("\u6211\u7b49\u4e86\u5f88\u4e45\u3002\u4f60\u6ca1\u6709\u6765\uff0c\u6211\u5c31\u8d70\u4e86\u3002",
         ["\u6211\u7b49\u4e86\u5f88\u4e45\u3002", "\u6211\u5c31\u8d70\u4e86\u3002"]),
    ],
)  # fmt: skip
def test_the_better_breath_is_taken(text: str, last: list[str]) -> None:
    """Where two would do."""
    assert ends_of(text, 10.0, 7.0) == last


def test_a_longer_pause_is_taken_where_no_sign_stands() -> None:
    """Among words without any the voice's own pause tells."""
    words = [Caption(at + 0.6 * (at >= 6), at + 0.9 + 0.6 * (at >= 6), "so") for at in range(10)]
    assert part_ends(words, 10.6, 8.0) == (pytest.approx(6.25), 10.6)


def test_few_parts_go_before_good_breaths() -> None:
    """Each part is a paid clip: no third one is bought so that a sentence may end."""
    assert len(ends_of("One. Two three four five six seven eight nine ten eleven twelve. End.", 12.0, 6.5)) == 2


def test_a_word_that_outlasts_a_part_is_not_cut() -> None:
    """Nothing is cut then."""
    assert part_ends(spread_words("Aaaaaaah!", 0.0, 20.0), 20.0, 10.0) == ()
    assert part_ends(spread_words("No matter.", 0.0, 3.0), 3.0, 10.0) == (3.0,)


@given(st.lists(st.floats(0.1, 2.0), min_size=1, max_size=60), st.floats(2.5, 12.0), st.randoms(use_true_random=False))
def test_parts_follow_each_other_and_none_is_too_long(lengths: list[float], most: float, random: Random) -> None:
    """All of the speech, in its order; no part outlasts a clip, and no word is cut in two."""
    words: list[Caption] = []
    for length in lengths:
        start = words[-1].end if words else 0.0
        words.append(Caption(start, start + length, random.choice(["so", "so,", "so."])))
    whole = words[-1].end
    ends = part_ends(words, whole, most)
    assert ends[-1] == whole
    for start, end in zip((0.0, *ends), ends, strict=False):
        assert 0 < end - start <= most + 1e-9
        assert not any(word.start + 1e-6 < end < word.end - 1e-6 for word in words)
    assert len(ends) >= whole / most
