"""Light and weather over what was drawn: pools of lamps and windows, vignette, fog, rain, snow, dust.

Light is drawn small and enlarged: it has no edges, and costs little.
"""

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from wzrd.animatic.panels.brief.values import Colour
from wzrd.animatic.panels.canvas import Canvas, Point, mix
from wzrd.animatic.panels.view import View
from wzrd.animatic.seeded import seeded

_SMALL = 8  # the light map is this many times smaller than the picture
_LAMPS = {
    "lamp_hang": (0.0, 1.0), "lamp_desk": (0.3, 0.8), "lamp_floor": (1.5, 0.9), "lamp_post": (3.5, 1.7),
    "lamp_wall": (0.0, 0.8), "strip": (0.0, 0.9), "candles": (1.3, 0.7), "fire": (0.5, 1.6), "neon": (0.2, 0.8),
    "onair": (0.15, 0.8), "clock_post": (3.0, 0.8), "torch_post": (1.9, 1.2), "spot": (0.6, 2.4), "hut": (1.3, 0.8),
    "sign": (1.0, 0.7), "footlights": (0.2, 0.8), "departures": (0.4, 0.5),
}  # fmt: skip


def glowing(view: View, picture: Image.Image) -> Image.Image:
    """The set with the light of its own lamps around them; people may stand before it."""
    glow = _glow_map(view, _size(view))
    return picture if glow is None else ImageChops.screen(picture, glow.resize(picture.size, Image.Resampling.BILINEAR))


def lit(view: View, picture: Image.Image) -> Image.Image:
    """The picture in the light that comes from outside it, darker towards its edges."""
    shade = _shade_map(view, _size(view))
    return ImageChops.multiply(picture, shade.resize(picture.size, Image.Resampling.BICUBIC))


