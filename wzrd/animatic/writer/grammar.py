"""Set-ups put into words: sentence shapes with slots; an empty slot rules its shape out, none is used twice soon.

Shapes are data (phrases.json): `{slot}` must be filled, `[ … {slot}]` is left out when its slot is empty.
"""

import re
from collections.abc import Mapping

from wzrd.animatic.seeded import Seeded
from wzrd.animatic.writer.framing import Setup
from wzrd.language.scene_people import Person
from wzrd.animatic.writer.scene_reading import Reading
from wzrd.domain.shots import ShotIdea
from wzrd.language.atmosphere import article
from wzrd.language.lexicon import PHRASES
from wzrd.language.sentences import sentence_case, shorten

MAX_IDEA = 420
_SLOT = re.compile(r"\{(\w+)\}")
_OPTION = re.compile(r"\[([^\[\]]*)\]")
_SPOKEN = {
    "two_shot": ["two_shot_speech"], "ots": ["ots"], "single": ["single"],
    "reaction": ["reaction_speech", "reaction_voice"], "cutaway": ["cutaway_voice", "voice_empty"],
}  # fmt: skip
_SHORT_TEXT = 130  # a longer sentence takes no further phrase after it
_STOPS = ".!?\u2026\u3002\uff01\uff1f"


def quoted(line: str, limit: int = 90) -> str:
    """A line as a shot quotes it: shortened, in quotation marks, with a closing stop."""
    whole = re.fullmatch("[\"'\u201c](.+)[\"'\u201d]", line.strip())
    plain = re.sub('["\u201c\u201d]', "'", whole.group(1) if whole else line)
    inner = shorten(plain.strip(), limit).rstrip(" ,;:-\u2014")
    return f'"{inner}"' if inner.rstrip("'\u2019").endswith(tuple(_STOPS)) else f'"{inner}."'


def _possessive(name: str) -> str:
    return f"{name}'s"


