"""The question to a model that reads a scene: what it is told, and the schema of its answer. Pure."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, get_args

from wzrd.contracts.acts import ACTS
from wzrd.contracts.breakdown import Breakdown, Feeling, SceneBreakdown, Weight
from wzrd.domain.shots import SceneBrief
from wzrd.language.beats.pages import scene_page

MAX_SCENE, MAX_PEOPLE, MAX_PROPS = 60_000, 200, 60
SETTINGS: Mapping[str, Any] = {"temperature": 0, "max_tokens": 8_000}
_FENCE = re.compile(r"</?\s*(?:scene|people|props)\b[^>]*>?", re.IGNORECASE)
_SYSTEM = files("wzrd.language").joinpath("data", "reader_prompt.txt").read_text(encoding="utf-8").strip()


def scene_messages(brief: SceneBrief, film: Breakdown, scene: SceneBreakdown) -> list[dict[str, str]]:
    """The chat messages that ask for one scene's reading. `film`: the people so far; `scene`: as the rules read it."""
    people = [
        ", ".join(filter(None, (f"{one.id}: {one.name}", *one.aliases, one.gender, one.age)))
        for one in film.people[:MAX_PEOPLE]
    ]
    lines, number = list[str](), 0
    for _, part in scene_page(brief).parts:
        if isinstance(part, str):
            lines.append(part)
            continue
        how = f" ({part.parenthetical})" if part.parenthetical else ""
        lines.append(f"[line {number}] {part.character}{how}:\n{part.text}")
        number += 1
    head = f"Scene {scene.number}: {brief.title or brief.location}"
    text = _FENCE.sub(" ", "\n\n".join(lines))[:MAX_SCENE]
    used = {key for beat in scene.beats for key in beat.props}
    props = [f"{one.id}: {one.name}" for one in film.props if one.id in used][:MAX_PROPS]
    people, props = (_FENCE.sub(" ", "\n".join(one)) for one in (people, props))
    told = f"{head}\n\n<people>\n{people}\n</people>\n\n<props>\n{props}\n</props>"
    asked = f"{told}\n\n<scene>\n{text}\n</scene>\n\nRemember: one JSON object."
    return [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": asked}]


def _object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


_TEXT: Mapping[str, Any] = {"type": "string"}
_TEXTS = _list(_TEXT)
_PERSON = _object(
    id=_TEXT, name=_TEXT, aliases=_TEXTS, gender=_one_of("man", "woman", ""),
    age=_one_of("child", "teen", "young", "adult", "old", ""), years={"type": ["integer", "null"]},
    build=_one_of("heavy", "slim", ""), hair=_TEXT, trade=_TEXT,
)  # fmt: skip
_BEAT = _object(
    span=_TEXT, act=_one_of(*ACTS), who=_TEXTS, whom=_TEXTS, props=_TEXTS,
    feelings=_list(_object(who=_TEXT, feeling=_one_of(*get_args(Feeling)))), weight=_one_of(*get_args(Weight)),
    seen={"type": "boolean"}, lines=_list({"type": "integer"}), seconds={"type": "number"},
)  # fmt: skip
SCHEMA: Mapping[str, Any] = {
    "name": "scene_reading",
    "strict": True,
    "schema": _object(
        people=_list(_PERSON),
        places=_list(_object(id=_TEXT, name=_TEXT, looks=_TEXT)),
        props=_list(_object(id=_TEXT, name=_TEXT)),
        scene=_object(number={"type": "integer"}, place=_TEXT, time=_TEXT, present=_TEXTS, beats=_list(_BEAT)),
    ),
}
"""The answer as servers with structured outputs take it: every field required, none beside them."""


def reader_inputs(brief: SceneBrief, film: Breakdown, scene: SceneBreakdown) -> dict[str, Any]:
    """Inputs of the text model."""
    return {"messages": scene_messages(brief, film, scene), "json_schema": SCHEMA, **SETTINGS}
