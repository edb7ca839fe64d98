"""The picture of a panel in its order: set, haze, people or thing, light, weather before the lens."""

from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFilter

from wzrd.animatic.panels import air, furniture, grounds, nature, roadside, skies, streets, waters, windows
from wzrd.animatic.panels.bodies import draw_figure, draw_reach
from wzrd.animatic.panels.brief.values import Colour, Figure, PanelBrief, Part
from wzrd.animatic.panels.canvas import Canvas, ellipse, mix, spline, wash
from wzrd.animatic.panels.cards import card, card_frame, draw_titles
from wzrd.animatic.panels.enclosures import attic, booth, cliff, deep, street_front, tent_inside, tunnel
from wzrd.animatic.panels.held import RIGHT
from wzrd.animatic.panels.kit import KIT
from wzrd.animatic.panels.poses import LYING, spot_of
from wzrd.animatic.panels.shells import hall, room, theatre
from wzrd.animatic.panels.shoulders import draw_shoulder
from wzrd.animatic.panels.things import THINGS, draw_thing
from wzrd.animatic.panels.vehicles import car_inside, cockpit, controls, dashboard
from wzrd.animatic.panels.view import Draw, View
from wzrd.animatic.panels.viewpoint import Camera, camera_of
from wzrd.domain.film import Frame
from wzrd.media.fonts import fitted, load, printable

PARTS: dict[str, Draw] = {
    **furniture.FURNITURE, **windows.WINDOWS, **nature.NATURE, **roadside.ROADSIDE, **KIT,
}  # fmt: skip
SHELLS: dict[str, Callable[[View], None]] = {
    "room": room, "hall": hall, "stage": theatre, "car": car_inside, "open": grounds.open_ground, "shore": waters.shore,
    "sea": waters.sea, "quay": waters.quay, "river": waters.river, "street": streets.street, "roof": streets.roof,
    "platform": streets.platform, "bridge": streets.bridge, "road": streets.road, "cave": streets.cave,
    "space": skies.space, "sky": skies.heaven, "attic": attic, "tunnel": tunnel, "booth": booth, "tent": tent_inside,
    "card": card, "street_front": street_front, "cliff": cliff, "deep": deep, "cockpit": cockpit,
}  # fmt: skip
_FRONTS: dict[str, Callable[[View], None]] = {"car": dashboard, "cockpit": controls}  # what is before the people
_FLAT = frozenset({"letter", "paper", "ticket", "photo", "key", "knife", "gun", "phone", "book", "watch", "money"})
_WHOLE = frozenset({"handle", "window", "eye"})  # things that an insert sees nothing beside
_WIDE = frozenset({"extreme_wide", "wide", "full"})
_SPOTS, _BESIDE = (0.13, 0.87, 0.3, 0.7), 0.1
"""Places of things in the foreground, in widths of the picture, and half their size, in heights."""
# How a set gets softer the closer the shot: drawn so large, made so many times smaller, blurred, brought back.
_SHARP = (2, 2, 0.0)
_SOFTNESS = {
    "medium": (2, 4, 0.5), "medium_close_up": (1, 3, 1.2), "close_up": (1, 4, 1.5), "extreme_close_up": (1, 6, 1.7),
    "insert": (1, 4, 1.6),
}  # fmt: skip


def draw_picture(brief: PanelBrief, frame: Frame) -> Image.Image:
    """The picture area of a panel."""
    camera = camera_of(brief, frame)
    alone = not brief.figures and not brief.thing
    softness = _SHARP if alone else _SOFTNESS.get(brief.size, _SHARP)
    picture, view = _set(brief, camera, frame, *softness)
    picture = air.weathered(view, air.glowing(view, picture), front=False)
    if brief.thing:
        picture = _thing(brief, view, picture)
    elif brief.figures and softness is not _SHARP and brief.stage.kind != "title":
        picture = _people(brief, view, picture)
    if brief.beside:
        _beside(brief, view, picture)
    if brief.stage.shell == "card":
        card_frame(view, picture)
    else:
        picture = air.lit(view, picture)
        air.cast_light(view, picture)
        _tagged(view, picture)
        picture = picture if brief.thing in _WHOLE else air.weathered(view, picture, front=True)
    draw_titles(picture, brief.titles)
    return picture


