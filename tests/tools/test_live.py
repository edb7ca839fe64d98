"""`python -m tools.model_schemas live`: what fal tells now is adopted, field by field."""

import asyncio
from pathlib import Path

import pytest

from server.fakes import Behaviour, Fakes
from tools.model_schemas.__main__ import FILE, main
from wzrd.models.schemas.differences import find_differences
from wzrd.models.schemas.input_schemas import read_schemas
from wzrd.models.schemas.openapi import PLATFORM

SORA, SEEDANCE = "fal-ai/sora-2/text-to-video", "bytedance/seedance-2.0/image-to-video"
NEWER = {
    "type": "object",
    "properties": {"prompt": {"type": "string"}, "duration": {"enum": [4, 8, 24], "default": 4}},
    "required": ["prompt"],
    "additionalProperties": False,
}


async def test_what_fal_tells_now_is_adopted(fakes: Fakes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model of a release, and one that was read from its page: whole, with its day; afterwards nothing differs."""
    monkeypatch.setenv("FAL_API_URL", fakes.environment()["FAL_API_URL"])
    file = tmp_path / "fal.jsonl"
    file.write_bytes(FILE.read_bytes())
    before = read_schemas(file.read_bytes())
    for model in (SORA, SEEDANCE):
        await fakes.script(Behaviour(on="schemas", match=model, inputs=NEWER, times=0))
        await asyncio.to_thread(main, ["live"], file)
        rows = read_schemas(file.read_bytes())
        assert set(rows) == set(before)
        assert [*find_differences(rows[model]["schema"], NEWER)] == []
        assert list(rows[model]["sources"]) == [PLATFORM]
        await fakes.reset()
    await asyncio.to_thread(main, ["live"], file)
    assert [one for one, row in read_schemas(file.read_bytes()).items() if row["schema"] != before[one]["schema"]] == []
