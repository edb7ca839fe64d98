"""Local work on a node's files: really done, stored once, found again, refused clearly, stopped whole."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from server.stack import postgres
from tests.media.bombs import png
from tests.media.clips import brightness, running_ffmpegs
from tests.media.edits import BLUE, GREEN, RED, WHITE, busy, corners, counted, quarters, tone
from tests.rows import make_studio
from tests.server.served import shared_runtime
from tests.waiting import until
from wzrd.assets.sources import BadSource
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.ids import RunId, UserId
from wzrd.domain.lease import Lease
from wzrd.graph.actions import ACTIONS
from wzrd.graph.binding import bind_inputs
from wzrd.graph.execution.local.node import make_local
from wzrd.graph.model import Edge, Node
from wzrd.graph.parameters import BadParameter
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.limits import MediaRefused
from wzrd.net.addresses import FetchRefused
from wzrd.providers.base import Progress
from wzrd.runtime.process import Runtime

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are read from /proc")


@dataclass(frozen=True, slots=True)
class Rig:
    """A user's studio, files of its own, and nodes that work on them."""

    runtime: Runtime
    lease: Lease
    folder: Path

    async def keep(self, path: Path, content_type: str) -> str:
        """Store a file; its address."""
        name = f"{self.lease.user_id}/{uuid.uuid4().hex}{path.suffix}"
        await self.runtime.storage.put_file("workflow-media", name, path, content_type=content_type)
        return self.runtime.storage.public_url("workflow-media", name)

    async def run(self, action_id: str, inputs: Mapping[str, Any], **params: Any) -> dict[str, Any]:
        """Result of a node of that action."""
        node = Node("n", "Transform", params={"actionId": action_id, **params})
        return await make_local(self.runtime, self.lease, node, ACTIONS[action_id], inputs)

    async def path(self, url: str) -> Path:
        """The stored file."""
        place = self.runtime.storage.locate(url)
        assert place is not None
        async with self.runtime.storage.local(*place) as path:
            return path

    def left(self) -> list[Path]:
        """Files in the folder in which tools work."""
        folder = self.runtime.settings.work_folder
        return list(folder.iterdir()) if folder.exists() else []

    async def stored(self) -> int:
        """Number of files that the user has."""
        folder = self.runtime.settings.media_folder / "workflow-media" / str(self.lease.user_id)
        return len([path for path in folder.iterdir() if not path.name.startswith(".")])


@pytest.fixture(scope="module")
async def rig(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Rig]:
    """One database and one home for the module."""
    async with shared_runtime(cluster) as runtime:
        studio = await make_studio(runtime)
        lease = Lease(RunId(uuid.uuid4()), "test", 1, 1, UserId(studio.user_id))
        yield Rig(runtime, lease, tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="module")
async def image(rig: Rig) -> str:
    """Four corners."""
    return await rig.keep(corners(rig.folder / "corners.png"), "image/png")


@pytest.fixture(scope="module")
async def clip(rig: Rig) -> str:
    """Half a second of counting, with sound."""
    return await rig.keep(counted(rig.folder / "clip.mp4", frames=12, sound=True), "video/mp4")


async def test_a_picture_is_really_turned(rig: Rig, image: str) -> None:
    """The result is what clients and later nodes read: type, address, size, content."""
    result = await rig.run("image.rotate", {"image": image}, angle=90)
    path = await rig.path(result["url"])
    assert quarters(Image.open(path)) == [BLUE, RED, WHITE, GREEN]
    assert result["urls"] == [result["url"]]
    assert (result["type"], result["action_id"], result["width"], result["height"]) == ("image", "image.rotate", 48, 64)
    place = rig.runtime.storage.locate(result["url"])
    assert place is not None
    assert result["sha256"] == (await rig.runtime.storage.stat(*place)).sha256


async def test_a_clip_is_really_played_backwards(rig: Rig, clip: str) -> None:
    """With its length and pace told."""
    result = await rig.run("video.reverse", {"video": clip})
    levels = brightness(await rig.path(result["url"]))
    assert levels == sorted(levels, reverse=True)
    assert (result["type"], result["duration"], result["frames"], result["fps"]) == ("video", 0.5, 12, 24.0)


async def test_a_chain_of_nodes_hands_files_on(rig: Rig, image: str) -> None:
    """The result of one node is bound to the next as a graph binds it."""
    upload, turn, grey = (Node(each, "Transform") for each in ("upload", "turn", "grey"))
    edges = [Edge("e1", "upload", "turn", target_handle="image"), Edge("e2", "turn", "grey", target_handle="image")]
    first = bind_inputs(turn, [(edges[0], upload, {"type": "image", "url": image})])
    turned = await rig.run("image.flip", first, axis="both")
    result = await rig.run("image.color-filter", bind_inputs(grey, [(edges[1], turn, turned)]), filter="grayscale")
    seen = quarters(Image.open(await rig.path(result["url"])))
    assert [len(set(color)) for color in seen] == [1] * 4
    assert seen[0][0] > 230