def draw_part(view: View, part: Part) -> None:
    """A part of a set, as its kind is drawn where that has a drawing of its own."""
    PARTS.get(f"{part.name}.{part.kind}", PARTS[part.name])(view, part)


def _set(
    brief: PanelBrief, camera: Camera, frame: Frame, scale: int, smaller: int, blur: float
) -> tuple[Image.Image, View]:
    """The set in the picture's size, sharp or soft; a sharp one holds its people between its parts."""
    image = Image.new("RGB", (frame.width * scale, frame.height * scale), wash(brief.palette, 0.5))
    canvas = Canvas(image, scale, roll=camera.roll, middle=(frame.width / 2, frame.height / 2))
    view = View(canvas, camera, brief, frame, inked=scale > 1)
    SHELLS[brief.stage.shell](view)
    air.draw_orb(view)
    sharp = scale == smaller
    figures = brief.figures if sharp and brief.stage.kind != "title" else ()
    for item in _in_depth(view, [*brief.crowd, *figures]):
        if isinstance(item, Figure):
            draw_figure(view, canvas, item)
        else:
            draw_part(view, item)
    for figure in figures:
        draw_reach(view, canvas, figure)
    if brief.stage.shell in _FRONTS and sharp:
        _FRONTS[brief.stage.shell](view)
    image = image.reduce(smaller)
    if sharp:
        return image, view
    image = image.filter(ImageFilter.GaussianBlur(blur))
    return image.resize((frame.width, frame.height), Image.Resampling.BICUBIC), view


def _in_depth(view: View, people: list[Figure]) -> list[Part | Figure]:
    """Parts and people from far to near; what hangs on walls comes first, what would hide the subject is left out."""
    walls: list[tuple[float, Part | Figure]] = []
    rest: list[tuple[float, Part | Figure]] = []
    subject = min((_ahead(view, figure.x, figure.z) for figure in view.brief.figures), default=view.camera.distance)
    for part in view.brief.stage.parts:
        if part.name not in PARTS or (part.on_wall and not view.faces_camera(part)):
            continue
        depth = _ahead(view, part.x, part.z)
        if depth < 0.2 or _in_the_way(view, part, depth, subject):
            continue
        (walls if part.on_wall else rest).append((depth, part))
    rest += _near(view, people)
    order = sorted(walls, key=lambda item: -item[0]) + sorted(rest, key=lambda item: -item[0])
    return [item for _, item in order]


def _near(view: View, people: Sequence[Figure]) -> list[tuple[float, Part | Figure]]:
    """People, and what they sit on or push, with their distance from the camera."""
    placed: list[Part | Figure] = [*people, *(view.brief.near if set(view.brief.figures) & set(people) else ())]
    return [(_ahead(view, one.x, one.z) - (0.03 if isinstance(one, Figure) else 0.0), one) for one in placed]


def _ahead(view: View, x: float, z: float) -> float:
    return view.camera.seen((x, 0.8, z))[2]


def _in_the_way(view: View, part: Part, depth: float, subject: float) -> bool:
    if part.name in {"guy_wires", "path", "moons", "girder", "hill_lamp", "rug", "crate_seat"}:
        return False
    if view.brief.size not in _WIDE:
        return depth < subject - 0.1 and bool(view.brief.figures)
    x, _, scale = view.camera.picture((part.x, part.y + 0.8, part.z))
    if depth >= subject or not scale:
        return False
    across = abs(x / view.frame.width - 0.5)
    return depth < subject * 0.45 or (
        across < 0.24 and depth < subject - 0.4 and part.name not in {"rail", "pew", "stool", "chair"}
    )


