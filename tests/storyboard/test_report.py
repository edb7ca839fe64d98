"""Report of a film to a person, over storyboards as the offline writer leaves them."""

from dataclasses import asdict
from uuid import uuid4

import orjson

from wzrd.animatic.provider import write_shots
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.screenplay.model import scene_brief
from wzrd.screenplay.parse import parse
from wzrd.storyboard.report import FilmReport, report_film

SCRIPT = """Title: The Ferry

INT. FERRY CABIN - NIGHT

NADIA, 60, counts coins. OLEG sits down.

NADIA
We are short.

OLEG
We are always short, and you know very well why that is.

INT. XQVZ - NIGHT

OLEG
\u96e8\u3060\u3002

INT. FERRY CABIN - DAY

Empty.
"""


def storyboard_of(script: str) -> Storyboard:
    """The script with the offline writer's shots."""
    screenplay = parse(script.encode(), "a.fountain")
    scenes: list[StoryboardScene] = []
    for scene in screenplay.scenes:
        brief, scene_id = scene_brief(scene), uuid4()
        ideas = write_shots(brief, 4)
        shots = [
            StoryboardShot(
                uuid4(), scene_id, at, prompt_idea=one.idea, dialogue=one.dialogue, packet={"shot": asdict(one)}
            )
            for at, one in enumerate(ideas, 1)
        ]
        scenes.append(StoryboardScene(scene_id, scene.number, brief, tuple(shots)))
    return Storyboard(uuid4(), uuid4(), screenplay.title, None, tuple(scenes))


def report_of(script: str, *, drawn: bool = True) -> FilmReport:
    """The report on the script's film."""
    return report_film(storyboard_of(script), drawn=drawn)


def test_people_are_told_with_what_they_do() -> None:
    """Everybody once, with their lines, a voice and the panels they are in."""
    people = {person.name.casefold(): person for person in report_of(SCRIPT).people}
    assert people["nadia"].lines == 1
    assert people["oleg"].lines == 2
    assert people["nadia"].pitch > 0
    assert people["nadia"].panels > 0
    crowd = report_of("INT. HALL - DAY\n\nA crowd waits. Women in red sing.\n\nNADIA\nHello.").people
    names = [person.name for person in crowd]
    assert len(names) == len(set(names)) <= 4, names
    assert not any(" 2" in name or "second" in name for name in names)


def test_a_place_is_told_once_with_its_scenes() -> None:
    """The ferry's cabin is one place of two scenes; what nobody knows is a plain set, and said to be."""
    places = {place.name.casefold(): place for place in report_of(SCRIPT).places}
    cabin = next(place for name, place in places.items() if "ferry cabin" in name)
    unknown = next(place for name, place in places.items() if "xqvz" in name)
    assert cabin.scenes == (1, 3)
    assert cabin.understood
    assert not unknown.understood


def test_what_cannot_be_said_is_named_by_scene_and_shot() -> None:
    """A line in Japanese is silent, and told with its place."""
    (line,) = report_of(SCRIPT).unsayable
    assert line.where.startswith("scene 2, shot ")
    assert "\u96e8" in line.what


def test_pictures_that_were_not_drawn_here_are_not_judged() -> None:
    """With a paid model nobody knows what a picture shows: no set, no empty panel, but lines all the same."""
    report = report_of(SCRIPT, drawn=False)
    assert report.empty == ()
    assert all(place.understood and not place.set for place in report.places)
    assert sum(person.lines for person in report.people) == 3
    assert {person.name.casefold(): person.panels > 0 for person in report.people} == {"nadia": True, "oleg": True}
    assert all(not person.pitch for person in report_film(storyboard_of(SCRIPT), scratch=False).people)


def test_a_report_is_json() -> None:
    """As it stands in the file."""
    report = report_of(SCRIPT)
    assert orjson.loads(orjson.dumps(report.to_json()))["title"] == "The Ferry"
    assert report.shots == 12
