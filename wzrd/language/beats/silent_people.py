"""People who only act: names of a script's prose that do what only people do. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from wzrd.contracts.breakdown import Act
from wzrd.language.beats.props import CAPITALS, QUOTES, SMALL, folded_words, names_thing, singular
from wzrd.language.people.ages import years_alone
from wzrd.language.people.mentions import sentences_of
from wzrd.language.people.scene_people import SIGN
from wzrd.language.words import lexicon
from wzrd.language.words.acts import BODY, NO_PROPS, acts_in
from wzrd.language.words.capital_verbs import is_verb, until_verb
from wzrd.language.words.person_words import (
    ADJECTIVES,
    LIKELY,
    NOUNS,
    NUMBERS,
    RANKS,
    STOPWORDS,
    TITLES,
    base_form,
    is_given_name,
    is_person_noun,
    is_title,
)
from wzrd.language.words.plurals import is_agent, singular_of_people
from wzrd.language.words.role_words import ANIMALS, DATA, articles_of, indefinite, nominal, pronouns_in
from wzrd.language.words.sentences import is_headline

_RE = lexicon.patterns("silent_people")
_THINGS_DO: frozenset[Act] = frozenset({
    "move", "burn", "explode", "appear", "vanish", "fall", "other", "break", "open", "close", "die", "use", "play",
    "strike", "stand", "lie", "hide", "climb", "lean", "show", "enter", "leave", "run", "scream", "ride", "drive",
})  # fmt: skip
"""Acts that a thing may be said to do."""
_COMES: frozenset[Act] = frozenset({"enter", "leave", "run", "climb", "show", "scream", "play"})
"""Those of them that a thing which an age is told of hardly does."""
_LEADS = re.compile(r"(?:^|[.!?\u2026:]\s+|\n)(?:(?P<article>[^\W\d_]{1,3})['\u2019 ](?:(?P<age>[^\W\d_]+) )?)?\Z")
_NAMED_THING = re.compile(rf"([^\W\d_]+),? (?:{DATA['called']}) \Z")
_NOUN_AHEAD = re.compile(r"(?<![\w'\u2019])([^\W\d_]{3,}),? \Z")
_GENITIVE = frozenset({"de", "nl", "sv"})
"""Languages in which an s makes a name an owner's: Signes finger."""
_OWN = re.compile(r"\b(?:his|her)\b")
"""Words for an owner who is no thing: "The REFEREE blows his whistle"."""
_BODY_EN = "head|face|eyes?|mouth|arms?|hands?|fingers?|shoulders?|knees?|lips"
_SHORTEST = 4  # letters of a name that is known by its use alone
_NEAR = 24  # characters between a name and what it does
_BARRED = lexicon.CAPITALS_NOT | lexicon.PLACE_WORDS
_WE = re.compile(r"\b(?:we|he|she|they|it) \Z", re.IGNORECASE)
"""Who looks through the camera, or does what is in capitals: "We DESCEND on the quad", "He MEEPS his horn"."""
_DANGLING = re.compile(r"(?: (?:WITH|IN|OF|AND|AT|ON|FROM|THE))+\Z")
_GOES_ON = re.compile(r"\b[A-Z]{2,} (?:A|AN|THE|HIS|HER|IN|OF|INTO) \Z")
_SHOWS = re.compile(r"(?:(?:REVEAL|INCLUDE|FOLLOW|INTRODUCE|FIND|SHOW|SEE)(?:S|ING)? )")
"""A camera's verb before whom it shows: REVEAL BISHOP DUNN."""
_PARTICIPLE = re.compile(r"[A-Z]+ING")
_LED = re.compile(r"\b(?:an?|the|his|her|their) \Z", re.IGNORECASE)
"""Words before what is only called by a given name: the MERCEDES, his HARLEY."""
_UNNAMED = lexicon.PRONOUNS | lexicon.PREPOSITIONS | lexicon.CONJUNCTIONS | lexicon.PAST | lexicon.NAMES_NOT
"""Words that begin no name: THROUGH the window, THEY, BLASTED INTO ASH."""


def shouted_people(prose: Sequence[str], language: str = "en") -> list[str]:
    """Names in capitals that are somebody, in any language: brought in with an age or a trade, or seen to act."""
    found: dict[str, None] = {}
    text = "\n".join(prose)
    for paragraph in prose:
        for name, is_somebody in _capital_names(paragraph, language) if SMALL.search(paragraph) else ():
            if name not in found and (is_somebody or _acts_later(name, text, language)):
                found[name] = None
    found |= (
        dict.fromkeys(one or other for one, other in _RE["aged_wide"].findall(text))
        if language in {"ja", "zh"}
        else dict.fromkeys(_named(prose, language))
    )
    return [name for name in found if not _is_mount(name, text, language)]


