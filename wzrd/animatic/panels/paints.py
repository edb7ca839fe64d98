"""The colours that somebody has in the light of a scene."""

from dataclasses import fields

from wzrd.animatic.panels.brief.values import Colour, Figure
from wzrd.animatic.panels.canvas import mix, wash
from wzrd.animatic.panels.heads import Paint
from wzrd.animatic.panels.view import View

_IRISES: tuple[Colour, ...] = ((96, 62, 38), (70, 98, 124), (82, 108, 74), (66, 48, 36), (104, 86, 52))


def tinted(view: View, colour: Colour, light: float) -> Colour:
    """A colour as it looks in this scene: its light takes the lamp's or the sky's, its shadow the ink's."""
    night = view.brief.air.time == "night"
    if light >= 0:
        base = mix(colour, wash(view.palette, 0.54 if night else 0.72), 0.2 if night else 0.12)
        return mix(base, wash(view.palette, 1.0), light)
    return mix(mix(colour, view.palette.ramp[1], 0.3), view.palette.ramp[0], -light)


def paint_of(view: View, figure: Figure) -> Paint:
    """The colours of somebody in this scene's light."""
    look = figure.look
    grey = max(view.palette.skin) - min(view.palette.skin) < 24
    skin = mix((62, 61, 60) if grey else (74, 48, 38), view.palette.skin, look.skin)
    tone = round(255 * look.hair_tone)
    fair = 0.3 < look.hair_tone < 0.7  # blond and red: warm, or it would pass for grey
    own = (min(255, round(tone * 1.22) + 14), tone + 2, round(tone * (0.56 if fair else 0.88)) + 4)
    old = look.hair_tone >= 0.7  # and white or grey is cold, or it would pass for skin
    hair = (tone, tone, tone) if grey or old else own
    iris = _IRISES[round(look.girth * 1000) % len(_IRISES)]
    coat = skin if look.garment == "bare" else look.coat
    dark = mix(view.palette.ramp[0], (14, 13, 14), 0.4)
    accent = round(sum(look.accent) / 3)
    paint = Paint(
        ink=view.palette.ramp[0],
        skin=tinted(view, skin, 0.08),
        skin_shade=tinted(view, skin, -0.10),
        hair=tinted(view, hair, 0.0 if old else -0.05),
        hair_light=tinted(view, mix(hair, view.palette.lamp, 0.22), 0.08),
        coat=tinted(view, coat, 0.0),
        coat_shade=tinted(view, coat, -0.26 if coat is not skin else -0.1),
        coat_light=tinted(view, coat, 0.22),
        dark=dark,
        white=mix(wash(view.palette, 0.97), (255, 255, 255), 0.3),
        glow=tinted(view, (accent, accent, accent) if grey else look.accent, 0.0),
        lower=tinted(view, look.lower, -0.08) if look.lower else mix(tinted(view, look.coat, -0.26), dark, 0.5),
        iris=mix(iris, (110, 110, 110), 0.8) if grey else iris,
    )
    return _hazed(view, figure, paint) if figure in view.brief.crowd else paint


def _hazed(view: View, figure: Figure, paint: Paint) -> Paint:
    """The colours of somebody in the background, lost in haze with distance."""
    depth = view.camera.seen((figure.x, 0.8, figure.z))[2]
    colours = {one.name: view.colour(getattr(paint, one.name), depth) for one in fields(Paint)}
    return Paint(**{**colours, "ink": view.ink(depth)[0]})
