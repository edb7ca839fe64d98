"""Rows and graphs call our files by a front end's address: a batch and a graph hand them over."""

import uuid
from urllib.parse import urlsplit

from server.fakes import Fakes
from tests.playing import run_once
from tests.providers.conformance import png
from tests.tasks.graph_project import make_compute_rig
from tests.tasks.shot_batch import open_paid_rig
from wzrd.animatic.provider import Animatic
from wzrd.providers.opening import open_providers
from wzrd.runtime.process import Runtime

I2V = "fal-ai/kling-video/v3/pro/image-to-video"


async def elsewhere(runtime: Runtime) -> str:
    """A picture of our store under the address of a front end's proxy."""
    path = f"{uuid.uuid4()}/still.png"
    await runtime.storage.put_bytes("project-assets", path, png(320, 180), content_type="image/png")
    return "http://localhost:8000" + urlsplit(runtime.storage.public_url("project-assets", path)).path


async def test_a_batch_of_clips(runtime: Runtime, fakes: Fakes) -> None:
    """Each shot's picture, as its row has it."""
    still = await elsewhere(runtime)
    async with open_paid_rig(runtime, fakes, "ab", image_url=still, image_status="completed") as rig:
        for model in ("gmi/ltx-fast-i2v", I2V):
            await rig.set(
                "shots", "project_id", rig.batch.studio.project_id, video_url=None, video_status="not_started"
            )
            assert await run_once(runtime, await rig.queued("videos", model=model)) == "succeeded"
        assert (await rig.paid("gmi-cloud"), await rig.paid("fal-ai")) == (2, 2)


async def test_a_graph(runtime: Runtime, fakes: Fakes) -> None:
    """A file that was uploaded into a node, at another node's input and in a field of its own."""
    rig = await make_compute_rig(runtime, 1000)
    runtime.settings = type(runtime.settings).model_validate(
        {**runtime.settings.model_dump(by_alias=True), **fakes.environment()}
    )
    runtime.providers = open_providers(runtime.settings, local=[Animatic()])
    still = await elsewhere(runtime)
    await rig.save(
        [
            rig.node("upload", "Upload", url=still),
            rig.node("linked", "Video", model=I2V, prompt="rain"),
            rig.node("own", "Video", model=I2V, prompt="snow", image_url=still),
        ],
        rig.edge("upload", "linked", "image"),
    )
    run_id, status = await rig.run()
    assert (status, await rig.statuses(run_id)) == (
        "succeeded", {"upload": "succeeded", "linked": "succeeded", "own": "succeeded"}
    )  # fmt: skip
    assert len(await fakes.paid_submits("fal-ai")) == 2
    await runtime.providers.aclose(grace=0.1)
