"""Checks of a model's readings, on answers in files: good ones must stand, faults must not pass."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.beats.labels import LabelledScript, breakdown_of, faulty_answers, scene_answers
from benchmarks.figures import Measure
from wzrd.contracts.breakdown import Breakdown, SceneReading
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.pages import scene_page
from wzrd.language.breakdown.answers import better_of, check_answer
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.breakdown.checks import check_breakdown
from wzrd.language.breakdown.readings import join_readings
from wzrd.screenplay.model import briefs_of
from wzrd.screenplay.parse import parse


@dataclass(frozen=True, slots=True)
class ReaderScore:
    """Answers of one script: beats told, those that stand, questions, what is in the film that is not in its text."""

    told: int
    stand: int
    asked: int
    scenes: int
    wrong: int
    film: Breakdown


def measure_reader(scripts: Sequence[LabelledScript]) -> list[Measure]:
    """Print a line a script, and sum up."""
    print(f"\nread by a model, on answers in files\n{'script':<24}{'beats':>7}{'stand':>7}{'asked':>12}{'wrong':>7}")
    found: dict[bool, list[ReaderScore]] = {False: [], True: []}
    for script in scripts:
        if (read := breakdown_of(script)) is not None:
            found[False].append(score_answers(script, [[text] for text in scene_answers(read)]))
            print(_line(script.name, found[False][-1]))
        if (faulty := faulty_answers(script)) is not None:
            found[True].append(score_answers(script, faulty))
            print(_line(f"{script.name}, faults", found[True][-1]))
    stand, told = (sum(getattr(one, name) for one in found[False]) for name in ("stand", "told"))
    wrong = sum(one.wrong for some in found.values() for one in some)
    share = 100 * stand / told
    return [
        Measure("beats of a model's answers that stand", share, None, "%", ">= 95 %", share >= 95),
        Measure("faults that pass the reader's checks", wrong, None, "", "0", wrong == 0),
    ]


def _line(name: str, score: ReaderScore) -> str:
    asked = f"{score.asked} of {score.scenes}"
    return f"{name:<24}{score.told:>7}{score.stand:>7}{asked:>12}{score.wrong:>7}"


def score_answers(script: LabelledScript, answers: Sequence[Sequence[str]]) -> ReaderScore:
    """The script's film as a model's answers make it; each scene is asked as the reader asks it."""
    briefs = briefs_of(parse(script.path.read_bytes(), script.path.name))
    read, readings = read_breakdown(briefs), list[SceneReading | None]()
    told = stand = asked = 0
    whole = len(answers) == 1 < len(briefs)
    for tries, brief in zip(_parted(answers[0][0], briefs) if whole else answers, briefs, strict=True):
        film = join_readings(read, [*readings, *[None] * (len(briefs) - len(readings))], briefs)
        rules = film.scenes[len(readings)]
        best = check_answer(tries[0], brief, film, rules)
        asked += 1
        if best.wrong and len(tries) > 1:
            best, asked = better_of(best, check_answer(tries[1], brief, film, rules)), asked + 1
        told += tries[-1].count('"span"')
        stand += best.beats
        readings.append(best.reading)
    film = check_breakdown(join_readings(read, readings, briefs), briefs)
    return ReaderScore(told, stand, asked, len(briefs), _wrong(film, briefs), film)


def _parted(answer: str, briefs: Sequence[SceneBrief]) -> list[list[str]]:
    """An answer to a script that was one scene when it was asked: each scene of today has the beats of its words."""
    told = json.loads(answer)
    pages = [scene_page(brief) for brief in briefs]
    counts = [sum(isinstance(part, Line) for _, part in page.parts) for page in pages]
    beats: list[list[Any]] = [[] for _ in pages]
    at = 0
    for beat in told["scene"]["beats"]:
        at = next((later for later in range(at, len(pages)) if beat["span"] in pages[later].text), at)
        beats[at].append(beat | {"lines": [line - sum(counts[:at]) for line in beat.get("lines") or ()]})
    scenes = ({"number": number, "beats": part} for number, part in enumerate(beats, 1))
    return [[json.dumps(told | {"scene": told["scene"] | scene})] for scene in scenes]


def _wrong(film: Breakdown, briefs: Sequence[SceneBrief]) -> int:
    """Faults in a film, counted by the text alone: lines lost, said twice or by nobody, lengths beyond sense.

    Spans, ids and numbers are the file's own checks', which raise.
    """
    wrong = 0
    for scene, brief in zip(film.scenes, briefs, strict=True):
        count = sum(isinstance(part, Line) and bool(part.text.strip()) for _, part in scene_page(brief).parts)
        said = [line for beat in scene.beats for line in beat.lines]
        wrong += len(said) != len(set(said)) or len(set(said)) != count
        wrong += sum(bool(beat.lines) and not beat.who for beat in scene.beats)
        wrong += sum(not 0.3 <= beat.seconds <= 60 for beat in scene.beats)
    return wrong