def _capital_names(paragraph: str, language: str) -> Iterator[tuple[str, bool]]:
    """Capitals of a paragraph that may name somebody, and True where they certainly do."""
    until = 0
    for match in CAPITALS.finditer(paragraph):
        if match.start() < until:
            continue
        start, end = match.span()
        shows = _SHOWS.match(match.group()) if language == "en" else None
        start += shows.end() if shows else 0
        if is_headline(paragraph, start):
            continue
        ahead, after = paragraph[max(0, start - 60) : start], paragraph[end : end + 400]
        name = _DANGLING.sub("", paragraph[start:end])
        if language == "en" and not after.startswith((",", " (")) and (cut := until_verb(name)) != name:
            name, after = cut, paragraph[start + len(cut) : end + 400]
        words = folded_words(name)
        words = words[:-1] if len(words) > 1 and words[-1] in NUMBERS else words  # JUROR SIX
        if _RE["title_ahead"].search(ahead):  # "Frau HOLZ" is no wood
            titled = _RE["titled_capitals"].findall(paragraph, max(0, start - 60), end)[-1:] or [name]
            yield from ((one, True) for one in titled if "'S" not in one)
            continue
        several = NUMBERS.get(words[0], 0) > 1 and singular_of_people(words[-1], language)  # TWO OLD MEN are a noun's
        if several or _is_barred(words, ahead, after, language):
            continue
        is_role = _is_role(words, ahead, language)
        if rest := _RE["with_thing"].match(after) if is_role and "'" not in name else _RE["numbered"].match(after):
            name, after, until = name + rest.group(), after[rest.end() :], match.end() + rest.end()
        brought_in = _is_brought_in(words, ahead, after, language, is_role=is_role)
        if brought_in or (brought_in is not None and not _PARTICIPLE.fullmatch(name)):  # "VIBRATING phone"
            yield name, brought_in or _acts(name, ahead, after, language)


def _is_brought_in(words: Sequence[str], ahead: str, after: str, language: str, *, is_role: bool) -> bool | None:
    """True if an age, a trade or a name tells that capitals are somebody, None if they are nobody whatever they do."""
    is_told = _is_aged(after) or _is_told_after(words, after, language) or _is_animal_ahead(ahead)
    in_brackets = ahead[-1:] == "(" and after[:1] == ")"
    is_told = is_told or (in_brackets and _is_person(folded_words(ahead)[-6:], language))  # "a boy of nine (BILLY)"
    if not is_told and not is_role and years_alone((folded_words(ahead) or [""])[-1]) is not None:
        return None  # "schleppt zwei EIMER"
    is_called = is_given_name(words[0]) or words[0].startswith("o'")  # O'HARA
    is_called = is_called and not (len(words) == 1 and language == "en" and _LED.search(ahead))
    if is_told or is_called or words[0] in RANKS or _apposed_noun(ahead, language):
        return True
    return None if language == "en" and singular(words[-1]) in lexicon.IMPERSONAL else is_role  # no GUARD TOWER


def _is_role(words: Sequence[str], ahead: str, language: str) -> bool:
    """True if words in capitals say what somebody is, or an animal's noun leads them."""
    role = _is_person(words[-1:], language) or is_person_noun(words[0], language) or words[0] in LIKELY
    alone = len(words) == 1 and words[0] in nominal(language)  # M\u0141ODY
    titled = alone or (len(words) > 1 and (words[0] in _SHORT_TITLES or is_title(words[0], language)))
    return role or titled or _is_animal_ahead(ahead) or _is_old(words, language)


def _is_told_after(words: Sequence[str], after: str, language: str) -> bool:
    """True if a phrase behind a name tells who that is: ", a veteran", and not ", a display case in which".

    What is a noun for something else needs a noun for a person: "CHAOS, a riot of colours".
    """
    found = _RE["person_after"].match(after)
    if found is None or language != "en":
        return found is not None
    told = folded_words(re.split(r"[.,;:()\u2013\u2014]|--| - ", after[found.end() :], maxsplit=1)[0])
    phrase = [*takewhile(lambda word: not is_verb(word) and word not in lexicon.PREPOSITIONS, told)]
    is_thing = singular("".join(phrase[-1:])) in lexicon.OBJECTS | lexicon.LARGE
    is_thing |= len(words) == 1 and words[0] in lexicon.IMPERSONAL
    return not is_thing or _is_person(told, language)  # "a barrel of a man"


