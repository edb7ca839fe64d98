"""Evidence that a script gives of each of its people: introductions, titles, relations, pronouns. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from wzrd.domain.names import voice_key, words_of
from wzrd.domain.shots import Line
from wzrd.language.people.ages import class_of, years_alone
from wzrd.language.people.agreement import (
    article_gender,
    introduced_gender,
    likely_gender,
    surname_gender,
    trade_ahead,
    womans_trade,
)
from wzrd.language.people.cast_list import roles_of
from wzrd.language.people.introductions import before, behind, is_closed, read_fragment
from wzrd.language.people.members import members_behind, nouns_for_several
from wzrd.language.people.mentions import Mention, Mentions, sentences_of
from wzrd.language.people.person_phrases import NOTHING, Traits, read_name, read_phrase
from wzrd.language.people.pronouns import pronoun_votes
from wzrd.language.people.vocatives import called
from wzrd.language.words import lexicon
from wzrd.language.words.acts import acts_in
from wzrd.language.words.person_words import (
    ADJECTIVES,
    ANY_TRADE,
    LIKELY,
    NOUNS,
    RANKS,
    RELATIONS,
    STOPWORDS,
    TITLES,
    TRADES,
    Gender,
    base_form,
    facts_of_noun,
    first_meaning,
    gender_of_names,
    is_given_name,
    is_person_noun,
    language_of,
    own_noun,
)
from wzrd.language.words.plurals import singular_of_people
from wzrd.language.words.role_words import ANIMALS, ANYBODY, SERVING, articles_of, indefinite, is_governing, nominal

MAX_SPEECH = 4_000
_OUTRIGHT = 2
"""Weight from which on a statement tells a gender by itself."""
_LEAST_SHARE = 4
"""Part of the pronouns' votes, one in so many, that one sex must be ahead for them to tell anything."""
_TRADE = 0.3
"""Weight of a trade's name: a given name tells more, in all mentions that count."""
FIRST_MENTIONS = 3
"""Number of times that somebody is named until they count as brought in."""
_LONGEST_TOLD = 240  # letters behind a name
_SAMPLE = 8_000  # characters that tell a language
_FIRST_NAME = re.compile(r"(?<![\w'\u2019])([A-Z][\w'\u2019-]+)\s+(?:[\"\u201c(][^\"\u201d)]{1,20}[\"\u201d)]\s+)?\Z")
_ROLES = (NOUNS.keys() | LIKELY.keys() | ANIMALS | lexicon.PERSONS) - ANYBODY
_NOUN_AHEAD = re.compile(r"([^\W\d_]{3,})(,?) \(?\Z")
_RE = lexicon.patterns("evidence")
_OWNERS = frozenset({"his", "her"})
_SELF = {"himself": 2, "herself": -2}