async def test_several_files_are_told_one_by_one(rig: Rig, clip: str) -> None:
    """In order, each with its time; the next node that takes many takes them all."""
    result = await rig.run("video.split", {"video": clip}, parts=3)
    assert len(result["urls"]) == 3
    items = result["data"]["items"]
    assert [item["url"] for item in items] == result["urls"]
    assert [item["time"] for item in items] == pytest.approx([0, 4 / 24, 8 / 24], abs=0.001)
    joined = await rig.run("video.stitch", {"video": result["url"], "video_asset": result})
    assert [round((level - 40) / 6) for level in brightness(await rig.path(joined["url"]))] == list(range(12))
    frames = await rig.run("video.extract-frames", {"video": clip}, count=2, format="jpg")
    assert [Path(url).suffix for url in frames["urls"]] == [".jpg", ".jpg"]


async def test_copies_are_one_file_as_often_as_wanted(rig: Rig, image: str) -> None:
    """A list of copies takes no more room than one; side by side they are one picture."""
    before = await rig.stored()
    result = await rig.run("image.duplicate", {"image": image}, copies=4)
    assert len(result["urls"]) == 4 == len(result["data"]["items"])
    assert len(set(result["urls"])) == 1 == await rig.stored() - before
    again = await rig.run("image.duplicate", {"image": image}, copies=4)
    assert again == result
    row = await rig.run("image.duplicate", {"image": image}, copies=3, layout="row")
    assert (row["width"], len(row["urls"])) == (192, 1)


@pytest.mark.parametrize(
    ("action_id", "params"),
    [("image.blur", {"amount": 3}), ("video.extract-frames", {"count": 3}), ("video.grain", {}), ("audio.fade", {})],
)
async def test_the_same_again_is_found(action_id: str, params: dict[str, Any], rig: Rig, image: str, clip: str) -> None:
    """Same tool, parameters and contents: the same file, also from another address; anything else is another."""
    source = {"image": image, "video": clip, "audio": clip}
    media = action_id.split(".", maxsplit=1)[0]
    first = await rig.run(action_id, {media: source[media]}, **params)
    count = await rig.stored()
    copy = await rig.keep(await rig.path(source[media]), "image/png" if media == "image" else "video/mp4")
    assert await rig.run(action_id, {media: copy}, **params, label="another", somethingElse=7) == first
    assert await rig.stored() == count + 1
    numbers = {"amount": 5} if media != "audio" else {"fadeIn": 0.1}
    other = await rig.run(action_id, {media: copy}, **{**params, **({"count": 2} if "count" in params else numbers)})
    assert other.get("sha256") != first.get("sha256") or other["urls"] != first["urls"]


async def test_what_has_vanished_is_made_again(rig: Rig, clip: str) -> None:
    """One of several files is enough: the whole set is made anew, with the same contents."""
    first = await rig.run("video.extract-frames", {"video": clip}, count=4)
    place = rig.runtime.storage.locate(first["urls"][2])
    assert place is not None
    await rig.runtime.storage.delete(*place)
    again = await rig.run("video.extract-frames", {"video": clip}, count=4)
    assert [item["sha256"] for item in again["data"]["items"]] == [item["sha256"] for item in first["data"]["items"]]
    assert (await rig.path(again["urls"][2])).exists()


async def test_two_at_once_make_it_once(rig: Rig, clip: str) -> None:
    """The second waits and gets the same."""
    before = await rig.stored()
    results = await asyncio.gather(*(rig.run("video.speed", {"video": clip}, speed=3) for _ in range(3)))
    assert results[0] == results[1] == results[2]
    assert await rig.stored() == before + 1


async def test_nobody_gets_anothers_file(rig: Rig, image: str) -> None:
    """Two users' equal work lies in their own folders."""
    mine = await rig.run("image.sketch", {"image": image})
    stranger = replace(rig, lease=replace(rig.lease, user_id=UserId((await make_studio(rig.runtime)).user_id)))
    theirs = await stranger.run("image.sketch", {"image": image})
    assert mine["url"] != theirs["url"]
    assert str(stranger.lease.user_id) in theirs["url"]


async def test_data_is_made_without_a_file(rig: Rig, clip: str) -> None:
    """Facts about a clip, and its waveform, are data."""
    before = await rig.stored()
    told = await rig.run("video.metadata", {"video": clip})
    assert told["type"] == "json"
    assert told["data"]["hasAudio"] is True
    assert (told["data"]["width"], told["data"]["frames"], told["data"]["codec"]) == (64, 12, "h264")
    wave = await rig.run("audio.waveform", {"audio": clip}, resolution=64)
    assert len(wave["data"]["peaks"]) == 64
    assert await rig.stored() == before