def _people(brief: PanelBrief, view: View, picture: Image.Image) -> Image.Image:
    """The people of a close shot, sharp before the soft set: drawn at twice the size over a copy of it."""
    box = _room_of(brief, view)
    size = ((box[2] - box[0]) * 2, (box[3] - box[1]) * 2)
    large = picture.resize(size, Image.Resampling.NEAREST, box=box)
    middle = (view.frame.width / 2, view.frame.height / 2)
    canvas = Canvas(large, 2, origin=(box[0], box[1]), roll=view.camera.roll, middle=middle)
    sharp = View(canvas, view.camera, brief, view.frame)
    for _, item in sorted(_near(view, brief.figures), key=lambda one: -one[0]):
        if isinstance(item, Figure):
            draw_figure(view, canvas, item)
        else:
            draw_part(sharp, item)
    for figure in brief.figures:
        draw_reach(view, canvas, figure)
    if brief.over is not None:
        draw_shoulder(view, canvas, brief.over, 1 if brief.figures[0].facing > 0 else -1)
    picture.paste(large.reduce(2), (box[0], box[1]))
    return picture


def _room_of(brief: PanelBrief, view: View) -> tuple[int, int, int, int]:
    """The part of the picture that the people need: all of it where a camera leans or a shoulder is near."""
    width, height = view.frame.width, view.frame.height
    if brief.over is not None or view.camera.roll or brief.near or any(one.pose in LYING for one in brief.figures):
        return 0, 0, width, height
    left, top, right = float(width), float(height), 0.0
    for figure in brief.figures:
        x, y, scale = view.camera.picture((figure.x, figure.look.height, figure.z))
        left, right = min(left, x - 0.85 * scale), max(right, x + 0.85 * scale)
        top = min(top, y - 0.5 * scale)
    box = (max(0, int(left)), max(0, int(top)), min(width, int(right) + 1), height)
    return box if box[2] > box[0] and box[3] > box[1] else (0, 0, width, height)


def _thing(brief: PanelBrief, view: View, picture: Image.Image) -> Image.Image:
    """An insert: the thing large on a table, or on the wall or the ground it belongs to."""
    large = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.NEAREST)
    canvas = Canvas(large, 2)
    width, height = view.frame.width, view.frame.height
    size = min(width, height) * 0.37
    middle = (width * (0.5 - 0.04 * view.key), height * 0.50)
    known = brief.thing in THINGS
    if brief.thing in _WHOLE:
        size = min(height * 0.52, width * 0.34)
        tone = _behind(view, brief.thing)
        canvas.fill([(-60, -60), (width + 60, -60), (width + 60, height + 60), (-60, height + 60)], tone)
    if brief.thing not in {"handle", "window", "eye", "car", "boat", "tree", "sign", "hand", "clock", "mic"}:
        _table(view, canvas, middle, size)
    draw_thing(canvas, brief.thing if known else "object", middle, size, view)
    picture = large.reduce(2)
    if brief.label:
        _tag(view, picture, brief.label, (width * 0.5, height * 0.82), height * 0.055)
    return picture


def _beside(brief: PanelBrief, view: View, picture: Image.Image) -> None:
    """The things that nobody holds, in the foreground, where fewest people stand."""
    width, height = view.frame.width, view.frame.height
    taken = [view.camera.picture((one.x, 0.8, one.z))[0] / width for one in brief.figures] or [0.5]
    spots = sorted(_SPOTS, key=lambda spot: -min(abs(spot - one) for one in taken))
    size = height * _BESIDE
    for one, spot in zip(brief.beside, spots, strict=False):
        box = (int(width * spot - 2 * size), int(height - 3.2 * size), int(width * spot + 2 * size), height)
        box = (max(0, box[0]), box[1], min(width, box[2]), height)
        large = picture.resize(((box[2] - box[0]) * 2, (box[3] - box[1]) * 2), Image.Resampling.NEAREST, box=box)
        canvas = Canvas(large, 2, origin=(box[0], box[1]))
        middle = (width * spot, height - 1.5 * size)
        ground = spline(ellipse(middle[0], middle[1] + size * 0.92, size * 1.2, size * 0.24)[::3])
        canvas.fill(ground, mix(wash(view.palette, 0.5), view.palette.ramp[0], 0.4))
        draw_thing(canvas, one.thing if one.thing in THINGS else "object", middle, size, view)
        picture.paste(large.reduce(2), (box[0], box[1]))
        if one.label:
            _tag(view, picture, one.label, (width * spot, height - 0.32 * size), height * 0.03)