class Wording:
    """Words for one list of shots; remembers the shapes it used, so that neighbours do not sound alike."""

    def __init__(self, reading: Reading, choices: Seeded) -> None:
        self._reading = reading
        self._choices = choices
        self._used: dict[str, int] = {}
        self._step = 0
        self._lit = -9
        self._toned = 0
        self._titles: set[str] = set()

    def idea(self, setup: Setup, variant: int = 0) -> ShotIdea:
        """The shot of a set-up. `variant` asks for other words for the same set-up."""
        self._step += 1
        words = self._slots(setup, variant)
        shape = self._shape(setup, words, variant)
        text = _finished(_filled(shape, words))
        text = self._with_mood(text, setup, words)
        title = self._title(setup, words)
        return ShotIdea(
            idea=text,
            size=setup.size,
            angle=setup.angle,
            move=setup.move,
            lens_mm=setup.lens_mm,
            subject=setup.subject,
            dialogue=setup.beat.line if setup.speaks and setup.beat else "",
            title=title,
            extra=_extra(setup),
        )

    def _shape(self, setup: Setup, words: Mapping[str, str], variant: int) -> str:
        shapes: list[str] = []
        for family in _families(setup, words):
            usable = [shape for shape in PHRASES["shapes"][family] if _fits(shape, words)]
            if usable:
                shapes = usable
                break
        order = self._choices.number("shape", setup.kind, self._step, variant)
        ranked = sorted(
            range(len(shapes)), key=lambda at: (self._used.get(shapes[at], -1), (at * 7 + order) % len(shapes))
        )
        chosen = shapes[ranked[variant % len(ranked)]]
        self._used[chosen] = self._step
        return chosen

    def _slots(self, setup: Setup, variant: int) -> dict[str, str]:
        air, beat = self._reading.air, setup.beat
        words = {**self._framing(setup, variant), **_people(setup)}
        words |= {
            "place": air.place,
            "inside": air.inside,
            "focus": setup.focus,
            "number": str(self._reading.brief.number),
        }
        words["focus_cap"] = sentence_case(setup.focus)
        words |= {"crowd": "the people in it", "everyone": "everyone"} if len(self._reading.people) > 1 else {}
        if beat and not beat.line and not (setup.retells and setup.kind == "cutaway"):
            words["text"] = beat.text
            words["inner"] = beat.inner or ""
        if beat and beat.line:
            words["line"] = quoted(beat.line) if setup.speaks else ""
            words["manner"] = beat.manner if setup.kind != "reaction" else ""
        lit = setup.kind in {"establishing", "closing"} or self._step - self._lit >= 3
        if lit and len(words.get("text", "")) < _SHORT_TEXT:
            words |= {"light": air.light, "weather": air.weather}
            self._lit = self._step
        return words

    def _framing(self, setup: Setup, variant: int) -> dict[str, str]:
        size, angle = PHRASES["sizes"][setup.size], PHRASES["angles"][setup.angle]
        phrase = {
            part: self._choices.pick(options, part, setup.move, self._step, variant)
            for part, options in PHRASES["moves"][setup.move].items()
        }
        lens = f"{setup.lens_mm}mm"
        noun = " ".join(filter(None, (angle["tag"] if setup.angle != "pov" else "", size["noun"])))
        shot = f"{article(noun)} {noun}"
        angled = f"{angle['tag']} {lens} {size['tag']}".strip() if setup.angle != "pov" else f"{lens} {size['tag']}"
        turn = self._choices.number("tag", self._step, variant) % 3
        pair = "tight two-shot" if setup.size == "medium_close_up" else f"{size['tag']} two-shot"
        imp = sentence_case(phrase["imp"].replace("{shot}", shot))
        over = "tight over-the-shoulder" if setup.size == "close_up" else "over-the-shoulder"
        return {
            "tag": sentence_case(angled),
            "slate": sentence_case(", ".join(filter(None, (size["tag"], angle["tag"], lens)))),
            "Tag_of": f"{sentence_case(noun)} of",
            "shot": shot,
            "Shot": sentence_case(shot),
            "shot_cap_of": f"{sentence_case(shot)} of",
            "lens": lens,
            "a_lens": f"{article(lens)} {lens}",
            "from": angle["from"],
            "Staging": size["staging"],
            "receding": "growing smaller as the scene lets go" if setup.move in {"dolly_out", "crane_up"} else "",
            "Pull": imp if setup.move in {"dolly_out", "crane_up"} else "",
            "Imp": imp,
            "fin": phrase["fin"],
            "Fin": sentence_case(phrase["fin"]),
            "part": phrase["part"],
            "two_tag": sentence_case(f"{lens} {pair}" if turn else f"{pair} on {article(lens)} {lens}"),
            "two": f"{article(pair)} {pair}",
            "ots_tag": sentence_case(f"{lens} {over}"),
        }

    def _with_mood(self, text: str, setup: Setup, words: Mapping[str, str]) -> str:
        air = self._reading.air
        sentences = len(re.findall(r"[.!?](?=\s+[A-Z]|$)", text))
        due = air.mood and setup.kind not in {"insert", "cutaway"} and self._step % 4 == 2
        if not due or sentences > 1 or words.get("line") or len(text) > 220:
            return text
        self._toned += 1
        if air.adjective and self._toned % 2:
            keep: str = self._choices.pick(PHRASES["mood"]["adjective"], self._step)
            return f"{text} {keep.replace('{adjective}', air.adjective)}"
        return f"{text} {PHRASES['mood'][air.mood][(self._toned // 2) % 3]}"

    def _title(self, setup: Setup, words: Mapping[str, str]) -> str:
        beat = setup.beat
        if beat and beat.title and not setup.retells and setup.kind in {"action", "tracking", "two_shot", "master"}:
            return beat.title
        family = _title_family(setup, words)
        named = {**words, **_things(setup, words)}
        filled = [_filled(shape, named) for shape in PHRASES["titles"][family] if _fits(shape, named)]
        titles = [title for title in filled if len(title.split()) <= 5] or [
            f"Scene {words['number']}, {setup.kind.replace('_', ' ')}"
        ]
        turn = self._choices.number("title", setup.subject, self._step) % len(titles)
        rotated = [sentence_case(title)[:80] for title in (*titles[turn:], *titles[:turn])]
        title = next((title for title in rotated if title not in self._titles), rotated[0])
        self._titles.add(title)
        return title


def _people(setup: Setup) -> dict[str, str]:
    words: dict[str, str] = {}
    for key, person in (("who", setup.person), ("other", setup.other)):
        if person:
            words |= {
                key: person.name,
                f"{key}_cap": sentence_case(person.name),
                f"{key}_poss": _possessive(person.name),
                f"{key}_cap_poss": sentence_case(_possessive(person.name)),
            }
    if setup.person:
        words |= {"side": setup.person.side, "oside": "right" if setup.person.side == "left" else "left"}
    if setup.person and setup.other:
        pair = (setup.person, setup.other) if setup.person.side == "left" else (setup.other, setup.person)
        words |= {"left": pair[0].name, "right": pair[1].name, "left_cap": sentence_case(pair[0].name)}
    return words


