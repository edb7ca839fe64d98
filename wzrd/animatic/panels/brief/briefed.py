"""Who is in a panel and what they do, taken from the shot's brief: no prose is read."""

from collections.abc import Mapping

from wzrd.animatic.panels.brief import acting, word_lists
from wzrd.animatic.panels.brief.presence import Seen
from wzrd.domain.shots import ShotBrief
from wzrd.language.scene_people import Person

_POSES: Mapping[str, str] = {
    act: pose
    for pose, acts in {
        "sit": "sit ride drive",
        "lie": "lie sleep wake die",
        "kneel": "kneel kneel_beside dig",
        "lean": "lean dodge bend_over",
        "walk": "walk enter leave",
        "run": "run",
        "climb": "climb",
        "crawl": "crawl swim",
        "fall": "fall",
        "dance": "dance",
        "point": "point",
        "wave": "wave",
        "embrace": "hug kiss",
        "reach": "hold_hands touch push take catch put_down open close use search",
        "punch": "strike fight",
        "aim": "aim shoot",
        "strike": "stab break throw cut",
        "give": "hand_over show",
        "hold": "hold photograph play",
        "carry": "carry drag",
        "arms_up": "lift jump scream",
        "look_down": "write read cook type",
        "drink": "drink eat smoke",
        "phone": "phone",
        "weep": "weep",
        "fold": "tremble hide",
    }.items()
    for act in acts.split()
}
"""Act → pose. Whatever is not here is done standing."""
_TOOLS: Mapping[str, str] = {
    "aim": "gun", "shoot": "gun", "stab": "knife", "cut": "knife", "write": "pen", "read": "paper",
    "smoke": "cigarette", "drink": "glass", "eat": "food", "phone": "phone",
    "photograph": "camera", "cook": "pan", "type": "laptop",
    "dig": "shovel",
}  # fmt: skip
"""The thing that an act needs, where the beat names none."""
_FEELINGS: Mapping[str, str] = {"laugh": "joy", "weep": "grief", "scream": "fear", "tremble": "fear"}


def cast_by(brief: ShotBrief, derived: Seen) -> Seen:
    """Whoever the brief names, each on their side; behind them the crowd that the words ask for."""
    people = tuple(Person(one.name, one.side) for one in brief.subjects)
    over = Person(brief.over.name, brief.over.side) if brief.over else None
    named = {person.name.casefold() for person in people}
    crowd = tuple(one for one in derived.crowd if one.name.casefold() not in named)
    return Seen(people, over, crowd)


def acts_by(brief: ShotBrief) -> dict[str, acting.Act]:
    """Pose, feeling and held thing of each subject, by name."""
    found: dict[str, acting.Act] = {}
    for one in brief.subjects:
        held = acting.thing_of(one.holds) if one.holds else _TOOLS.get(one.act, "")
        thing = held if held in word_lists.HELD else ""
        found[one.name] = acting.Act(_POSES.get(one.act, "stand"), one.feeling or _FEELINGS.get(one.act, ""), thing)
    return found
