"""A breakdown of another hand, checked against the text: spans are there, ids are somebody's. Pure."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from pydantic import ValidationError

from wzrd.contracts.breakdown import Beat, Breakdown, SceneBreakdown
from wzrd.domain.errors import BadRequest
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.pages import scene_page

MAX_BYTES = 8 << 20
_SHOWN = 60


def parse_breakdown(content: bytes) -> Breakdown:
    """The breakdown in a file.

    Raises:
        BadRequest: it is not in the format; the field, the value and what is allowed are named.
    """
    if len(content) > MAX_BYTES:
        raise BadRequest(f"a breakdown has {MAX_BYTES >> 20} MiB at most; this has {len(content) >> 20}")
    try:
        return Breakdown.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        given = repr(first.get("input"))[:_SHOWN]
        raise BadRequest(f"{field}: {first['msg']} (it is {given}); see docs/breakdown.md", field=field) from None


def check_breakdown(breakdown: Breakdown, scenes: Sequence[SceneBrief]) -> Breakdown:
    """The breakdown with the place of every span, in the order of the text.

    Raises:
        BadRequest: a scene that is not there, words that its text has not, an id that is nobody's, a line that is none.
    """
    by_number = {scene.number: scene for scene in scenes}
    people, props = {one.id for one in breakdown.people}, {one.id for one in breakdown.props}
    found: list[SceneBreakdown] = []
    for at, scene in enumerate(breakdown.scenes):
        where = f"scenes.{at}"
        if scene.number not in by_number:
            raise BadRequest(f"{where}.number: the screenplay has no scene {scene.number}", field=f"{where}.number")
        for key in scene.present:
            _known(key, people, f"{where}.present")
        found.append(_checked(scene, by_number[scene.number], people, props, where))
    return breakdown.model_copy(update={"scenes": tuple(found)})


def _checked(
    scene: SceneBreakdown, brief: SceneBrief, people: Collection[str], props: Collection[str], where: str
) -> SceneBreakdown:
    page = scene_page(brief)
    lines = sum(isinstance(part, Line) for _, part in page.parts)
    placed: list[Beat] = []
    reached = 0
    for at, beat in enumerate(scene.beats):
        field = f"{where}.beats.{at}"
        for name, keys, known in (("who", beat.who, people), ("whom", beat.whom, people), ("props", beat.props, props)):
            for key in keys:
                _known(key, known, f"{field}.{name}")
        for key in beat.feelings:
            _known(key, people, f"{field}.feelings")
        if wrong := next((one for one in beat.lines if not 0 <= one < lines), None):
            raise BadRequest(f"{field}.lines: scene {scene.number} has no line {wrong}, but {lines}", field=field)
        start = page.text.find(beat.span, reached)
        start = start if start >= 0 else page.text.find(beat.span)
        if start < 0:
            shown = beat.span[:_SHOWN]
            raise BadRequest(f'{field}.span: scene {scene.number} has no such words: "{shown}"', field=f"{field}.span")
        reached = start
        placed.append(beat.model_copy(update={"start": start}))
    placed.sort(key=lambda one: one.start)
    return scene.model_copy(update={"beats": tuple(placed)})


def _known(key: str, known: Collection[str], field: str) -> None:
    if key not in known:
        near = get_close_matches(key, list(known), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise BadRequest(f"{field}: {key!r} is listed nowhere{hint}", field=field)
