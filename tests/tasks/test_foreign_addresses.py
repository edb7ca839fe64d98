"""Addresses of users never reach the operator's own providers, through no step: a live server counts who comes."""

import asyncio
import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from tests.playing import run_once
from tests.tasks.cut_project import CutRig, cut_rig
from tests.tasks.shot_batch import make_batch_rig
from wzrd.assets.sources import fetch_result, open_source
from wzrd.net.addresses import FetchRefused
from wzrd.providers.base import Output
from wzrd.providers.credentials import CREDENTIALS
from wzrd.runtime.process import Runtime


@dataclass(slots=True)
class Private:
    """The operator's model server on loopback; it would hand a picture to anybody."""

    url: str
    hits: list[str] = field(default_factory=list[str])


@pytest.fixture(params=[name for row in CREDENTIALS.values() for name in row.addresses])
async def private(request: pytest.FixtureRequest, runtime: Runtime) -> AsyncGenerator[Private]:
    """A server that is configured as a provider's; every connection is a hit."""
    file = io.BytesIO()
    Image.new("RGB", (64, 36), "white").save(file, "PNG")
    hits: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hits.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode())
        body = file.getvalue()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        runtime.settings = runtime.settings.model_copy(update={request.param: f"{url}/openai/v1"})
        yield Private(url, hits)


async def test_a_users_address_is_refused_and_a_results_is_fetched(
    runtime: Runtime, private: Private, tmp_path: Path
) -> None:
    """One address, twice: the exemption belongs to what a provider returned, whatever was fetched before."""
    url = f"{private.url}/made/1.png"
    for _ in range(2):
        private.hits.clear()
        with pytest.raises(FetchRefused, match="only https"):
            async with open_source(runtime, url, "image"):
                pass
        assert private.hits == []
        await fetch_result(runtime, Output(media=(url,)), 0, tmp_path / "1.png", "image")
        assert private.hits == ["GET /made/1.png HTTP/1.1"]


@pytest.mark.parametrize("path", ["/1.png", "/openai/v1/models", "/storage/v1/object/public/workflow-media/x/1.png"])
async def test_a_shots_picture(runtime: Runtime, private: Private, path: str) -> None:
    """Neither its clip nor the contact sheet asks there; the shot says why it failed."""
    rig = await make_batch_rig(runtime, "ab", image_url=private.url + path, image_status="completed")
    run_id = await rig.queued("videos", model="animatic")
    assert await run_once(runtime, run_id) == "failed"
    assert {(await rig.row(name)).video_status for name in "ab"} == {"failed"}
    assert private.hits == []


async def test_a_cuts_addresses(runtime: Runtime, private: Private, tmp_path: Path) -> None:
    """Clips, pictures, voices and music of a timeline."""
    async with cut_rig(runtime, tmp_path / "home") as rig:
        await rig.shot(image_url=await rig.still(10))
        await rig.shot(video_url=f"{private.url}/a.mp4")
        await rig.shot(image_url=f"{private.url}/a.png")
        await rig.shot(image_url=await rig.still(20), audio_url=f"{private.url}/a.mp3")
        await add_music(rig, f"{private.url}/b.mp3")
        run_id, status = await rig.cut()
        payload = (await rig.job(run_id)).provider_payload
        assert (status, len(payload["shotFailures"]), len(payload["audioFailures"])) == ("partial", 2, 2)
        assert private.hits == []


async def add_music(rig: CutRig, url: str) -> None:
    """A track of the project's own."""
    statement = text("""insert into public.final_project_assets (project_id, user_id, asset_type, file_url)
                        values (:project, :user, 'audio', :url)""")
    async with rig.runtime.begin() as tx:
        values = {"project": rig.studio.project_id, "user": rig.studio.user_id, "url": url}
        await tx.execute(statement, values)