def _size(view: View) -> tuple[int, int]:
    return max(2, view.frame.width // _SMALL), max(2, view.frame.height // _SMALL)


def _shade_map(view: View, size: tuple[int, int]) -> Image.Image:
    """Map that the picture is multiplied by: a vignette, mottled as a wash dries, darker indoors at night."""
    width, height = size
    night = view.brief.air.time == "night"
    deep = 0.44 if night else 0.66 if view.brief.air.inside else 0.80
    edge = mix(view.palette.ramp[0], (255, 255, 255), deep)
    image = Image.new("RGB", size, edge)
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    x, y = _heart(view)
    draw.ellipse((width * (x - 0.58), height * (y - 0.66), width * (x + 0.58), height * (y + 0.72)), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(width / 9))
    image.paste((255, 255, 255), (0, 0), mask)
    return ImageChops.multiply(image, _mottle(view, size))


def _heart(view: View) -> Point:
    """Where the picture's light is: near the people, else on the light's side."""
    if view.brief.figures:
        places = [view.camera.picture((figure.x, 1.2, figure.z)) for figure in view.brief.figures]
        return min(0.8, max(0.2, sum(place[0] for place in places) / len(places) / view.frame.width)), 0.46
    return 0.5 + 0.12 * view.key, 0.5


def _mottle(view: View, size: tuple[int, int]) -> Image.Image:
    """The unevenness of a wash on paper."""
    width, height = 22, 12
    noise = Image.new("L", (width, height))
    seed = view.brief.seed % 7
    noise.putdata([236 + round(19 * seeded.unit("mottle", seed, step)) for step in range(width * height)])
    return noise.resize(size, Image.Resampling.BICUBIC).convert("RGB")


def _glow_map(view: View, size: tuple[int, int]) -> Image.Image | None:
    """Map of light that is added: around lamps, out of windows, from the sky's light."""
    image = Image.new("RGB", size, (0, 0, 0))
    draw = ImageDraw.Draw(image)
    night = view.brief.air.time in {"night", "dusk"}
    strength = 0.5 if night else 0.22
    found = False
    for part in view.brief.stage.parts:
        if part.name == "lattice" and night and "lamp" in view.brief.air.lights:
            x, y, scale = view.camera.picture((part.x, 17.4, part.z))
            _pool(draw, (x / _SMALL, y / _SMALL), 7.0 * scale / _SMALL, view.palette.accent, 0.8)
            found = True
        if part.name in _LAMPS and (view.brief.air.inside or night):
            lift, reach = _LAMPS[part.name]
            x, y, scale = view.camera.picture((part.x, part.y + lift, part.z))
            if scale:
                colour = view.palette.accent if part.name in {"neon", "onair", "sign"} else view.palette.lamp
                _pool(draw, (x / _SMALL, y / _SMALL), reach * scale / _SMALL, colour, strength)
                found = True
        elif part.name == "window" and not night and view.brief.air.inside:
            found = _shaft(view, draw, part.x, part.z, part.turn, 0.2) or found
    if not view.brief.air.inside:
        found = _sky_light(view, draw, size) or found
    return image.filter(ImageFilter.GaussianBlur(size[0] / 60)) if found else None


def cast_light(view: View, picture: Image.Image) -> None:
    """The light that comes from outside the picture, on its own side, in its own colour."""
    lights, time = view.brief.air.lights, view.brief.air.time
    palette = view.palette
    colours: dict[str, tuple[Colour, float]] = {
        "neon": (palette.accent, 0.30), "fire": ((255, 140, 50), 0.30), "candle": ((255, 170, 80), 0.24),
        "torch": (palette.lamp, 0.2), "headlights": (palette.lamp, 0.3), "lamp": (palette.lamp, 0.16),
        "screen": (mix(palette.second, (255, 255, 255), 0.3), 0.24), "moon": ((170, 196, 255), 0.2),
        "strip": ((226, 255, 240), 0.14), "spot": (palette.lamp, 0.26),
    }  # fmt: skip
    hours: dict[str, tuple[Colour, float]] = {
        "dawn": ((255, 176, 160), 0.2), "dusk": ((255, 146, 84), 0.26), "night": ((150, 176, 240), 0.12),
    }  # fmt: skip
    colour, strength = next((colours[one] for one in lights if one in colours), hours.get(time, (palette.sky[1], 0.10)))
    size = _size(view)
    mask = Image.new("L", size, 0)
    x = size[0] * (0.5 + 0.62 * view.key)
    reach = size[0] * 0.55
    ImageDraw.Draw(mask).ellipse((x - reach, -0.5 * reach, x + reach, 1.1 * reach), fill=round(255 * strength))
    soft = mask.filter(ImageFilter.GaussianBlur(size[0] / 7)).resize(picture.size, Image.Resampling.BILINEAR)
    picture.paste(mix(colour, (255, 255, 255), 0.05), (0, 0), soft)


def _pool(draw: ImageDraw.ImageDraw, middle: Point, radius: float, colour: Colour, strength: float) -> None:
    for step in range(5, 0, -1):
        size = radius * step / 5
        part = strength * (1 - (step - 1) / 5) ** 1.7
        box = (middle[0] - size, middle[1] - size, middle[0] + size, middle[1] + size)
        draw.ellipse(box, fill=mix((0, 0, 0), colour, part))


def _shaft(view: View, draw: ImageDraw.ImageDraw, x: float, z: float, turn: float, strength: float) -> bool:
    """Light that falls from a window across the floor."""
    dx, dz = math.sin(math.radians(turn)), -math.cos(math.radians(turn))
    lean = 0.5 * -view.key
    corners = [(x - 0.5 * abs(dz), 0.02, z - 0.5 * abs(dx)), (x + 0.5 * abs(dz), 0.02, z + 0.5 * abs(dx))]
    far = [(cx + dx * 2.6 + lean, 0.02, cz + dz * 2.6) for cx, _, cz in reversed(corners)]
    near = [(cx + dx * 0.8, y, cz + dz * 0.8) for cx, y, cz in corners]
    placed = [view.camera.picture(corner) for corner in (*near, *far)]
    if not all(scale for *_, scale in placed):
        return False
    draw.polygon([(px / _SMALL, py / _SMALL) for px, py, _ in placed], fill=mix((0, 0, 0), view.palette.lamp, strength))
    return True


def _sky_light(view: View, draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> bool:
    """The sun's or the moon's halo."""
    time = view.brief.air.time
    if {"rain", "storm", "snow", "fog"} & set(view.brief.air.weather) or view.brief.stage.shell in {"cave", "space"}:
        return False
    x, y = orb(view)
    reach = {"day": 0.16, "noon": 0.22, "dawn": 0.34, "dusk": 0.36, "night": 0.2}[time] * size[0]
    colour = view.palette.sky[1] if time != "night" else mix(view.palette.sky[1], (255, 255, 255), 0.3)
    _pool(draw, (x / _SMALL, y / _SMALL), reach, colour, 0.5)
    return True


def orb(view: View) -> Point:
    """Where sun or moon stand in the picture."""
    height = {"noon": 0.10, "day": 0.16, "night": 0.17}.get(view.brief.air.time)
    line = view.camera.middle[1] + view.camera.focal * math.tan(view.camera.pitch)
    x = view.frame.width * (0.5 + 0.30 * view.key) + math.degrees(view.camera.yaw) * 4.0
    if height is None:
        return x, line - 0.05 * view.frame.height
    return x, min(view.frame.height * height, line - 0.16 * view.frame.height)


def draw_orb(view: View) -> None:
    """The sun or the moon itself, where the sky is clear."""
    shell, weather = view.brief.stage.shell, set(view.brief.air.weather)
    if view.brief.air.inside or {"rain", "storm", "snow", "fog", "cloud"} & weather or shell in {"space", "cave"}:
        return
    x, y = orb(view)
    night = view.brief.air.time == "night"
    size = view.frame.height * (0.042 if night else 0.05)
    colour = mix(view.palette.sky[1], (255, 255, 250), 0.86)
    view.canvas.disc(x, y, size, colour)
    if night:
        for dx, dy, part in ((-0.3, -0.2, 0.24), (0.26, 0.3, 0.17), (0.1, -0.42, 0.12)):
            view.canvas.disc(x + dx * size, y + dy * size, size * part, mix(colour, view.palette.sky[1], 0.3))


def weathered(view: View, picture: Image.Image, *, front: bool) -> Image.Image:
    """Rain, snow, fog or dust, behind the people or before them."""
    if view.brief.air.inside or view.brief.stage.shell in {"cave", "space"}:
        return picture
    weather = set(view.brief.air.weather)
    if "fog" in weather or "dust" in weather:
        _veil(view, picture, front=front)
    if weather & {"rain", "storm"}:
        _streaks(view, picture, front=front)
    if "snow" in weather:
        _flakes(view, picture, front=front)
    return picture


def _veil(view: View, picture: Image.Image, *, front: bool) -> None:
    """Layers of fog, thickest low down."""
    dusty = "dust" in view.brief.air.weather
    white = 0.25 if view.brief.air.time != "night" else 0.05
    sand = mix(view.palette.ramp[3], view.palette.lamp, 0.4)
    colour = sand if dusty else mix(view.haze, (255, 255, 255), white)
    width, height = 64, 36
    mask = Image.new("L", (width, height))
    top = 96 if front else 120
    values: list[int] = []
    for row in range(height):
        low = max(0.0, (row / height - (0.55 if front else 0.2)) / (0.45 if front else 0.5))
        rise = low if row / height < 0.72 or front else 1.0 - (row / height - 0.72)
        strength, turn = top * max(0.0, rise), 2 if front else 0
        waves = (math.sin(column * 0.22 + row * 0.31 + turn) ** 2 for column in range(width))
        values += [round(strength * (0.62 + 0.38 * wave)) for wave in waves]
    mask.putdata(values)
    picture.paste(colour, (0, 0), mask.resize(picture.size, Image.Resampling.BICUBIC))


def _streaks(view: View, picture: Image.Image, *, front: bool) -> None:
    """Rain: far threads behind the people, few long ones before them."""
    canvas = Canvas(picture, 1)
    width, height = view.frame.width, view.frame.height
    colour = mix(view.palette.sky[1], (255, 255, 255), 0.5 if not front else 0.72)
    plain = mix(colour, view.palette.ramp[2], 0.35 if not front else 0.1)
    lean = 0.16 * view.key
    for step in range(70 if front else 130):
        x = width * (1.2 * seeded.unit("rain", front, view.brief.seed, step) - 0.1)
        y = height * (1.2 * seeded.unit("fall", front, view.brief.seed, step) - 0.2)
        long = height * (0.05 + 0.09 * seeded.unit("long", step)) * (1.5 if front else 0.8)
        canvas.line([(x, y), (x - lean * long, y + long)], plain, 2 if front and step % 3 == 0 else 1)


def _flakes(view: View, picture: Image.Image, *, front: bool) -> None:
    """Snow: fine far flakes, some large soft ones near the lens."""
    width, height = view.frame.width, view.frame.height
    layer = Image.new("L", (width // 2, height // 2), 0)
    draw = ImageDraw.Draw(layer)
    gale = bool({"wind", "storm"} & set(view.brief.air.weather))
    for step in range(24 if front else 210):
        x = width / 2 * seeded.unit("snow", front, view.brief.seed, step)
        y = height / 2 * seeded.unit("drift", front, view.brief.seed, step)
        size = (1.4 + 3.0 * seeded.unit("flake", step) ** 3) if front else (0.6 + 1.1 * seeded.unit("flake", step))
        stretch = 2.2 if gale else 1.0
        draw.ellipse((x - size * stretch, y - size, x + size * stretch, y + size), fill=235 if not front else 200)
    layer = layer.filter(ImageFilter.BoxBlur(1 if front else 0.5)).resize(picture.size, Image.Resampling.BILINEAR)
    picture.paste((252, 252, 255), (0, 0), layer)
