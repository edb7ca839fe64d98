"""The addresses of results and uploads, and what lies there. A result's address says its shape: nothing is stored.

`/files/{outcome}/{width}x{height}x{seconds}[s]/{seed}-{n}[+{colours}][~{stills}].{ext}` (`s`: a clip with its own
sound; the colours of the references that a picture was made from; the names of a clip's first and last picture),
`/files/{outcome}/film/{job}.mp4`, `/files/u/{id}/{name}`.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Any, cast, get_args

from PIL import Image

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.fal.ffmpeg import FILMS, MODELS, make_film, read_film
from server.fakes.media import TYPES, Format, Odd
from server.fakes.script import Media
from server.fakes.shapes import FIELDS, MAX_SECONDS, MAX_SIDE, Kind, Shape
from server.fakes.state import FakeState
from server.fakes.stills import put_stills
from server.fakes.tones import sounds_in
from wzrd.models.references import find_references
from wzrd.net.file_types import ANY

_FATE = "|".join(get_args(Media))
_FILM = re.compile(rf"/files/({_FATE})/film/([0-9a-f]{{32}})\.mp4")
_RESULT = re.compile(
    rf"/files/({_FATE})/(\d{{1,4}})x(\d{{1,4}})x(\d{{1,2}}(?:\.\d{{1,3}})?)(s?)/"
    r"([0-9a-f]{8})-(\d{1,2})(?:\+((?:[0-9a-f]{6}){1,8}))?(?:~([0-9a-f]{16}))?\.(png|mp4|wav|mp3|glb)"
)
_PAGE = b"<!doctype html><title>Sign in</title><p>Please sign in to see this file.</p>"
_EXPIRED = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code></Error>"
NO_MEDIA: Mapping[str, bytes] = {
    "frames.zip": b"PK\x05\x06" + bytes(18),
    "captions.srt": b"1\n00:00:00,000 --> 00:00:01,000\nRain.\n",
}
"""Files that models write beside a clip, by their names: an archive without entries, a caption."""
FORMATS: Mapping[str, Format] = {"image": "png", "video": "mp4", "audio": "mp3", "3d": "glb"}
_KINDS: Mapping[Format, Kind] = {"png": "image", "mp4": "video", "wav": "audio", "mp3": "audio", "glb": "3d"}
WRONG_SHARE = 0.5
"""Share of its length that a film of the wrong length has."""
_OTHER_PICTURE, _OTHER_SOUND = Shape("image", 64, 64), Shape("audio", seconds=0.5)


def result_url(base: str, shape: Shape, seed: str, number: int = 0, *, stills: str = "", media: Media) -> str:
    """The address of a result; `base` ends before `/files`."""
    size = f"{shape.width}x{shape.height}x{shape.seconds:.3f}".rstrip("0").rstrip(".") + "s" * shape.sound
    colours = f"+{''.join(shape.colours)}" if shape.colours else ""
    kept = f"~{stills}" if stills else ""
    return f"{base}/files/{media}/{size}/{seed}-{number}{colours}{kept}.{FORMATS[shape.kind]}"


def colours_of(payload: Mapping[str, Any], state: FakeState) -> tuple[str, ...]:
    """The colours in the middle of the pictures that a payload has in it, or refers to here, in its order."""
    found = (state.uploads.read(url) for _, url in find_references(payload))
    return tuple(islice(filter(None, map(_middle, found)), FIELDS))


def sounds_of(payload: Mapping[str, Any], state: FakeState) -> tuple[tuple[str, ...], float]:
    """Colours that spell the sounds that a payload has in it, or refers to here, and the length of the longest."""
    return sounds_in([state.uploads.read(url) for path, url in find_references(payload) if "audio" in str(path[0])])


def _middle(data: bytes) -> str:
    """The colour in a picture's middle; empty where it is none."""
    try:
        with Image.open(BytesIO(data)) as image:
            box = image.width // 4, image.height // 4, image.width * 3 // 4, image.height * 3 // 4
            red, green, blue = image.convert("RGB").crop(box).resize((1, 1), Image.Resampling.BOX).tobytes()
    except OSError:
        return ""
    return f"{red:02x}{green:02x}{blue:02x}"


async def serve_file(call: Call, state: FakeState) -> Answer:
    """Answer with what lies at an address."""
    if call.path.startswith("/files/u/"):
        found = state.uploads.get(call.path)
        return json_answer({"detail": "Not Found"}, 404) if found is None else Answer(body=found[0], kind=found[1])
    if film := _FILM.fullmatch(call.path):
        return await _serve_film(film[1], film[2], state)
    match = _RESULT.fullmatch(call.path)
    if match is None:
        beside = NO_MEDIA.get(call.path.rpartition("/")[2])
        return Answer(body=beside, kind=ANY) if beside else json_answer({"detail": "Not Found"}, 404)
    outcome, form, seed = match[1], cast("Format", match[10]), match[6]
    if (instead := _instead(outcome, form)) is not None:
        return instead
    seconds = float(match[4]) * (WRONG_SHARE if outcome == "wrong_length" else 1)
    colours = tuple(re.findall(".{6}", match[8] or "")) if form in {"png", "mp4"} else ()
    sound = bool(match[5]) and form == "mp4"
    shape = Shape(_KINDS[form], int(match[2]), int(match[3]), seconds, sound, colours)
    sides = (shape.width, shape.height)
    if shape.seconds > MAX_SECONDS or max(sides) > MAX_SIDE or (form in {"png", "mp4"} and min(sides) < 2):
        return json_answer({"detail": "Not Found"}, 404)
    made: Format | Odd = form
    seed = f"{(int(seed, 16) + int(match[7])) & 0xFFFFFFFF:08x}"
    if outcome == "other_kind":
        made, shape = ("png", _OTHER_PICTURE) if shape.kind in {"audio", "3d"} else ("wav", _OTHER_SOUND)
    elif outcome in get_args(Odd):
        made = cast("Odd", outcome)
    elif outcome == "turned":
        shape = replace(shape, width=shape.height, height=shape.width)
    data = await state.media.make(shape, made, seed)
    if match[9] and made == "mp4":
        data = await asyncio.to_thread(put_stills, data, match[9], state.uploads)
    return _whole(data, form, outcome)


async def read_result(url: str, state: FakeState) -> bytes | None:
    """The bytes that lie at a result's address, whatever its outcome is; None where there is no such result."""
    match = _RESULT.search(url)
    if match is None:
        return None
    form = cast("Format", match[10])
    shape = Shape(_KINDS[form], int(match[2]), int(match[3]), float(match[4]), sound=bool(match[5]) and form == "mp4")
    return await state.media.make(shape, form, match[6])


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
