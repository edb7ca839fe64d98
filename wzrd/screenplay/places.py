"""Places of headings in running text: capitals become small letters but in names."""

import re
from collections.abc import Collection, Mapping

from wzrd.language import lexicon
from wzrd.screenplay.model import IntExt
from wzrd.screenplay.words import CITY_PHRASES

_LONGEST = 1_000  # characters of a place; what is longer is a text that stands where a heading should
_STRAY = 0.15  # of the letters of a place in capitals may be small: McCLANE'S OFFICE, OfFICE
_SPOKEN: Mapping[str, str] = {
    "INT": "Interior", "EXT": "Exterior", "INT/EXT": "Interior and exterior", "EST": "Exterior",
}  # fmt: skip


def location_of(int_ext: IntExt, place: str, names: Collection[str] = ()) -> str:
    """INT and "MARA'S KITCHEN" are "Interior, Mara's kitchen"; `names` (case-folded) keep their capital."""
    spoken = _SPOKEN.get(int_ext, "")
    return ", ".join(part for part in (spoken, place_in_words(place, names)) if part)


def place_in_words(place: str, names: Collection[str] = ()) -> str:
    """A place in running text: capitals become lower case except in names; a dash becomes a comma."""
    if len(place) <= _LONGEST and sum(map(str.islower, place)) <= _STRAY * sum(map(str.isalpha, place)):
        place = " ".join(_word_in_text(word, names) for word in place.split(" "))
        place = CITY_PHRASES.sub(lambda city: city[0].title().replace(" De ", " de "), place)
    return place.replace(" - ", ", ")


def _word_in_text(word: str, names: Collection[str]) -> str:
    bare = word.casefold().replace("\u2019", "'").removesuffix("'s").strip(",.()\"'")
    if bare in names:
        return re.sub(r"[^\W\d_]", lambda first: first[0].upper(), word.lower(), count=1)
    if bare in lexicon.ACRONYMS:
        return word.upper()
    return word if any(char.isdigit() for char in word) or "." in word[:-1] else word.lower()