@dataclass(slots=True)
class Evidence:
    """All that was found of one: outright statements, each with a weight, and pronouns (he above 0).

    `met`: how often the prose has named them, `first_name` what stands before a surname that is a cue, `roles` what
    definite phrases call them.
    """

    traits: Traits = NOTHING
    gender: float = 0.0
    pronouns: float = 0.0
    votes: int = 0
    roles: tuple[str, ...] = ()
    first_name: str = ""
    met: int = 0
    likely: Gender = ""

    def add(self, traits: Traits, weight: float) -> None:
        """Take in a statement."""
        if self.traits.said and not (traits.gender or traits.age):
            traits = replace(traits, said="")
        self.traits = traits.over(self.traits) if traits.now else self.traits.over(traits)
        weight = min(weight, _TRADE) if traits.by_trade else weight
        self.gender += weight * ((traits.gender == "man") - (traits.gender == "woman"))
        if traits.role:
            self.roles = (*self.roles, traits.role)

    def joined(self, other: "Evidence") -> "Evidence":
        """All that was found of one person under two names."""
        return Evidence(
            self.traits.over(other.traits), self.gender + other.gender, self.pronouns + other.pronouns,
            self.votes + other.votes, (*self.roles, *other.roles), self.first_name or other.first_name,
            self.met + other.met, self.likely or other.likely,
        )  # fmt: skip

    def judged(self, key: str, *firsts: str) -> tuple[Gender, str]:
        """The gender, and by what it is known. `firsts`: first words of other names."""
        hinted = self.gender if abs(self.gender) < _OUTRIGHT else 0  # by an article or an ending alone
        outright, pronouns = _sign(self.gender - hinted), _sign(self.pronouns + 2 * hinted)
        clear = abs(self.pronouns) > 0.5 * self.votes
        misread = abs(self.gender) < 4 and abs(self.pronouns) >= 6 and clear
        if outright and not (misread and pronouns != outright):
            return outright, "introduction"
        told = (suggested_by(one, self.first_name) for one in (key, *firsts))
        suggested, by = next((one for one in told if one[0]), ("", ""))
        least = 3 if suggested else 2  # an ending tells less than a name
        if not suggested and abs(hinted) < 1:  # "la ESPOSITO": her article tells more than how her name ends
            suggested, by = self.likely, "name" if self.likely else ""
        overruled = by == "name" and pronouns != suggested and not (clear and abs(self.pronouns) >= least)
        overruled |= abs(self.pronouns + 2 * hinted) * _LEAST_SHARE < self.votes  # three say "he", four "she"
        if pronouns and not overruled:
            return pronouns, "pronouns"
        return suggested, by


def read_evidence(keys: Sequence[str], pages: Sequence[Sequence[str | Line]]) -> dict[str, Evidence]:
    """Evidence of the people with these keys in these scenes, which are paragraphs and lines in the page's order."""
    prose = [part for page in pages for part in page if isinstance(part, str)]
    language = language_of(" ".join(prose)[:_SAMPLE])
    evidence = {key: _of_name(key, language) for key in keys}
    mentions = Mentions(keys, prose, language if language not in {"pl", "ru"} else "")
    for text in prose:
        _introductions(text, mentions, evidence, language)
    for page in pages:
        _opened(page, mentions, evidence, language)
        for key, traits in called([part for part in page if isinstance(part, Line)], language):
            if key in evidence:
                evidence[key].add(traits, 2)
    for line in (part for page in pages for part in page if isinstance(part, Line)):
        _spoken_of(line, mentions, evidence)
        _own_words(line, evidence)

    def known(key: str) -> Gender:
        found = evidence.get(key)
        suggested, by = suggested_by(key, found.first_name) if found else ("", "")
        return (_sign(found.gender) if found else "") or (suggested if by == "name" or language != "en" else "")

    hinted = {key for key, found in evidence.items() if 0 < abs(found.gender) < 1}
    for key, (he, she) in pronoun_votes(pages, mentions, known, hinted, language).items():
        evidence[key].pronouns += he - she
        evidence[key].votes += he + she
    return evidence


def _of_name(key: str, language: str) -> Evidence:
    """Evidence of somebody's name alone: a role, a plural, a title, an ending."""
    found = Evidence(likely=likely_gender(key, language))
    found.add(read_name(key), 6)
    found.add(Traits(*own_noun(key, language)), 6)
    known = is_given_name(key) or is_person_noun(key, language)  # a "professore" is no "professora"
    if (one := singular_of_people(key, language)) and not known:
        found.add(Traits(*facts_of_noun(one, language)), 1)
    _read_title(key, language, found)
    found.add(Traits("" if is_given_name(key) else surname_gender(key, language)), 4)
    if " " in key:
        found.add(Traits(article_gender(key.split(maxsplit=1)[0], language)), 1)
    return found


def _sign(balance: float) -> Gender:
    return "man" if balance > 0 else "woman" if balance < 0 else ""


