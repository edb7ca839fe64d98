"""The slate of a panel: what its strip says, in words that a set understands."""

from wzrd.animatic.panels.brief.places import heading_of
from wzrd.animatic.panels.brief.values import SlateText
from wzrd.animatic.writer.people import spelled
from wzrd.domain.shot_vocabulary import guess_angle
from wzrd.domain.shots import SceneBrief, ShotIdea

ABBREVIATIONS = {
    "extreme_wide": "EWS", "wide": "WS", "full": "FS", "medium": "MS", "medium_close_up": "MCU", "close_up": "CU",
    "extreme_close_up": "ECU", "insert": "INSERT",
}  # fmt: skip
_ANGLE_NAMES = {"low": "LOW", "high": "HIGH", "overhead": "TOP", "dutch": "DUTCH", "pov": "POV",
                "over_the_shoulder": "OTS", "two_shot": "2-SHOT"}  # fmt: skip


def angle_of(shot: ShotIdea) -> str:
    """The angle that a shot has. Only a writer who gives no coverage may mean another one than the field says."""
    plain = shot.angle in {"eye_level", ""} and not shot.extra.get("coverage")
    return (guess_angle(shot.idea) or "eye_level") if plain else shot.angle


def slate_of(scene: SceneBrief, shot: ShotIdea, number: int, time: str) -> SlateText:
    """The words of the strip under a panel."""
    io, place = heading_of(scene)
    mark = {"int": "INT. ", "ext": "EXT. "}.get(io, "")
    heading = f"{mark}{place or scene.title}".strip()
    time = "" if time in heading.casefold() else f" \u2013 {time}"
    angle = _ANGLE_NAMES.get(angle_of(shot), "")
    size = ABBREVIATIONS[shot.size]
    return SlateText(
        scene=str(scene.number)[:6],
        shot=str(number)[:6],
        size=f"{size} \u00b7 {angle}" if angle else size,
        lens=f"{max(4, min(1200, shot.lens_mm))} mm",
        move=shot.move,
        move_name=shot.move.replace("_", " ")[:24],
        heading=f"{heading}{time}".upper()[:90] if heading else f"SCENE {scene.number}",
        speaker=spelled(shot.extra.get("speaker", ""))[:60],
    )
