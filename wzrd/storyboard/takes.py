"""Voice takes: the lines of a shot spoken once by the scratch voices, stored, and found again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import VOICE, speak
from wzrd.assets.content_cache import TAKE, Asset, cache_key, find_asset, make_once
from wzrd.domain.film import Caption
from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line
from wzrd.language.sound.casting import Voice
from wzrd.runtime.process import Runtime


async def record_take(runtime: Runtime, user_id: UUID, lines: Sequence[Line], cast: Mapping[str, Voice]) -> Asset:
    """The take of these lines. Its facts: `seconds`, `captions` ([start, end, text] each), `spoken`.

    Raises:
        MediaFailed: the voice tool failed.
    """

    async def make(path: Path) -> Mapping[str, Any]:
        take = await speak(lines, cast, path)
        captions = [[caption.start, caption.end, caption.text] for caption in take.captions]
        return {"seconds": take.seconds, "captions": captions, "spoken": take.spoken}

    return await make_once(runtime, user_id, _cache_inputs(lines, cast), TAKE, make)


async def find_take(runtime: Runtime, user_id: UUID, lines: Sequence[Line], cast: Mapping[str, Voice]) -> Asset | None:
    """The take of these lines, if it has been recorded."""
    return await find_asset(runtime, cache_key(user_id, _cache_inputs(lines, cast)))


def _cache_inputs(lines: Sequence[Line], cast: Mapping[str, Voice]) -> dict[str, Any]:
    keys = sorted({voice_key(line.character) for line in lines})
    voices = {key: asdict(cast[key]) for key in keys if key in cast}
    return {"tool": "voice", "version": VOICE, "lines": [asdict(line) for line in lines], "voices": voices}


def captions_of(take: Asset) -> list[Caption]:
    """Captions read while the take is heard, from its beginning on (seconds)."""
    return [Caption(begin, end, str(words)) for begin, end, words in take.facts["captions"]]