def suggested_by(key: str, first_name: str = "") -> tuple[Gender, str]:
    """Gender that a trade or a given name makes likely, and which of the two it is from."""
    words = [*words_of(first_name), *words_of(key)]
    own = [word.strip(".") for word in words if word not in RANKS]
    trade = first_meaning(ANY_TRADE, words[::-1]) or ""
    named = gender_of_names(own)
    named = "" if named == "man" and len(own) == 1 < len(words) else named  # SGT. DOYLE's other name is not told
    if named and not (trade and len(own) > 1 and own[-1] in LIKELY):
        return named, "name"
    return (trade, "trade") if trade else (named, "name" if named else "")


def _read_title(key: str, language: str, found: Evidence) -> None:
    words = [word.strip(".") for word in key.split()]
    own = (TRADES.get(language, {}).get(base_form(word, language)) for word in words)
    if "woman" in own or (len(words) > 1 and not is_given_name(words[0]) and womans_trade(words[0], language)):
        found.add(Traits("woman"), 4)  # the form of her trade is hers alone: MEISTERIN BROWE
    if len(words) > 1 and words[0] in TITLES:
        found.add(Traits(TITLES[words[0]]), 6)


def _introductions(paragraph: str, mentions: Mentions, evidence: Mapping[str, Evidence], language: str) -> None:
    """Adds the evidence that stands around each name in a paragraph of action."""
    statements = _statements(paragraph)
    for at, sentence in enumerate(statements):
        named = list(mentions.find(sentence))
        _members(sentence, [one for one in named if one.capital], evidence, language)
        words = frozenset(word for mention in named for word in mention.key.split())
        for mention in named:
            found = evidence[mention.key]
            found.met += 1
            ahead, after = sentence[: mention.start], sentence[mention.end :]
            ahead = ahead.removesuffix("(") if after[:1] in {")", ","} else ahead  # "a boy of nine (BILLY)"
            _titled(ahead, mention, found)
            others = words - set(mention.key.split())
            both = _RE["both"].search(after) if mention.capital and len(named) > 1 else None
            if both and (years := years_alone(both[1].casefold())) is not None:
                found.add(Traits("", class_of(years), years), 3)
            told = _RE["and_other"].split(_up_to_deed(after, language), maxsplit=1)[0]
            traits = behind(told, names=others)
            if found.met > FIRST_MENTIONS and not (mention.capital and traits.years is not None):
                continue
            found.add(traits, 4 if mention.capital else 3)
            if mention.capital:
                found.roles = (*found.roles, *_introduced_roles(ahead, told, language))
            if mention.capital or found.met == 1:
                _agreeing(mention.key, ahead, after, found, language)
            owners = {one.key for one in named if sentence[one.end :][:2] in {"'s", "\u2019s"}}
            if found.met == 1 and {one.key for one in named} - owners == {mention.key}:
                is_first = not any(one.met for key, one in evidence.items() if key != mention.key)
                _fragments(statements[at + 1 : at + 3], mention.key, mentions, found, is_first=is_first)
            found.add(before(ahead, capital=mention.capital, closed=is_closed(after)), 4 if mention.capital else 3)
            alone = not ahead.strip() and not after.strip(" .!\n")  # "It's a woman of eighty. NANA."
            if at and found.met == 1 and (alone or _RE["is"].fullmatch(ahead)):
                found.add(_brought_in(statements[at - 1], language), 3)
            own = sentence[mention.start : mention.end].casefold() in mention.key  # MAUREEN HALE is no ROBERT HALE
            if own and (name := _FIRST_NAME.search(ahead)) and is_given_name(name.group(1).casefold()):
                found.first_name = found.first_name or name.group(1)


def _members(sentence: str, shown: Sequence[Mention], evidence: Mapping[str, Evidence], language: str) -> None:
    """Adds what a noun for several tells of each whom the sentence names behind it: "Two men, BOB and JIM, push"."""
    for end, many, traits in nouns_for_several(sentence, language) if len(shown) > 1 else ():
        behind = [one for one in shown if one.start >= end]
        count = members_behind(sentence, end, [(one.start, one.end) for one in behind], many, language)
        for one in behind[:count]:
            evidence[one.key].add(traits, 2)


