"""Sky, clouds, stars and what stands at the horizon: hills, peaks, a city."""

import math

from PIL import Image

from wzrd.animatic.panels.brief.values import Colour, Part
from wzrd.animatic.panels.canvas import Point, corners, ellipse, mix, spline, wash
from wzrd.animatic.panels.view import Tone, View


def horizon(view: View) -> float:
    """Height of the horizon in the picture, in pixels from the top."""
    return view.camera.middle[1] + view.camera.focal * math.tan(view.camera.pitch)


def sky(view: View) -> None:
    """The sky's two colours from the top to the horizon, with stars or clouds."""
    image = view.canvas.image
    line = max(8, min(image.height * 1.6, horizon(view) * view.canvas.scale))
    top, low = view.palette.sky
    shade = Image.new("RGB", (1, 64))
    shade.putdata([mix(top, low, (step / 63) ** 1.3) for step in range(64)])
    tall = int(line) + 2
    column = shade.resize((1, tall), Image.Resampling.BILINEAR).crop((0, 0, 1, min(image.height, tall)))
    image.paste(column.resize((image.width, column.height), Image.Resampling.NEAREST), (0, 0))
    if view.brief.air.time == "night" and not {"snow", "rain", "storm", "fog", "cloud"} & set(view.brief.air.weather):
        _stars(view, line / view.canvas.scale)
    elif view.inked or view.brief.size in {"medium", "medium_close_up"}:
        clouds(view, line / view.canvas.scale)


def _stars(view: View, line: float) -> None:
    for step in range(90):
        x, y = view.frame.width * view.unit("star", step), line * 0.9 * view.unit("up", step) ** 1.2
        size = 0.7 + 1.6 * view.unit("bright", step) ** 3
        view.canvas.disc(x, y, size, mix(view.palette.sky[0], (255, 255, 255), 0.55 + 0.4 * view.unit("bright", step)))


def clouds(view: View, line: float) -> None:
    """Clouds: few and light, or many and heavy."""
    heavy = bool({"rain", "storm", "cloud", "snow"} & set(view.brief.air.weather))
    top, low = view.palette.sky
    for step in range(7 if heavy else 4):
        x = view.frame.width * (view.unit("cloud", step) * 1.2 - 0.1)
        y = line * (0.12 + 0.62 * view.unit("height", step))
        wide = view.frame.width * (0.12 + 0.2 * view.unit("wide", step)) * (1.4 if heavy else 1.0)
        colour = mix(low, (255, 255, 255), 0.35) if not heavy else mix(top, view.palette.ramp[1], 0.45)
        lumps: list[Point] = []
        for lump, part in enumerate(at / 8 for at in range(9)):
            high = wide * 0.16 * math.sin(math.pi * part) * (0.5 + view.unit("lump", step, lump))
            lumps.append((x + wide * (part - 0.5) * 2, y - high))
        lumps += [(x + wide * 0.8, y + wide * 0.035), (x - wide * 0.8, y + wide * 0.035)]
        view.canvas.fill(spline(lumps), mix(mix(top, low, y / line), colour, 0.55))


def ridge(
    view: View, distance: float, height: float, rough: int, tone: Tone, *, sharp: bool = False, name: str = "ridge"
) -> None:
    """A silhouette at the horizon around the whole set; `height` metres at `distance`."""
    points: list[Point] = []
    base = view.camera.yaw
    steps = 64
    for step in range(steps + 1):
        azimuth = base + math.radians(-62 + 124 * step / steps)
        ahead = math.cos(azimuth - base)
        where = math.degrees(azimuth) * rough / 40
        low, part = math.floor(where), where - math.floor(where)
        smooth = part if sharp else part * part * (3 - 2 * part)
        tall = view.unit(name, low) * (1 - smooth) + view.unit(name, low + 1) * smooth
        fine = 0.22 * (view.unit(name, "fine", round(where * 4)) - 0.5) if sharp else 0.0
        high, deep = height * (0.35 + 0.65 * tall + fine) - view.camera.eye[1], ahead * distance
        cosine, sine = math.cos(view.camera.pitch), math.sin(view.camera.pitch)
        up, away = high * cosine - deep * sine, max(1.0, high * sine + deep * cosine)
        points.append(view.camera.project((math.sin(azimuth - base) * distance, up, away)))
    bottom = max(view.frame.height, horizon(view)) + 40
    colour = view.colour(tone)
    view.canvas.fill([*points, (points[-1][0], bottom), (points[0][0], bottom)], colour)
    if view.inked:
        view.canvas.line(points, mix(colour, view.palette.ramp[0], 0.35), 1.2)


