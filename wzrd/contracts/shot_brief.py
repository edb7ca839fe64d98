"""GET /functions/v1/shots/{id}/brief: what one shot shows, as data."""

from uuid import UUID

from wzrd.contracts.wire import WireModel


class SubjectView(WireModel):
    """Somebody in a shot: what they do (`Act` of the breakdown) and feel, what they hold, their side of the frame.

    `gender` and `age` are those of the breakdown's `Character`; empty where it does not say.
    """

    name: str
    side: str
    act: str
    feeling: str
    holds: tuple[str, ...]
    speaks: bool
    gender: str
    age: str


class ShotBriefAnswer(WireModel):
    """The brief of a shot. `derived`: the shot was not written from beats, and this is read from its words.

    `beats` and `lines` count in the scene of the breakdown, from 0; `over`: who is seen from behind; `focus`: the thing
    that it is of; `contact`: the first two subjects touch; `seconds`: by what happens, 0 where nothing is told;
    `titles`: words that stand on the screen.
    """

    shot_id: UUID
    scene_id: UUID
    derived: bool
    kind: str
    beats: tuple[int, ...]
    subjects: tuple[SubjectView, ...]
    over: SubjectView | None
    focus: str
    props: tuple[str, ...]
    contact: bool
    lines: tuple[int, ...]
    seconds: float
    titles: tuple[str, ...] = ()
    size: str
    angle: str
    lens_mm: int
    move: str
    place: str
    time: str
    weather: str