def _opened(page: Sequence[str | Line], mentions: Mentions, evidence: Mapping[str, Evidence], language: str) -> None:
    """Adds what a counted noun without a verb tells of all whom its scene names: "Three brothers, one sponge."."""
    prose = [part for part in page if isinstance(part, str)]
    first = next(iter(sentences_of(prose[0])), "") if prose else ""
    for _, many, told in nouns_for_several(first, language) if not acts_in(first, language) else ():
        keys = {one.key: evidence[one.key].traits for text in prose for one in mentions.find(text)}
        able = [key for key, known in keys.items() if {known.gender, told.gender} != {"man", "woman"}]
        able = [key for key in able if told.age != "child" or keys[key].age in {"", "child", "teen"}]
        for key in able if 1 < many == len(able) and singular_of_people(told.role, language) not in SERVING else ():
            evidence[key].add(told, 2)


def _up_to_deed(after: str, language: str) -> str:
    """The words behind a name up to the part in which a deed begins: ", usaty, lat 40, g\u0142aszcze kota"."""
    if language in {"en", "ja", "zh"} or after[:1] != ",":
        return after
    parts = after[:_LONGEST_TOLD].split(",")
    deed = next((at for at, part in enumerate(parts) if at and _is_deed(part, language)), len(parts))
    return ",".join(parts[:deed]) if deed > 1 and deed < len(parts) else after


def _is_deed(part: str, language: str) -> bool:
    """True if a part between commas begins with a verb."""
    acts = acts_in(part, language)
    return bool(acts) and acts[0].start <= len(part) - len(part.lstrip()) + 3


def _agreeing(key: str, ahead: str, after: str, found: Evidence, language: str) -> None:
    """Adds what articles, trades and endings around a name tell, and the phrase before it where no spaces stand."""
    is_deed = partial(acts_in, language=language)
    gender, weight = trade_ahead(ahead, key.split(), language, closed=is_closed(after), is_deed=is_deed)
    found.add(Traits(gender), weight)
    found.add(Traits(introduced_gender(after, language, is_deed)), 0.5)
    found.add(Traits(article_gender(ahead, language)), 1)
    if role := _RE["unknown_role"].search(ahead):
        gender, lead = article_gender(role["article"], language), ahead[: role.start()].split()
        alone = is_closed(after) and not lead and not is_deed(role["noun"].split()[-1])  # "A porta-bandeira, ANA,"
        last = "".join(lead[-1:]).casefold()  # "Sotto, il maresciallo"
        if alone if role["comma"] else last.endswith(",") or not is_governing(words_of(last), language):
            found.add(Traits(gender), 2 if gender == "woman" or not role["comma"] else 2 * _TRADE)
    if (worn := _RE["dressed"].search(ahead)) and not (is_person_noun(key, language) or key in ANIMALS):
        found.add(Traits(*facts_of_noun(worn[1].casefold(), language)), 3)  # a "lady in a rain hat"
    if wide := _RE["wide_ahead"].search(ahead):
        found.add(read_phrase(wide[1]), 2)


def _fragments(statements: Sequence[str], key: str, mentions: Mentions, found: Evidence, *, is_first: bool) -> None:
    """Adds what the sentences behind an introduction tell, until one is about somebody else.

    `is_first`: nobody was named before, so "Her grandfather" is theirs and not they.
    """
    for fragment in statements:
        if any(one.key != key for one in mentions.find(fragment)):
            break
        told = read_fragment(fragment)
        if told == NOTHING and NOUNS.keys() & {*words_of(fragment.casefold())[:3]}:
            break  # "A boy comes in. He is six."
        if is_first and fragment.split()[0].casefold() in _OWNERS:
            break
        found.add(told, 3)


