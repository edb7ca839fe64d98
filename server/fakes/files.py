"""The addresses of results and uploads, and what lies there. A result's address says its shape: nothing is stored.

`/files/{outcome}/{width}x{height}x{seconds}/{seed}-{n}.{ext}`, `/files/{outcome}/film/{job}.mp4`,
`/files/u/{id}/{name}`.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import cast, get_args

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.fal_ffmpeg import FILMS, MODELS, make_film, read_film
from server.fakes.media import TYPES, Format, Odd
from server.fakes.script import Media
from server.fakes.shapes import MAX_SECONDS, MAX_SIDE, Kind, Shape
from server.fakes.state import FakeState

_FATE = "|".join(get_args(Media))
_FILM = re.compile(rf"/files/({_FATE})/film/([0-9a-f]{{32}})\.mp4")
_RESULT = re.compile(
    rf"/files/({_FATE})/(\d{{1,4}})x(\d{{1,4}})x(\d{{1,2}}(?:\.\d{{1,3}})?)/"
    r"([0-9a-f]{8})-(\d{1,2})\.(png|mp4|wav|mp3|glb)"
)
_PAGE = b"<!doctype html><title>Sign in</title><p>Please sign in to see this file.</p>"
_EXPIRED = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code></Error>"
FORMATS: Mapping[str, Format] = {"image": "png", "video": "mp4", "audio": "mp3", "3d": "glb"}
_KINDS: Mapping[Format, Kind] = {"png": "image", "mp4": "video", "wav": "audio", "mp3": "audio", "glb": "3d"}
WRONG_SHARE = 0.5
"""Share of its length that a film of the wrong length has."""
_OTHER_PICTURE, _OTHER_SOUND = Shape("image", 64, 64), Shape("audio", seconds=0.5)


def result_url(base: str, shape: Shape, seed: str, number: int = 0, *, form: Format | None = None, media: Media) -> str:
    """The address of a result; `base` ends before `/files`."""
    size = f"{shape.width}x{shape.height}x{shape.seconds:.3f}".rstrip("0").rstrip(".")
    return f"{base}/files/{media}/{size}/{seed}-{number}.{form or FORMATS[shape.kind]}"


async def serve_file(call: Call, state: FakeState) -> Answer:
    """Answer with what lies at an address."""
    if call.path.startswith("/files/u/"):
        found = state.uploads.get(call.path)
        return json_answer({"detail": "Not Found"}, 404) if found is None else Answer(body=found[0], kind=found[1])
    if film := _FILM.fullmatch(call.path):
        return await _serve_film(film[1], film[2], state)
    match = _RESULT.fullmatch(call.path)
    if match is None:
        return json_answer({"detail": "Not Found"}, 404)
    outcome, form, seed = match[1], cast("Format", match[7]), match[5]
    if (instead := _instead(outcome, form)) is not None:
        return instead
    seconds = float(match[4]) * (WRONG_SHARE if outcome == "wrong_length" else 1)
    shape = Shape(_KINDS[form], int(match[2]), int(match[3]), seconds)
    sides = (shape.width, shape.height)
    if shape.seconds > MAX_SECONDS or max(sides) > MAX_SIDE or (form in {"png", "mp4"} and min(sides) < 2):
        return json_answer({"detail": "Not Found"}, 404)
    made: Format | Odd = form
    seed = f"{(int(seed, 16) + int(match[6])) & 0xFFFFFFFF:08x}"
    if outcome == "other_kind":
        made, shape = ("png", _OTHER_PICTURE) if shape.kind in {"audio", "3d"} else ("wav", _OTHER_SOUND)
    elif outcome in get_args(Odd):
        made = cast("Odd", outcome)
    elif outcome == "turned":
        shape = replace(shape, width=shape.height, height=shape.width)
    data = await state.media.make(shape, made, seed)
    return _whole(data, form, outcome)


async def _serve_film(outcome: str, request_id: str, state: FakeState) -> Answer:
    """The film of a job of ffmpeg-api, made when it is first asked for."""
    job = state.fal_jobs.find(request_id, FILMS)
    if job is None or job.model not in MODELS:
        return json_answer({"detail": "Not Found"}, 404)
    if (instead := _instead(outcome, "mp4")) is not None:
        return instead
    if outcome == "other_kind":
        return _whole(await state.media.make(_OTHER_SOUND, "wav", request_id[:8]), "mp4", outcome)
    location, share = f"/films/{outcome}/{request_id}", WRONG_SHARE if outcome == "wrong_length" else 1.0
    kept = state.uploads.get(location)
    if kept is None:
        film = read_film(job.model, job.payload)
        kept = await asyncio.to_thread(partial(make_film, film, state.uploads, share=share)), TYPES["mp4"]
        state.uploads.put(location, *kept)
    return _whole(kept[0], "mp4", outcome)


def _instead(outcome: str, form: Format) -> Answer | None:
    """Answer that is no media at all, where that is the file's outcome."""
    if outcome == "expired":
        return Answer(403, _EXPIRED, "application/xml")
    if outcome == "empty":
        return Answer(kind=TYPES[form])
    if outcome in {"page", "wrong_type"}:
        return Answer(body=_PAGE, kind="text/html; charset=utf-8" if outcome == "page" else TYPES[form])
    return None


def _whole(data: bytes, form: Format, outcome: str) -> Answer:
    reply = "truncated" if outcome == "truncated" else "slow" if outcome == "slow" else "whole"
    return Answer(body=data, kind=TYPES[form], headers={"cache-control": "public, max-age=31536000"}, reply=reply)


def film_url(base: str, request_id: str, *, media: Media) -> str:
    """The address of a job's film; `base` ends before `/files`."""
    return f"{base}/files/{media}/film/{request_id}.mp4"