def _is_aged(after: str) -> bool:
    """True if an age stands behind a name: ", barely 30" and " (\u00e9l, 40)", and not ", number 19"."""
    found = _RE["age_after"].match(after)
    told = re.split("/", found[1].casefold()) if found else ()
    return _RE["months"].match(after) is not None or any(years_alone(one.strip()) is not None for one in told)


def _names_thing_ahead(ahead: str, language: str) -> bool:
    """True if the words before a name say that a thing bears it: "a boat called "."""
    found = _NAMED_THING.search(ahead)
    noun = found[1].casefold() if found else ""
    return noun != "" and noun not in ANIMALS and not _is_person((noun,), language)


def _is_mount(name: str, text: str, language: str) -> bool:
    """True if a name is brought in as what somebody rides: "monta a ROCINANTE"."""
    at = text.casefold().find(name.casefold())
    ahead = text[max(0, at - _NEAR) : at]
    acts = acts_in(ahead, language)
    return bool(acts) and acts[-1].act == "ride" and len(ahead[acts[-1].end :].split()) <= 1


def _is_person(words: Sequence[str], language: str) -> bool:
    """True if one of these words is a noun for a person."""
    return any(
        is_person_noun(base_form(word, language), language)
        or word in LIKELY
        or (language == "en" and word in lexicon.PERSONS)
        for word in words
    )


def _is_old(words: Sequence[str], language: str) -> bool:
    """True if an age stands before what is no thing: STARY W\u0141OCH."""
    return len(words) > 1 and language != "en" and words[0] in ADJECTIVES and not names_thing(words[-1], language)


def _is_animal_ahead(ahead: str) -> bool:
    """True if a noun for an animal stands right before a name: "the dog BISCUIT", "ihr Hund, "."""
    found = _NOUN_AHEAD.search(ahead)
    return found is not None and found[1].casefold() in ANIMALS


def _is_barred(words: Sequence[str], ahead: str, after: str, language: str) -> bool:
    """True if capitals name nobody: a sound, a place, a sign, a boat called PATIENCE, JUNE 14, a man's BROKEN LEG."""
    if _RE["moves"].match(" ".join(words).upper() + after) or (language == "en" and _WE.search(ahead)):
        return True
    if _is_thing_name(words, after, language) and not _is_animal_ahead(ahead):
        return True
    if words[-1] in BODY.get(language, "").casefold().split() and not _AGED.match(after) and not _is_aged(after):
        return True  # "una CARA"
    if _names_thing_ahead(ahead, language) or (words[0] in lexicon.NAMES_NOT and _RE["dated"].match(after)):
        return True
    is_role = _is_person(words[-1:], language)
    barred = lexicon.CAPITALS_NOT if is_role else _BARRED  # an OLD WOMAN
    is_noise = len(words) == 1 and words[0].rstrip("s") in lexicon.IMPERSONAL and ahead[-2:].strip().isalpha()
    is_noise = is_noise and not (_LED.search(ahead) or is_given_name(words[0]) or _apposed_noun(ahead, "en"))
    leads = is_noise or words[0] in _UNNAMED or is_verb(words[0]) or (len(words) > 1 and words[0].endswith("ing"))
    is_unnamed = leads and not is_given_name(words[0])  # EXCHANGING GREETINGS
    is_unnamed |= len(words) > 1 and words[1] in lexicon.PREPOSITIONS - {"of"}  # DOLLY INTO TENT
    if language == "en" and is_unnamed and not _is_person(words, language) and _AGED.match(after) is None:
        return True
    written = ahead[-1:] in QUOTES or SIGN.search(ahead) is not None or _GOES_ON.search(ahead) is not None
    told = words[-1:] if is_role and _LED.search(ahead) else words  # "a NIGHT GUARD"
    return written or any(word in barred for word in told)


def _is_thing_name(words: Sequence[str], after: str, language: str) -> bool:
    """True if a name in capitals ends in a thing: the BABY SHOES, a KOCHL\u00d6FFEL, and not ROSE (30)."""
    head = singular(words[-1])
    is_known = head in (lexicon.OBJECTS | lexicon.LARGE | lexicon.LIGHT_NOUNS) - NOUNS.keys()
    is_known = is_known if language == "en" else names_thing(head, language) and head not in NOUNS
    return is_known and not is_given_name(words[0]) and not (_AGED.match(after) or _RE["months"].match(after))