def city(view: View) -> None:
    """Three rows of towers at the horizon, lit at night."""
    for depth, (distance, tone) in enumerate(((240, 0.62), (150, 0.46), (95, 0.3))):
        night = view.brief.air.time == "night"
        for step in range(34):
            azimuth = -66 + step * 4 + 2 * view.unit("block", depth, step)
            x, z = distance * math.sin(math.radians(azimuth)), distance * math.cos(math.radians(azimuth))
            tall = (14 + 52 * view.unit("tall", depth, step) ** 2) * distance / 150
            wide = distance * 0.03 * (0.7 + view.unit("broad", depth, step))
            part = Part("block", x, 0, z, -azimuth * 0.0)
            plain = mix(wash(view.palette, tone * (0.55 if night else 1.0)), view.palette.sky[1], 0.45 - 0.16 * depth)
            view.quad(part, -wide, -5, wide, tall, plain, ink=depth == 2)
            for light in range(6) if depth else ():
                if view.unit("window", depth, step, light) > 0.45:
                    u = -wide * 0.7 + wide * 1.3 * view.unit("u", step, light)
                    v = tall * (0.15 + 0.75 * view.unit("v", step, light, depth))
                    pane = view.palette.lamp if night else mix(plain, (255, 255, 255), 0.35)
                    view.quad(part, u, v, u + wide * 0.16, v + wide * 0.22, pane, ink=False)


def distance(view: View) -> None:
    """The silhouettes that a place has far away."""
    far, sky_low = view.brief.stage.far, view.palette.sky[1]
    if far == "city":
        city(view)
    elif far == "peaks":
        ridge(view, 400, 150, 6, mix(wash(view.palette, 0.62), sky_low, 0.4), sharp=True, name="peak")
        ridge(view, 220, 60, 8, wash(view.palette, 0.46), sharp=True, name="spur")
    elif far == "mesas":
        ridge(view, 420, 44, 12, mix(wash(view.palette, 0.6), sky_low, 0.5), sharp=False, name="mesa")
        ridge(view, 200, 9, 7, wash(view.palette, 0.66), name="dune")
    elif far == "trees":
        ridge(view, 130, 26, 60, mix(wash(view.palette, 0.52), sky_low, 0.4), sharp=True, name="wood")
        ridge(view, 70, 13, 90, wash(view.palette, 0.36), sharp=True, name="edge")
    elif far == "sea_cliff":
        _sea_strip(view)
        ridge(view, 160, 14, 5, wash(view.palette, 0.34), sharp=True, name="cliff")
    else:
        ridge(view, 320, 46, 7, mix(wash(view.palette, 0.64), sky_low, 0.45), name="hill")
        ridge(view, 160, 14, 10, wash(view.palette, 0.52), name="rise")


def _sea_strip(view: View) -> None:
    line = horizon(view)
    view.canvas.fill(corners(-400, line, view.frame.width + 400, line + 160), wash(view.palette, 0.42))


def space(view: View) -> None:
    """Stars and the edge of a planet."""
    image = view.canvas.image
    image.paste((7, 8, 20), (0, 0, image.width, image.height))
    width, height = view.frame.width, view.frame.height
    for step in range(170):
        x, y, bright = width * view.unit("sx", step), height * view.unit("sy", step), view.unit("bright", step) ** 3
        view.canvas.disc(x, y, 0.7 + 1.7 * bright, mix((60, 66, 100), (255, 255, 255), 0.3 + 0.7 * bright))
    x, y, radius = width * (0.2 + 0.6 * view.unit("px")), height * 1.05, height * 0.62
    colour: Colour = view.palette.second
    view.canvas.fill(ellipse(x, y, radius, radius, steps=60), mix(colour, (0, 0, 0), 0.35))
    lit = ellipse(x + radius * 0.05 * view.key, y - radius * 0.05, radius * 0.95, radius * 0.94, steps=60)
    view.canvas.fill(lit, mix(colour, (255, 255, 255), 0.12))
    for step in range(5):
        bar = y - radius * 0.8 + step * radius * 0.2
        half = math.sqrt(max(0.0, radius * radius - (bar - y) ** 2)) * 0.86
        view.canvas.stroke([(x - half, bar), (x, bar + 12), (x + half, bar)], mix(colour, (255, 255, 255), 0.3), 18)


def heaven(view: View) -> None:
    """Nothing but sky, and cloud banks below."""
    image = view.canvas.image
    top, low = view.palette.sky
    shade = Image.new("RGB", (1, 64))
    shade.putdata([mix(top, low, step / 63) for step in range(64)])
    column = shade.resize((1, image.height), Image.Resampling.BILINEAR)
    image.paste(column.resize(image.size, Image.Resampling.NEAREST), (0, 0))
    clouds(view, view.frame.height * 1.2)
    for row in range(3):
        _bank(view, row)


def _bank(view: View, row: int) -> None:
    width, height = view.frame.width, view.frame.height
    base = height * (0.72 + 0.13 * row)
    lumps: list[Point] = [(-60.0, height + 60.0)]
    lumps += [(width * step / 11, base - height * 0.09 * view.unit("bank", row, step)) for step in range(12)]
    lumps.append((width + 60.0, height + 60.0))
    view.canvas.fill(spline(lumps, closed=False), mix(view.palette.sky[1], (255, 255, 255), 0.25 + 0.25 * row))
