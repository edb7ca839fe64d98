"""Phrases by their first letters: the same are found as by one pattern of all."""

import re

import pytest

from wzrd.language.words.acts import DATA
from wzrd.language.words.first_letters import PhrasePatterns

TABLE = {
    "a": r"(?:le|la)s? (?:da|fa)\b|[ée]treint|tak(?:es?|ing)\w* aim",
    "b": r"(?<!please )hold on|(?:quite )?dead\b|out?ward|(?:|very )still",
}
TEXTS = (
    "Le da. Las fa, elle l'Étreint; she takes aim and HOLDS, hold on! Please hold on.",
    "Quite dead, dead, outward, ouward. Very still. Still; unstill, oho.",
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_same_is_found(text: str) -> None:
    """Classes, groups, what may be missing, and what only looks around."""
    whole = re.compile(
        "(?<!\\w)(?:" + "|".join(f"(?P<{name}>{words})" for name, words in TABLE.items()) + ")", re.IGNORECASE
    )
    one = [(found.span(), found.lastgroup) for found in whole.finditer(text)]
    assert [(found.span(), found.lastgroup) for found in PhrasePatterns(TABLE).find(text)] == one
    assert one


def test_a_phrase_that_begins_with_no_letter_is_refused() -> None:
    """It would never be tried."""
    with pytest.raises(ValueError, match="begins with no letter"):
        PhrasePatterns({"a": r"\w+ off"})


@pytest.mark.parametrize("language", DATA["idioms"])
def test_the_idioms_of_a_language_can_be_parted(language: str) -> None:
    """Each begins with a letter."""
    assert list(PhrasePatterns(DATA["idioms"][language]).find("")) == []