def _extra(setup: Setup) -> dict[str, str]:
    """Extra facts for later floors: the kind of coverage, and who is on which side of the frame."""
    seen: list[Person] = [person for person in (setup.person,) if person and setup.kind not in {"pov", "insert"}]
    if setup.kind in {"two_shot", "ots"} and setup.other:
        seen.append(setup.other)
    extra = {"coverage": str(setup.kind)}
    if seen:
        extra["sides"] = ", ".join(f"{person.name}: {person.side}" for person in seen)
    if setup.speaks and setup.beat and setup.beat.speaker:
        extra["speaker"] = setup.beat.speaker.name
    return extra


def _families(setup: Setup, words: Mapping[str, str]) -> list[str]:
    """The families of shapes that can say this set-up, best first; the last of them always can."""
    kind, fresh = setup.kind, not setup.retells
    if words.get("line"):
        return _SPOKEN[kind]
    inner = bool(words.get("inner"))
    watching = inner and setup.beat is not None and setup.person not in setup.beat.people
    plural = setup.focus.endswith("s") and not setup.focus.endswith("ss")
    families: dict[str, list[str]] = {
        "establishing": ["establishing", "establishing_bare", "establishing_text", "establishing_empty"],
        "tracking": ["tracking"],
        "action": ["action"] if inner else ["fragment"],
        "two_shot": ["two_shot", "two_shot_bare"] if fresh else ["two_shot_bare"],
        "ots": ["ots_bare"],
        "single": ["single_bare"],
        "reaction": ["reaction", "reaction_bare"] if watching else ["reaction_bare"],
        "insert": [*(["insert_told"] if fresh else []), "insert_plural" if plural else "insert"],
        "cutaway": ["cutaway"],
        "closing": [*(["closing_person"] if setup.person else []), "closing", "closing_empty"],
        "master": [*(["master"] if fresh else []), "master_bare", "master_empty"],
        "pov": ["pov"],
    }
    return families[kind]


def _fits(shape: str, words: Mapping[str, str]) -> bool:
    return all(words.get(slot) for slot in _SLOT.findall(_OPTION.sub("", shape)))


def _filled(shape: str, words: Mapping[str, str]) -> str:
    def option(found: re.Match[str]) -> str:
        return found.group(1) if all(words.get(slot) for slot in _SLOT.findall(found.group(1))) else ""

    return _SLOT.sub(lambda found: words.get(found.group(1), ""), _OPTION.sub(option, shape))


def _finished(text: str) -> str:
    """One clean text: no doubled stops, no blank before a stop, within the limit."""
    text = re.sub(r"([!?\u2026\uff01\uff1f]['\"\u201d\u2019]?)\s*[.,](?=\s|$)", r"\1", text)
    text = re.sub(r"\s+([,.;:])(?=\s|$)", r"\1", text)
    text = re.sub(r",\s*,", ",", " ".join(text.split()))
    if len(text) > MAX_IDEA:
        text = shorten(text, MAX_IDEA).rstrip(_STOPS) + "\u2026"
    return text if text.endswith((*_STOPS, '"')) else text + "."


def _things(setup: Setup, words: Mapping[str, str]) -> dict[str, str]:
    """The thing and the place of a title: `noun` bare, `thing` of two words at least, `site` with article."""
    noun = re.sub(r"^(?:the|a|an) ", "", setup.focus)
    place = words.get("place") or f"scene {words['number']}"
    site = re.split(r",? (?:of|on|in|at|by|above|near|under|with|from) |,", place)[0]
    if len(site.split()) > 4:
        site = ""
    thing = noun if len(noun.split()) > 1 else setup.focus
    return {"noun": sentence_case(noun), "thing": sentence_case(thing), "site": site, "Site": sentence_case(site)}


def _title_family(setup: Setup, words: Mapping[str, str]) -> str:
    asks = words.get("line", "").rstrip('"').endswith("?")
    if setup.kind in {"ots", "single"} and words.get("line"):
        return f"{setup.kind}_question" if asks else setup.kind
    if setup.kind in {"ots", "single"}:
        return "single_bare"
    if setup.kind == "closing" and setup.person:
        return "closing_person"
    if setup.kind in {"action", "tracking"}:
        return "single_bare" if setup.person else "master"
    return setup.kind
