"""Screenplays that nobody tuned anything to: what the offline studio understands of them.

SCRIPTS names a folder of screenplays, which is yours: none is in the repository. Beside them may lie
`../people/NAME.json`, which says who is what: {"LAURA": {"gender": "woman", "age": "teen"}}. Shots are written and
panels read as a film's are, without drawing them. The judge has words of its own and asks none of the studio's lists.
No peer: nothing else makes a storyboard of a screenplay.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import uuid4

from benchmarks.figures import Figure, Skipped
from wzrd.animatic.provider import is_generic, write_shots
from wzrd.domain.errors import ScreenplayError
from wzrd.domain.names import voice_key
from wzrd.domain.pacing import shots_wanted
from wzrd.domain.shots import SceneBrief
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.screenplay.model import Scene, Screenplay, scene_brief
from wzrd.screenplay.parse import parse
from wzrd.storyboard.report import FilmReport, Reported, ReportedShot, report_of

MOST_SCENES = int(os.environ.get("SCENES", "60"))
"""Scenes of each script that are boarded."""
_LONG, _FEWEST_SPEECHES = 50_000, 80
"""Characters of a script in which people speak, if it is read at all."""
_PEOPLE = re.compile(
    r"\b(?:he|she|they|him|them|man|men|woman|women|boy|girl|kid|child|children|crowd|people|cops?|officers?|soldiers?|"
    r"students?|guests?|passengers?|waiter|waitress|nurse|doctor|guards?|driver|couple|family|teenagers?|dog|cat|horse)\b"
)
_QUOTED = re.compile(r"[\"\u201c][^\"\u201d]*[\"\u201d]?")
_UNSEEN = re.compile(r"\b(?:v\.?\s?o|o\.?\s?[sc]|phone|radio|tv|intercom|voice|narrator)\b", re.IGNORECASE)
_TOGETHER = re.compile(r" and |\s*[&/]\s*")
_NOISE = re.compile(r"[^\w ]+")


@dataclass(slots=True)
class Tally:
    """Good of all, and where the others are."""

    good: int = 0
    total: int = 0
    bad: list[str] = field(default_factory=list[str])

    def count(self, good: bool, where: str) -> None:
        """One more."""
        self.good += good
        self.total += 1
        if not good:
            self.bad.append(where)

    @property
    def share(self) -> float:
        """Percent that are not good; 0 of nothing."""
        return 100 * len(self.bad) / self.total if self.total else 0.0


@dataclass(slots=True)
class Judged:
    """What was counted over all scripts."""

    refused: list[str] = field(default_factory=list[str])
    empty: Tally = field(default_factory=Tally)
    same: Tally = field(default_factory=Tally)
    generic: Tally = field(default_factory=Tally)
    speakers: Tally = field(default_factory=Tally)
    people: Tally = field(default_factory=Tally)
    silent: Tally = field(default_factory=Tally)
    longest: tuple[float, str] = (0.0, "")


async def measure() -> list[Figure]:
    """Read and board every script of the folder; what is wrong is printed above the table."""
    files = _scripts(os.environ.get("SCRIPTS", ""))
    judged = Judged()
    for file in files:
        _judge_file(judged, file)
    _print_worst(judged)
    seconds, _ = judged.longest
    return [
        _share(f"refused, of {len(files)} scripts", float(len(judged.refused)), 0),
        _share(f"% of {judged.silent.total} long scripts in which hardly anybody speaks", judged.silent.share, 0),
        _share(f"% empty of {judged.empty.total} panels that name people", judged.empty.share, 5),
        _share(f"% of {judged.same.total} places staged in two ways", judged.same.share, 0),
        _share(f"% generic sets of {judged.generic.total} places", judged.generic.share, 10),
        _share(f"% of {judged.speakers.total} speakers unseen in their scene", judged.speakers.share, 5),
        _share(f"% of {judged.people.total} people's gender or age wrong", judged.people.share, 5),
        Figure("the longest picture under speech, estimated", seconds, None, "s", "<= 12 s", seconds <= 12),
    ]


def _scripts(folder: str) -> list[Path]:
    files = sorted(file for file in Path(folder).glob("*") if file.is_file()) if folder else []
    if not files:
        raise Skipped("name a folder of screenplays: SCRIPTS=folder")
    return files


def _share(claim: str, value: float, most: float) -> Figure:
    return Figure(claim, round(value, 1), None, "", f"<= {most:g}", value <= most)


def _judge_file(judged: Judged, file: Path) -> None:
    try:
        screenplay = parse(file.read_bytes(), file.name)
    except ScreenplayError as error:
        judged.refused.append(f"{file.name}: {error.message}")
        return
    elements = [element for scene in screenplay.scenes for element in scene.elements]
    if sum(len(element.text) for element in elements) >= _LONG:
        spoken = sum(element.kind == "dialogue" for element in elements)
        judged.silent.count(spoken >= _FEWEST_SPEECHES, f"{file.name}: {spoken} speeches")
    reported = Reported(boarded(screenplay))
    for one in reported.shots:
        _judge_panel(judged, file.stem, one)
    _judge_places(judged, file.stem, screenplay, reported)
    _judge_speakers(judged, file.stem, reported)
    report = report_of(reported)
    judged.longest = max(judged.longest, (report.seconds, f"{file.stem} {report.longest}"))
    truth = file.parent.parent / "people" / f"{file.stem}.json"
    if truth.exists():
        _judge_people(judged, file.stem, json.loads(truth.read_text()), report)


def boarded(screenplay: Screenplay) -> Storyboard:
    """The screenplay's first scenes with the offline writer's shots, as a film has them."""
    scenes = [_scene(scene, screenplay) for scene in screenplay.scenes[:MOST_SCENES]]
    return Storyboard(uuid4(), uuid4(), screenplay.title, None, tuple(scenes))


def _scene(scene: Scene, screenplay: Screenplay) -> StoryboardScene:
    brief = scene_brief(scene, tone=screenplay.tone, genre=screenplay.genre, style=screenplay.style)
    scene_id = uuid4()
    ideas = write_shots(brief, shots_wanted(len(brief.script)), seed=scene.number)
    shots = [
        StoryboardShot(
            uuid4(),
            scene_id,
            number,
            prompt_idea=idea.idea,
            dialogue=idea.dialogue,
            packet={"shot": asdict(idea)},
        )
        for number, idea in enumerate(ideas, 1)
    ]
    return StoryboardScene(scene_id, scene.number, brief, tuple(shots))


def _judge_panel(judged: Judged, script: str, one: ReportedShot) -> None:
    text = _QUOTED.sub(" ", one.shot.prompt_idea)
    names = _names(one.scene.brief)
    named = any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in names)
    if named or _PEOPLE.search(text.casefold()):
        judged.empty.count(not one.is_empty, f"{script} {one.where}: {text[:90]}")


def _names(brief: SceneBrief) -> set[str]:
    return {line.character.split("(")[0].strip() for line in brief.dialogue if not _UNSEEN.search(line.extension)}


def _judge_places(judged: Judged, script: str, screenplay: Screenplay, reported: Reported) -> None:
    """A place is what a heading calls it, without its time; one kind of set and one accent each."""
    sets: dict[str, set[tuple[str, object]]] = {}
    for one in reported.shots:
        scene = screenplay.scenes[one.scene.number - 1] if one.scene.number else None
        if scene and scene.place and one.panel:
            name = f"{scene.int_ext} {_NOISE.sub(' ', scene.place).casefold()}"
            sets.setdefault(" ".join(name.split()), set()).add((one.panel.stage.kind, one.panel.palette.accent))
    for name, ways in sets.items():
        judged.same.count(len(ways) == 1, f"{script} {name}: {sorted({kind for kind, _ in ways})}")
        judged.generic.count(not any(is_generic(kind) for kind, _ in ways), f"{script} {name}")


def _judge_speakers(judged: Judged, script: str, reported: Reported) -> None:
    for scene in reported.storyboard.scenes:
        seen = {voice_key(name) for one in reported.shots if one.scene.scene_id == scene.scene_id for name in one.seen}
        for name in dict.fromkeys(
            voice_key(line.character)
            for line in scene.brief.dialogue
            if not _UNSEEN.search(f"{line.extension} {line.parenthetical or ''} {line.character}")
        ):
            together = _TOGETHER.split(name)  # EDWARD AND WILL are seen when both are
            judged.speakers.count(name in seen or seen.issuperset(together), f"{script} scene {scene.number}: {name}")


def _judge_people(judged: Judged, script: str, truth: Mapping[str, Mapping[str, str]], report: FilmReport) -> None:
    told = {voice_key(person.name): person for person in report.people}
    for name, facts in truth.items():
        person = told.get(voice_key(name))
        if person is None:
            continue
        words = set(person.look.replace(",", " ").split())
        for what in ("gender", "age"):
            if expected := facts.get(what):
                judged.people.count(expected in words, f"{script} {name}: {expected}, drawn as {person.look}")


def _print_worst(judged: Judged) -> None:
    for name, worst in _worst(judged):
        print(f"-- {name}")
        for one in worst:
            print(f"   {one}")


def _worst(judged: Judged, most: int = int(os.environ.get("WORST", "8"))) -> Iterator[tuple[str, Sequence[str]]]:
    yield "refused", judged.refused
    yield "silent", judged.silent.bad[:most]
    yield "empty", judged.empty.bad[:most]
    yield "two ways", judged.same.bad[:most]
    yield "generic", judged.generic.bad[:most]
    yield "unseen", judged.speakers.bad[:most]
    yield "people", judged.people.bad[:most]
    yield "longest", [judged.longest[1]]
