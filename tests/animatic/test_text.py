"""Animatic mode's text provider."""

import json

import pytest

from wzrd.animatic.provider import Animatic
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.shots import SceneBrief
from wzrd.providers.base import Delta, Output, Request

SCENE = SceneBrief(1, "The lamp room", "MARA wipes the great lens. She finds a letter.", "INT. LIGHTHOUSE - NIGHT")


async def answer(**inputs: object) -> tuple[list[str], Output]:
    pieces = [piece async for piece in Animatic().stream(Request("animatic", "text", inputs))]
    assert isinstance(pieces[-1], Output)
    return [piece.text for piece in pieces if isinstance(piece, Delta)], pieces[-1]


async def test_it_answers_like_a_model_in_json_mode() -> None:
    """One JSON object with as many shots as asked, streamed a shot at a time, free of charge."""
    deltas, output = await answer(scene=SCENE, count=3, seed=1)
    assert "".join(deltas) == output.text
    assert len(json.loads(output.text or "")["shots"]) == 3
    assert (len(deltas), output.cost_usd) == (5, 0.0)


async def test_the_same_seed_gives_the_same_shots() -> None:
    """A repeated step writes the same."""
    assert await answer(scene=SCENE, count=4, seed=7) == await answer(scene=SCENE, count=4, seed=7)


async def test_without_a_scene_it_says_what_is_missing() -> None:
    """It is no general model and does not pretend to be one."""
    with pytest.raises(ProviderFailed, match="scene"):
        await answer(messages=[])
