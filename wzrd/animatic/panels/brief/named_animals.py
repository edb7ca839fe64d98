"""Animals that have a name: BOSCO, her old dog; her dog, BOSCO; a cat called Momo; Star neighs."""

import re
from collections.abc import Iterator

from wzrd.animatic.panels.brief.animal_kinds import ANIMALS, ELSEWHERE, kind_elsewhere, kind_of
from wzrd.language.words import lexicon
from wzrd.language.words.person_words import RANKS

_BREEDS = {
    "dog": "german shepherd|sheepdog|husky|collie|spaniel|beagle|dachshund|chihuahua|rottweiler|greyhound|pit ?bull|"
    "mongrel|mastiff|alsatian|corgi|dalmatian|doberman|whippet|lurcher|pug|schnauzer|great dane|golden retriever",
    "cat": "tabby|tomcat|house ?cat|siamese|ginger tom",
    "horse": "thoroughbred|gelding|racehorse",
}
_BREED = f"(?i:{'|'.join(_BREEDS.values())})"
_KINDS = f"{'|'.join(sorted(ANIMALS, key=len, reverse=True))}|{_BREED}"
_NAME = r"[A-Z\u00c0-\u00de][\w-]+"
_PET = r"[A-Z\u00c0-\u00de][a-z\u00df-\u024f-]+"  # not the dog GROWLS
_WHOSE = rf"(?:an?|the|his|her|their|our|my|{_NAME}['\u2019]s)"
_SHORT = r"(?:(?!(?:and|or|of|on|in|with|is|was|has)\b)[\w'-]+ ){0,3}?"
_BEHIND = r"(?=\s*(?:[,.;:!)\u2014\n]|\Z))"  # no horse trainer
_WITH = "(?:in|on|with|at|from|by|under|who|whose|that|wearing|carrying)"  # a mouse in a red scarf, not one of a man
_TOLD = re.compile(
    rf"(?:\b(?P<before>[\w-]+) )?\b(?P<name>{_NAME})(?: \([^)]{{0,20}}\))?, "
    rf"(?P<whose>{_WHOSE}) {_SHORT}(?P<kind>{_KINDS})\b(?!['\u2019])(?:{_BEHIND}| {_WITH}\b)"
)
_TITLED = re.compile(rf"(?:\A|(?<=[.!?;\n])\s*|, )(?P<name>{_NAME}) the (?P<kind>{_KINDS})(?= \w+s\b|{_BEHIND})")
_CALLED = re.compile(
    rf"\b(?P<kind>{_KINDS}),? (?:named|called|by the name of) (?P<name>{_NAME})"
    rf"|\b(?:[Hh]is|[Hh]er|[Tt]heir|[Oo]ur|[Mm]y|{_NAME}['\u2019]s) {_SHORT}(?P<own>{_KINDS}) (?P<pet>{_PET})\b"
)
_OTHERS = f"(?i:{'|'.join(sorted(ELSEWHERE, key=len, reverse=True))})"
_OTHERS_WHOSE = (
    "(?:[Ii]hre?|[Ss]eine?|[Ss]on|[Ss]a|[Ss]us?|[Ss]u[ao]|[Ss]eus?|[Ss]uas?|[Hh]ans|[Hh]ennes|[Hh]aar|[Zz]ijn|[Jj]ego|[Jj]ej"
    "|[Ee]ine?|[Uu]ne?|[Uu]n[ao]?|[Uu]ma?|[Ee]n|[Ee]tt|[Ee]en)"
)
_APPOSED = re.compile(
    rf"\b(?:(?:[Hh]is|[Hh]er|[Tt]heir|[Oo]ur|[Mm]y|[Aa]n?|{_NAME}['\u2019]s) {_SHORT}(?P<kind>{_KINDS})"
    rf"|{_OTHERS_WHOSE} {_SHORT}(?P<other>{_OTHERS}))(?:,| \(| [\u2013\u2014-]) ?(?P<name>{_NAME})"
    r"(?=[,.;:)]|\s*\(| [\u2013\u2014-] )(?!,? (?:and|und|et|y|e|i|och|en)\b)"
)
_SHOWN = re.compile(
    rf"\b(?P<name>{_NAME})(?:['\u2019]s (?:(?P<dog>tail (?:wag|thump)|paws?\b|ears perk|snout)|hooves|withers)"
    r"| (?:(?P<cat>meows|miaows)|neighs|whinnies))"
)


def named_animals(prose: str) -> dict[str, str]:
    """Folded names of which a text says what animal they are, each with a word for its kind."""
    found: dict[str, str] = {}
    for name, kind in _found(prose):
        if name.casefold() not in lexicon.NAMES_NOT | ANIMALS | lexicon.PEOPLE - RANKS:
            found.setdefault(name.casefold(), kind)
    return found


def _found(prose: str) -> Iterator[tuple[str, str]]:
    for match in _TOLD.finditer(prose):
        owned = match["whose"] not in {"a", "an", "the"}
        after = (match["before"] or "").casefold() in lexicon.PREPOSITIONS  # behind MARA, a horse
        if owned or (match["name"].isupper() and not after):  # not Mara, the dog and Ben
            yield match["name"], _kind(match["kind"])
    for titled in _TITLED.finditer(prose):
        yield titled["name"], _kind(titled["kind"])
    for called in _CALLED.finditer(prose):
        yield called["name"] or called["pet"], _kind(called["kind"] or called["own"])
    for apposed in _APPOSED.finditer(prose):
        yield apposed["name"], _kind(apposed["kind"] or kind_elsewhere(apposed["other"]))
    for shown in _SHOWN.finditer(prose):
        yield shown["name"], "dog" if shown["dog"] else "cat" if shown["cat"] else "horse"


def _kind(word: str) -> str:
    folded = word.casefold()
    breed = next((kind for kind, words in _BREEDS.items() if re.fullmatch(words, folded)), "")
    return breed or kind_of(folded)
