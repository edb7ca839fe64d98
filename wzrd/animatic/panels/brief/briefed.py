"""Who is in a panel and what they do, taken from the shot's brief: no prose is read."""

from collections.abc import Mapping

from wzrd.animatic.panels.brief import acting, word_lists
from wzrd.animatic.panels.brief.presence import Seen
from wzrd.animatic.panels.brief.values import NOTHING, Held
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
        things = [_held(name) for name in one.holds[:2]] or [Held(_TOOLS.get(one.act, ""))]
        found[one.name] = acting.Act(
            pose=_POSES.get(one.act, "stand"),
            feeling=one.feeling or _FEELINGS.get(one.act, ""),
            thing=things[0].thing,
            label=things[0].label,
            second=things[1] if len(things) > 1 else NOTHING,
        )
    return found


def _held(name: str) -> Held:
    """A thing in a hand: as the pencil knows it, else a covered shape with its name on a tag."""
    thing = acting.thing_of(name)
    return Held(thing) if thing in word_lists.HELD else Held("object", name)