def _tagged(view: View, picture: Image.Image) -> None:
    """The names of held things that nobody knows how to draw, each on a small tag below the hands."""
    for figure in view.brief.figures:
        names = [name for name in (figure.label, figure.second.label) if name]
        hand = spot_of(figure, "hand2" if figure.pose in RIGHT else "hand")
        x, y, scale = view.camera.picture(figure.thing_at or (hand[0], hand[1] - 0.14, hand[2]))
        for at, name in enumerate(names if scale else ()):
            height = view.frame.height
            where = (
                min(max(x, height * 0.2), view.frame.width - height * 0.2),
                min(y, height * 0.86) + at * height * 0.065,
            )
            _tag(view, picture, name, where, height * 0.032)


def _behind(view: View, thing: str) -> Colour:
    """Colour that fills the picture around a thing that is seen in place: the door's wood, skin, the wall."""
    if thing == "handle":
        return mix((138, 94, 58), wash(view.palette, 0.4), 0.2)
    if thing == "eye":
        return mix(view.palette.skin, wash(view.palette, 0.6), 0.15)
    return wash(view.palette, 0.52)


def _table(view: View, canvas: Canvas, middle: tuple[float, float], size: float) -> None:
    """The surface under a thing, its edge askew, with the thing's shadow away from the light."""
    width, height = view.frame.width, view.frame.height
    edge = height * 0.46
    outdoors = not view.brief.air.inside
    tone = mix(wash(view.palette, 0.55 if not outdoors else 0.66), (150, 104, 64), 0.0 if outdoors else 0.22)
    edges = [(-40, edge + 30), (width * 0.3, edge - 6), (width + 40, edge + 22)]
    canvas.fill([*edges, (width + 40, height + 60), (-40, height + 60)], tone, view.palette.ramp[0], 2.2)
    grain = mix(tone, view.palette.ramp[1], 0.35)
    for step in range(6):
        y = edge + 34 + step * step * height * 0.018 + step * height * 0.03
        canvas.stroke([(-30, y + 24), (width * 0.4, y), (width + 30, y + 16)], grain, 2.5, 0.6, 0.6)
    shadow = ellipse(middle[0] - view.key * size * 0.45, middle[1] + size * 0.86, size * 1.3, size * 0.26)
    if view.brief.thing in _FLAT:
        shadow = ellipse(middle[0] - view.key * size * 0.14, middle[1] + size * 0.16, size * 1.04, size * 0.66)
    canvas.fill(spline(shadow[::3]), mix(tone, view.palette.ramp[0], 0.5))


def _tag(view: View, picture: Image.Image, label: str, where: tuple[float, float], size: float) -> None:
    """The thing's name, hand-set on a tag, where it can't be drawn."""
    draw = ImageDraw.Draw(picture)
    shown = printable(label, 60).upper()
    font = load(size, 600, shown)
    text = fitted(shown, font, view.frame.width * 0.5)
    wide = font.getlength(text)
    (x, y), pad = where, size * 0.4
    tag = (x - wide / 2 - pad, y - pad * 1.9, x + wide / 2 + pad, y + pad * 1.9)
    draw.rectangle(tag, fill=view.palette.paper, outline=view.palette.ramp[0], width=2)
    draw.text((x, y), text, font=font, fill=view.palette.ramp[0], anchor="mm")