_AGED = re.compile(r"\s*[(,]\s*(?:\w+ )?\d")
_SMALL_WORD = re.compile(r"(?<!\w)[a-z\u00df-\u017e\u0430-\u045f]{3,}(?!\w)")
_PROPER = re.compile(
    r"(?<![\w'\u2019-])([A-Z\u00c0-\u00de\u0410-\u042f][a-z\u00df-\u017e\u0430-\u045f]{2,})(?!\w|-(?:vous|tu|ils?|elles?|on|nous|moi|toi|l[ae]s?|lui|leur|y|en|ce|je)\b)"
)


_SHORT_TITLES = frozenset(["mrs", "mr", "ms", "miss", "dr", "doc", "sgt", "lt", "capt", "prof", "mme", "mlle"])
_NO_NAMES = lexicon.NAMES_NOT | lexicon.PLACE_WORDS | NOUNS.keys() | TITLES.keys()


def _named(prose: Sequence[str], language: str) -> Iterator[str]:
    """Names in small letters that nobody speaks under: capitals within sentences, which act as people do."""
    yield from _with_titles(prose, language)
    inside: Counter[str] = Counter()
    acting: Counter[str] = Counter()
    text = "\n".join(prose)
    small = set(_SMALL_WORD.findall(text))
    barred = _NO_NAMES | NO_PROPS | ADJECTIVES.keys() | pronouns_in(language) | STOPWORDS.get(language, frozenset())
    for sentence in (one.strip() for paragraph in prose for one in sentences_of(paragraph)):
        acts = acts_in(sentence, language)
        for found in _PROPER.finditer(sentence):
            word = found[1].casefold()
            if word in barred or (language == "en" and lexicon.is_adverb(word)):
                continue  # "Impatiently waits"
            inside[found[1]] += found.start() > 0
            near = (one for one in acts if found.end() < one.start <= found.end() + _NEAR)
            acting[found[1]] += any(one.act not in _THINGS_DO for one in near)
    for word, count in acting.items():
        known = is_given_name(word.casefold())
        again = (inside[word] or known) and word.casefold() not in small and text.count(word) > 1
        again = again and not (language in _GENITIVE and word[-1] == "s" and re.search(rf"\b{word[:-1]}\b", text))
        leads = known and re.search(rf"(?:^|[.!?\u2026]\s+){word} [^\W\d_A-Z]", text, re.MULTILINE) is not None
        does = count >= (2 if language == "de" else 1) or leads
        if again and does and not _is_led_by_article(word, text, language):
            yield word


def _with_titles(prose: Sequence[str], language: str) -> Iterator[str]:
    """Names behind a title that nobody speaks under: Mrs. Pike, Frau Seidel, Ms. Ada Pike."""
    for text in prose:
        for found in _RE["titled"].finditer(text):
            title, first = found[1].casefold().strip(" ."), found[2].casefold()
            if (title in TITLES or title in RANKS) and first not in _NO_NAMES:
                is_whole = not found[3] or is_given_name(first)
                name = found.group() if is_whole else f"{found[1]}{found[2]}"
                yield name[:-1] if language in _GENITIVE and name[-1] == "s" and f"{name[:-1]} " in text else name


_WITH_ARTICLE = "(?:su|ne|da|co|de|a)l(?:l[aeo]?)?|del|al|du|au"
"""Prepositions with an article in them."""


_COLOURS = "(?:black|white|red|blue|green|silver|gr[ae]y|yellow|brown|vintage|battered|rusty|dusty|muddy)"
_EN_LED = r"(?:an?|his|her|its|their|in(?= \w+(?: [A-Z]\w+)?\b(?!['\u2019]))) (?:(?-i:[A-Z])\w+ )?"
"""Words before what is no person: an Amish girl, a Mazda Miata, in Los Angeles."""


def _is_led_by_article(word: str, text: str, language: str) -> bool:
    """True if a capital word takes articles, as German nouns do and English peoples: "an Amish girl"."""
    definite = len(re.findall(rf"\b[Tt]he (?:[A-Z]\w+ )?{word}\b", text)) if language == "en" else 0
    if definite * 2 > text.count(word):
        return True  # the Falcon, the Star Destroyer
    if definite and re.search(rf"(?<!\w)[Aa]n? \w+ {word}\b", text):
        return True  # "A battered Volvo", and later "the Volvo"
    if language == "en" and is_given_name(word.casefold()):
        return re.search(rf"(?<!\w)[Aa]n? (?:{_COLOURS} )?{word}\b", text) is not None
    led = {"de": r"(?:d(?:er|ie|as|en|em|es)|eine?[nmrs]?) (?:\w+ )?", "en": _EN_LED}.get(language)
    led = led or rf"(?:(?:{'|'.join(articles_of(language)) or '(?!)'}|{_WITH_ARTICLE})(?: |['\u2019]))"
    return re.search(rf"(?<!\w)(?i:{led}){word}\b", text) is not None