def _introduced_roles(ahead: str, after: str, language: str) -> Iterator[str]:
    """Roles that stand around a name in capitals."""
    yield from (role for role in roles_of(after[:160]) if role in _ROLES)
    yield from _apposed_role(ahead, language, closed=is_closed(after))


def _brought_in(sentence: str, language: str) -> Traits:
    """Facts of whom a sentence brings in without a name: "En gubbe kliver in. Det \u00e4r STURE."."""
    words = re.finditer(r"[^\W\d_]+(?= )", sentence)
    led = (sentence[one.start() :] for one in words if one.group().casefold() in indefinite(language))
    phrases = (read_phrase(one.partition(",")[0]).over(behind(one[one.find(",") :])) for one in led if one)
    found = next((one for one in reversed([*phrases]) if one.gender), NOTHING)
    return Traits(found.gender, found.age, found.years)


def _apposed_role(ahead: str, language: str, *, closed: bool) -> Sequence[str]:
    """Noun before a name that says who it is: "A three-legged dog, BARON, digs", "His supervisor KAREN"."""
    found = _NOUN_AHEAD.search(ahead)
    noun = found[1].casefold() if found and (closed or not found[2]) else ""
    is_role = noun in RELATIONS or noun in ANIMALS or noun in LIKELY or noun in TRADES.get(language, {})
    return (noun,) if is_role or (found and not found[2] and _is_unknown_trade(found[1], ahead, language)) else ()


def _is_unknown_trade(noun: str, ahead: str, language: str) -> bool:
    """True if a word right before a name can only be what somebody is: "konserwator GIENEK", "el bedel PACO"."""
    word = noun.casefold()
    if language in {"en", "ja", "zh"} or noun.isupper() or noun[0].isupper() is not (language == "de"):
        return False
    known = word in ADJECTIVES or word in nominal(language) or word in STOPWORDS.get(language, ()) or word in NOUNS
    before = ahead.casefold().split()[-2:-1]
    led = bool(before) and (before[0] in articles_of(language) or before[0] in indefinite(language))
    led = led or (language in {"pl", "sv"} and not is_governing((word,), language))
    return led and not known and not acts_in(word, language) and not is_given_name(word)


def _statements(paragraph: str) -> list[str]:
    """Sentences, a bracket never torn from its name."""
    joined: list[str] = []
    for sentence in sentences_of(paragraph):
        if joined and joined[-1].count("(") > joined[-1].count(")"):
            joined[-1] += sentence
        else:
            joined.append(sentence)
    return joined


def _titled(ahead: str, mention: Mention, found: Evidence) -> None:
    """`Mrs. Green` for somebody whose cue is GREEN; a first name is nobody's title."""
    word = "".join(ahead.casefold().split()[-1:]).strip("\"'(.\u201c")
    if word in TITLES and " " not in mention.key:
        found.add(Traits(TITLES[word]), 4)


def _spoken_of(line: Line, mentions: Mentions, evidence: Mapping[str, Evidence]) -> None:
    """Adds the evidence in the names by which others call somebody: `my wife Anna`, `Mrs. Green`."""
    for sentence in sentences_of(line.text[:MAX_SPEECH]):
        for mention in mentions.find(sentence):
            ahead = sentence[: mention.start]
            traits = before(ahead, capital=False, closed=False)
            evidence[mention.key].add(Traits(traits.gender), 2)
            _titled(ahead, mention, evidence[mention.key])


def _own_words(line: Line, evidence: Mapping[str, Evidence]) -> None:
    """Adds the evidence that a parenthetical gives of its speaker: `(to herself)`, `(under his breath)`."""
    found = evidence.get(voice_key(line.character))
    if found is None or not line.parenthetical:
        return
    folded = line.parenthetical.casefold()
    own = _RE["own"].search(folded)
    weight = sum(_SELF.get(word, 0) for word in words_of(folded)) + (
        0 if own is None else 1 if own.group(1) == "his" else -1
    )
    found.pronouns += weight
    found.votes += abs(weight)
