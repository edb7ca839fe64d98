"""Values that a panel shows: everything that is drawn and nothing else, so that equal briefs are equal pictures.

World: metres, x to the right, y up, z away from the master camera; the people stand around the origin. Angles: degrees.
"""

from dataclasses import dataclass

Colour = tuple[int, int, int]
"""Red, green, blue; 0 to 255."""
Spot = tuple[float, float, float]
"""A point of the world."""


ROOFED = frozenset({
    "room", "hall", "car", "stage", "cave", "attic", "tunnel", "tent", "cockpit", "booth", "card",
})  # fmt: skip
"""The shells of sets that are inside."""
SEATED = frozenset({"car", "cockpit"})
"""The shells that people sit in, seen from before them."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of a set. `turn` is where it faces: 0 to the master camera, 90 to the right; 0 sizes are the usual."""

    name: str
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    turn: float = 0.0
    width: float = 0.0
    height: float = 0.0
    depth: float = 0.0
    kind: str = ""
    on_wall: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A set: the shell around it and the parts in it. `width`, `depth`, `height` are the room's, or the street's."""

    kind: str
    shell: str
    width: float
    depth: float
    height: float
    floor: str = ""
    wall: str = ""
    far: str = ""
    place: str = ""  # what tells this place from the film's others; it has its colours by it
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Palette:
    """Five washes from dark to light, two accents, the colour of lamps, the two ends of the sky, and skin in light."""

    ramp: tuple[Colour, Colour, Colour, Colour, Colour]
    accent: Colour
    second: Colour
    lamp: Colour
    sky: tuple[Colour, Colour]
    skin: Colour
    paper: Colour


@dataclass(frozen=True, slots=True)
class Air:
    """Time of day, weather and lights. `key` is the side the light comes from, -1 left or 1 right."""

    time: str
    inside: bool
    weather: tuple[str, ...] = ()
    lights: tuple[str, ...] = ()
    key: int = -1


@dataclass(frozen=True, slots=True)
class Look:
    """Looks of somebody in every panel; `shape` is person, child, robot or animal.

    `gender` and `age` are what the film's register knows; empty where it does not.
    """

    shape: str
    gender: str  # man, woman
    age: str  # child, teen, young, adult, old
    hair: str
    hat: str
    beard: bool
    glasses: bool
    skin: float  # 0 dark … 1 light
    hair_tone: float
    coat: Colour
    garment: str  # coat, sweater, scarf, cardigan, dress, blouse; bare for none
    coat_length: float  # 0 jacket … 1 long coat
    skirt: float  # 0 none … 1 to the ankle
    height: float  # metres
    girth: float  # 1 is usual
    animal: str = ""  # which one, of those that are
    accent: Colour = (150, 60, 50)  # of tie, scarf and hatband
    lower: Colour | None = None  # of trousers or skirt; None goes with the coat
    shorts: bool = False
    barefoot: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A thing in a hand; `label` is its name, where nobody knows how to draw it. Empty: nothing."""

    thing: str = ""
    label: str = ""


NOTHING = Held()


@dataclass(frozen=True, slots=True)
class Figure:
    """Somebody in the picture: where they stand, where they face (90 is right), what they do and feel."""

    name: str
    look: Look
    x: float
    z: float
    facing: float
    pose: str = "stand"
    feeling: str = ""
    speaks: bool = False
    thing: str = ""  # what is in their hands
    label: str = ""  # and its name, where nobody knows how to draw it
    second: Held = NOTHING  # what is in the other hand
    hands: tuple[Spot | None, Spot | None] = (None, None)  # what the left and the right hand touch
    stoop: float = 0.0  # metres that the head is bent down to somebody smaller; below 0, raised on the toes
    thing_at: Spot | None = None  # where the thing is, if two hold it
    thing_half: float = 0.0  # and half its size in metres, if not the usual one


@dataclass(frozen=True, slots=True)
class SlateText:
    """The words of the strip under the picture, plain text of any language."""

    scene: str
    shot: str
    size: str
    lens: str
    move: str
    move_name: str
    heading: str
    speaker: str


@dataclass(frozen=True, slots=True)
class PanelBrief:
    """One panel. `over` is who is seen from behind in an over-the-shoulder shot; `thing` what an insert is of.

    `crowd` stands behind the figures, drawn in few strokes; `beside` are things of the shot that nobody holds.
    """

    size: str
    angle: str
    lens_mm: int
    azimuth: float  # of the camera around its subject: 0 the master's side, 45 from the right
    stage: Stage
    palette: Palette
    air: Air
    figures: tuple[Figure, ...]
    over: Figure | None
    thing: str
    label: str  # the thing's own name, where nobody knows how to draw it
    slate: SlateText
    seed: int
    crowd: tuple[Figure, ...] = ()
    beside: tuple[Held, ...] = ()
    near: tuple[Part, ...] = ()  # what people sit on, lie in, push: as sharp as they are
    titles: tuple[str, ...] = ()  # words over the picture

    @property
    def labels(self) -> tuple[str, ...]:
        """Things in it that nobody knows how to draw, as the words name them, each once."""
        held = (label for one in self.figures for label in (one.label, one.second.label))
        return tuple(dict.fromkeys(filter(None, (self.label, *held, *(one.label for one in self.beside)))))