def _apposed_noun(ahead: str, language: str) -> bool:
    """True if a noun for a person stands before a name, in its phrase: "un jeune homme inanim\u00e9, "."""
    found = (_RE["noun_before"] if language == "en" else _RE["noun_with_more"]).search(ahead)
    words = set(folded_words(found.group())) - ADJECTIVES.keys() if found else set[str]()  # "una vecchia CINQUECENTO"
    return _is_person([*words], language)


def _acts(name: str, ahead: str, after: str, language: str) -> bool:
    """True if a name opens its sentence and does what only people do: LE BIJOUTIER, besicles, attend."""
    found = _LEADS.search(ahead)
    article, age = (found["article"] or "", found["age"] or "") if found else ("", "")
    known = age.casefold() in ADJECTIVES and article.casefold() not in indefinite(language)
    leads = found is not None and (known or not age)  # "La vieille SOAZIG arrive", and no "Una vecchia CINQUECENTO"
    rest = re.split(r"[.!?\u2026]", after, maxsplit=1)[0][:120]
    acts = acts_in(f"{name.capitalize()}{rest}", language) if leads else ()
    first = next((one for one in acts if one.start > len(name)), None)  # no "PENCIL MARKS, like a ruler's"
    between = rest[: max(0, first.start - len(name))] if first else ""
    another = ":" in between or pronouns_in(language) & {*folded_words(between)}
    if another or (language != "de" and _RE["other_name"].search(between)) or _RE["dashed"].match(between):
        return False  # "PULL FOCUS: Tom bends", "PUSH IN as he bends", "NAH - Tom hebt es"
    owns = language == "en" and (_OWN.search(rest) or is_agent(folded_words(name)[-1]))
    return first is not None and (first.act not in (_THINGS_DO - _COMES if age else _THINGS_DO) or bool(owns))


def _acts_later(name: str, text: str, language: str) -> bool:
    """True if a name opens two sentences in small letters, as a subject does; or one behind "the"."""
    small = re.escape(name.casefold())
    verbs = re.findall(rf"\b[Tt]he {small} ([a-z]+)", text) if f"he {name.casefold()}" in text else ()
    if any(verb in lexicon.SINGULAR_VERBS and _is_done_by_people(f"He {verb}", "en") for verb in verbs):
        return True
    if verbs and re.search(rf"\b[Tt]he {small}['\u2019]s (?:{_BODY_EN})\b", text):
        return True
    shown = re.sub(r"[^\W\d_]+", lambda part: part.group().capitalize(), name)
    if f"{shown} " not in text:
        return False
    opened = re.findall(rf"(?:^|[.!?\u2026]\s+|\n){re.escape(shown)}(\s[a-z\u00df-\u017e\u0430-\u045f]\w*)", text)
    if opened and _is_proper(name, shown, text, language):
        return True
    enough = len(opened) > (1 if language == "de" else 0)
    return enough and any(_is_done_by_people(f"{shown}{verb}", language) for verb in opened)


def _is_proper(name: str, shown: str, text: str, language: str) -> bool:
    """True if a word in capitals is a name wherever it stands: no noun, no thing, and no place where something is."""
    articles = "|".join(articles_of(language)) if language != "de" else ""
    is_word = re.sub(r"['\u2019-]", "", name).isalpha() and len(name) >= _SHORTEST
    if not articles or not is_word or names_thing(name.casefold(), language):
        return False
    governing = "|".join(DATA["governing"].get(language, "").split()) or "(?!)"
    led = re.search(rf"(?<!\w)(?i:{governing}|{articles}) {shown}(?!\w)", text)
    return led is None and re.search(rf"(?<!\w){name.casefold()}(?!\w)", text) is None


def _is_done_by_people(sentence: str, language: str) -> bool:
    """True if only people do what a sentence tells first; "goes" tells nothing."""
    return bool({one.act for one in acts_in(sentence, language)[:1]} - _THINGS_DO - {"walk"})
