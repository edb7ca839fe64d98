"""Breakdowns of some of the scripts as a language model answers them, without and with faults."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.beats.labels import HOME, LabelledScript

_FOLDER = HOME / "answers"


def breakdown_of(script: LabelledScript) -> Mapping[str, Any] | None:
    """The breakdown that was answered for a script, as one file; None where there is none."""
    path = (_FOLDER / script.name).with_suffix(".json")
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def scene_answers(breakdown: Mapping[str, Any]) -> Iterator[str]:
    """Answers of a breakdown a scene at a time, as text: each with the people, places and props not told before."""
    told: set[tuple[str, str]] = set()
    for scene in breakdown["scenes"]:
        used = json.dumps(scene, ensure_ascii=False)
        new: dict[str, Any] = {}
        for kind in ("people", "places", "props"):
            found = [one for one in breakdown[kind] if f'"{one["id"]}"' in used and (kind, one["id"]) not in told]
            told |= {(kind, one["id"]) for one in found}
            new[kind] = found
        yield json.dumps({**new, "scene": scene}, ensure_ascii=False)


def faulty_answers(script: LabelledScript) -> Sequence[Sequence[str]] | None:
    """For each scene what a model with faults answers, at first and asked once more; None where there are none."""
    path = _FOLDER / f"{script.path.stem}.faulty.json"
    return [scene["tries"] for scene in json.loads(path.read_text("utf-8"))] if path.exists() else None