async def test_another_nodes_words_set_a_parameter(rig: Rig, image: str) -> None:
    """A text node leads to `text`; what the node itself says counts first, an empty field says nothing."""
    linked = await rig.run("image.watermark", {"image": image, "text": "MARA"}, text="")
    own = await rig.run("image.watermark", {"image": image, "text": "OTHER"}, text="MARA")
    assert linked["sha256"] == own["sha256"]
    plain = np.asarray(Image.open(await rig.path(image)).convert("RGB"), int)
    assert np.abs(np.asarray(Image.open(await rig.path(own["url"])).convert("RGB"), int) - plain).max() > 60


async def test_a_data_uri_is_worked_on(rig: Rig) -> None:
    """As a node of a file form holds it."""
    import base64

    data = BytesIO()
    Image.new("RGB", (20, 10), RED).save(data, "PNG")
    uri = f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"
    result = await rig.run("image.rotate", {}, url=uri)
    assert (result["width"], result["height"]) == (10, 20)


@pytest.mark.parametrize(
    ("action_id", "inputs", "params", "error", "words"),
    [
        ("image.rotate", {}, {}, BadRequest, "image.rotate requires an image input"),
        ("image.rotate", {"image": "file:///etc/passwd"}, {}, BadRequest, "requires an image input"),
        ("image.rotate", {"image": "http://127.0.0.1:1/a.png"}, {}, FetchRefused, "only https"),
        ("image.rotate", {"image": "data:text/plain,hello"}, {}, BadSource, "expected image"),
        ("image.rotate", {}, {"angle": "sideways"}, BadParameter, "angle must be a number from -3600 to 3600"),
        ("video.stitch", {"video": "https://x/a.mp4"}, {}, BadRequest, "at least 2 video inputs, and has 1"),
        ("image.watermark", {"image": "IMAGE"}, {}, BadRequest, "a watermark needs a picture or words"),
        ("image.rotate", {"image": "CLIP"}, {}, MediaFailed, "cannot be read"),
        ("video.reverse", {"video": "IMAGE"}, {}, BadRequest, "a clip is needed, and the file holds one picture"),
        ("video.trim", {"video": "CLIP"}, {"start": 9}, BadRequest, "start is 9 s, and it lasts 0.50 s"),
        ("image.blur", {"image": "BOMB"}, {}, MediaRefused, "40 megapixels at most"),
        ("video.grain", {"video": "BOMB"}, {}, MediaRefused, "40 megapixels at most"),
    ],
)
async def test_what_cannot_be_done_is_said_and_leaves_nothing(
    action_id: str,
    inputs: dict[str, Any],
    params: dict[str, Any],
    error: type[Exception],
    words: str,
    rig: Rig,
    image: str,
    clip: str,
) -> None:
    """With the value and what is allowed; no file is stored, none is left where tools work."""
    bomb = rig.folder / "bomb.png"
    bomb.write_bytes(png(12_000, 12_000, pixels=False))
    named = {"IMAGE": image, "CLIP": clip, "BOMB": await rig.keep(bomb, "image/png")}
    before = await rig.stored()
    with pytest.raises(error, match=words):
        await rig.run(action_id, {name: named.get(value, value) for name, value in inputs.items()}, **params)
    assert await rig.stored() == before
    assert rig.left() == []


async def test_a_file_of_ours_that_is_gone_is_named(rig: Rig) -> None:
    """It is not looked for elsewhere."""
    with pytest.raises(NotFound, match=r"gone\.png"):
        await rig.run("image.flip", {"image": rig.runtime.storage.public_url("workflow-media", "u/gone.png")})


async def test_progress_is_told(rig: Rig, clip: str) -> None:
    """From waiting to done, never backwards."""
    heard: list[Progress] = []
    node = Node("n", "Transform", params={"seconds": 0.3})
    await make_local(rig.runtime, rig.lease, node, ACTIONS["video.trim"], {"video": clip}, heard.append)
    fractions = [news.fraction for news in heard]
    assert (heard[0].phase, heard[-1].phase, heard[-1].fraction) == ("queued", "running", 1.0)
    assert fractions == sorted(fractions, key=lambda fraction: fraction or 0)


@needs_proc
async def test_a_cancel_stops_ffmpeg_and_leaves_nothing(rig: Rig) -> None:
    """Neither a program nor a folder nor a file in the store; the same work can be done afterwards."""
    long = await rig.keep(busy(rig.folder / "long.mp4"), "video/mp4")
    before = await rig.stored()
    working = asyncio.create_task(rig.run("video.glow", {"video": long}))
    await until(running_ffmpegs)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert running_ffmpegs() == []
    assert rig.left() == []
    assert await rig.stored() == before
    sound = await rig.keep(tone(rig.folder / "tone.wav", seconds=0.2), "audio/wav")
    assert (await rig.run("audio.gain", {"audio": sound}, gain=-3))["type"] == "audio"
