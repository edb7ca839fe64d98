"""Things of a shot that nobody knows how to draw: what an insert is of, what people hold or use."""

import re

from wzrd.animatic.panels.brief import acting, word_lists
from wzrd.animatic.panels.brief.mentions import singular
from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.language import lexicon

_MAX = 12
_ARTICLE = re.compile(r"^(?:the|a|an|his|her|their|its|my|your|[A-Z][\w.-]*['\u2019]s) ", re.IGNORECASE)
_TAKEN = re.compile(
    r"\b(?:hold(?:s|ing)?|carr(?:y|ies|ying)|clutch(?:es|ing)?|grip(?:s|ping)?|cradl(?:es|ing)|wield(?:s|ing)?|"
    r"brandish(?:es|ing)?|grab(?:s|bing)?|pick(?:s|ing)? up|pull(?:s|ing)? out|tak(?:es|ing) out|lift(?:s|ing)?|"
    r"rais(?:es|ing)|examin(?:es|ing)|inspect(?:s|ing)?|polish(?:es|ing)?|produc(?:es|ing)|unwrap(?:s|ping)?)"
    r" (?:a|an|the|his|her|their|another|two|some) ([a-z][a-z-]*(?: [a-z][a-z-]*){0,3})"
)
_ENDS = (
    lexicon.PREPOSITIONS | lexicon.CONJUNCTIONS | lexicon.DETERMINERS | lexicon.PRONOUNS | lexicon.AUX
    | lexicon.SINGULAR_VERBS.keys() - lexicon.NOUN_VERBS
)  # fmt: skip
_NO_THING = lexicon.CLOSE_WORDS | lexicon.MASS | lexicon.PLACE_WORDS | lexicon.PLACES.keys() | frozenset({
    "arm", "arms", "back", "beat", "bit", "body", "breath", "finger", "foot", "glance", "gaze", "head", "leg", "legs",
    "can", "chin", "collar", "contents", "ear", "ears", "forehead", "frame", "handful", "i", "sleeve", "stomach",
    "line", "lot", "moment", "neck", "other", "pair", "piece", "pile", "pose", "position", "shoulder", "shoulders",
    "side", "stack", "stare", "thing", "things", "time", "voice", "waist", "way", "weight", "wrist",
})  # fmt: skip
_SET = frozenset({"chair", "stool", "table", "door"}) | frozenset(
    word
    for kind in word_lists.SETS["kinds"].values()
    for word in re.findall(r"[a-z]{3,}", kind["parts"].replace("_", " "))
)


def not_understood(scene: SceneBrief, shot: ShotIdea) -> list[str]:
    """The things of this shot that nobody knows how to draw, as the words name them; each once, a dozen at most."""
    found: list[str] = []
    if shot.size == "insert" and shot.subject and not acting.thing_of(shot.subject):
        found.append(_ARTICLE.sub("", " ".join(shot.subject.split()))[:60])
    names = {word for name in scene.characters for word in word_lists.words_of(name)}
    text = acting.without_speech_and_camera(shot.idea)
    for taken in _TAKEN.finditer(text):
        thing = _thing_in(taken.group(1))
        if thing and not _is_known(thing.split()[-1], names):
            found.append(thing)
    return list(dict.fromkeys(found))[:_MAX]


def _thing_in(phrase: str) -> str:
    """The thing that a phrase begins with: "brass sextant against the light" → brass sextant."""
    kept: list[str] = []
    for word in phrase.split():
        if word in _ENDS or word.endswith("ly"):
            break
        kept.append(word)
    return "" if not kept or kept[0] == "beat" else " ".join(kept)


def _is_known(word: str, names: set[str]) -> bool:
    forms = {word, word.removesuffix("s"), word.removesuffix("es")}
    drawn = word_lists.THINGS.keys() | word_lists.PROPS.keys() | word_lists.HATS.keys() | _SET
    return bool(forms & (drawn | _NO_THING | names)) or bool(singular(word))
