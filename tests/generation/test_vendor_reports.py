"""Deeds of vendors, as their users report them: clear words, the right charge, a usable file or none.

One table of reports and what is expected. A report is named by the thread in which it was told.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from server.fakes import Behaviour, Fakes
from tests.fakes.providers import asking, settings_with
from tests.generation.test_recovery import FUNDS, Rig
from tests.media.clips import brightness
from tests.playing import log_of, row, run_once
from tests.rows import make_studio
from wzrd.domain.film import Frame
from wzrd.media.conform import conform_clip
from wzrd.media.probe import probe
from wzrd.runtime.process import Runtime

SHORT = {"video_size": {"width": 256, "height": 144}, "num_frames": 25, "fps": 25}
Asked: TypeAlias = tuple[str, Mapping[str, Any]]
"""A model, and what it is asked for beside the prompt."""
PICTURE: Asked = ("fal-ai/flux/schnell", {})
GMI: Asked = ("gmi/z-image-turbo", {})
FOUR: Asked = ("fal-ai/flux/schnell", {"num_images": 4})
CLIP: Asked = ("fal-ai/ltx-2-19b/text-to-video", SHORT)
SPEECH: Asked = ("elevenlabs-tts", {"text": "Rain again.", "voice": "JBFqnCBsd6RMkjVDRZzb"})


@dataclass(frozen=True, slots=True)
class Report:
    """A report, played by `behaviours`, and the end that is expected.

    `code` of the failure: empty where it succeeds. `said`: part of the message, or of the news where it succeeds.
    `share` of the price that is charged; `facts` of the file, `submits` at the vendor.
    """

    name: str
    source: str
    asked: Asked
    behaviours: tuple[Behaviour, ...]
    code: str = ""
    said: str = ""
    share: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    submits: int = 1


def always(**more: Any) -> tuple[Behaviour, ...]:
    """A behaviour of every submit: the model that stands in meets it as well."""
    return (Behaviour(times=0, **more),)


def once(**more: Any) -> tuple[Behaviour, ...]:
    return (Behaviour(**more),)


FACE = "The input image may contain a real person"
PNG = {"content_type": "image/png"}

REPORTS = (
    Report(
        "refused by a filter after it was accepted",
        "Comfy-Org/ComfyUI#13949",
        PICTURE,
        always(outcome="refusal"),
        "provider_failed",
        "could not be processed",
    ),
    Report(
        "a face refused",
        "Comfy-Org/workflow_templates#822",
        CLIP,
        always(outcome="refusal", text=FACE),
        "provider_failed",
        FACE,
    ),
    Report(
        "refused at GMI",
        "Lixpi#213",
        GMI,
        always(outcome="refusal"),
        "provider_failed",
        "may contain sensitive information",
    ),
    Report(
        "black pictures, called NSFW",
        "gokayfem/ComfyUI-fal-API#4",
        FOUR,
        once(outcome="filtered"),
        "result_useless",
        "filter has put black",
    ),
    Report("fewer pictures than asked for", "CherryHQ/cherry-studio#20027", FOUR, once(most=3), share=0.75, facts=PNG),
    Report(
        "an address that has run out",
        "kodelyx/flow-agent#4",
        CLIP,
        once(media="expired"),
        "result_expired",
        "can no longer be fetched",
    ),
    Report(
        "a 200 with an error in it",
        "googleapis/js-genai#321",
        PICTURE,
        always(outcome="error_body"),
        "provider_failed",
        "No output was generated",
        submits=1,
    ),
    Report(
        "a 200 with an error in it, at GMI",
        "googleapis/js-genai#321",
        GMI,
        once(outcome="error_body"),
        "result_useless",
        "made no image",
    ),
    Report(
        "places in the queue that rise",
        "openstory-so/openstory#828",
        PICTURE,
        once(places=2, rises=3),
        said="queue_position",
        share=1,
        facts=PNG,
    ),
    Report(
        "hours in the queue",
        "openstory-so/openstory#828",
        PICTURE,
        always(places=1000, place_seconds=3600),
        "provider_failed",
        "had not begun in time",
        submits=1,
    ),
    Report(
        "a 422 that lists what is wrong",
        "fal.ai/docs/errors",
        PICTURE,
        always(status=422, text="Input should be a string"),
        "provider_rejected",
        "Input should be a string",
        submits=0,
    ),
    Report(
        "a clip's file without a picture",
        "Comfy-Org/ComfyUI#13949",
        CLIP,
        once(media="sound_only"),
        "result_useless",
        "not what was asked for",
    ),
    Report(
        "a sound in a clip's place", "CherryHQ/cherry-studio#20027", CLIP, once(media="other_kind"), "result_useless"
    ),
    Report(
        "a clip of another length",
        "BerriAI/litellm#16776",
        CLIP,
        once(media="wrong_length"),
        share=1,
        facts={"content_type": "video/mp4", "duration": 0.5, "width": 256, "height": 144},
    ),
    Report(
        "a clip of another ratio",
        "runwayml/sdk-node#39",
        CLIP,
        once(media="turned"),
        share=1,
        facts={"content_type": "video/mp4", "width": 144, "height": 256},
    ),
    Report(
        "a JPEG named PNG",
        "gemini-cli-extensions/nanobanana#68",
        PICTURE,
        once(media="jpeg"),
        share=1,
        facts={"content_type": "image/jpeg"},
    ),
    Report(
        "AVIF", "open-webui/open-webui#9600", PICTURE, once(media="avif"), share=1, facts={"content_type": "image/avif"}
    ),
    Report(
        "HEIC", "OkunaOrg/okuna-api#414", PICTURE, once(media="heic"), share=1, facts={"content_type": "image/heic"}
    ),
    Report(
        "HDR", "VisionDepth/VisionDepth3D#60", CLIP, once(media="hdr"), share=1, facts={"content_type": "video/mp4"}
    ),
    Report(
        "pictures that last differently",
        "n00mkrad/flowframes#43",
        CLIP,
        once(media="uneven"),
        share=1,
        facts={"content_type": "video/mp4"},
    ),
    Report("an empty file", "CherryHQ/cherry-studio#20027", PICTURE, once(media="empty"), "result_useless"),
    Report(
        "an empty sound",
        "elevenlabs/elevenlabs-python#339",
        SPEECH,
        once(media="empty"),
        "result_useless",
        "a sound of no byte",
    ),
    Report(
        "a silent sound",
        "lugia19/Claude-QoL#44",
        SPEECH,
        once(media="silent"),
        "result_useless",
        "silent",
    ),
)


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[Rig]:
    runtime.settings = settings_with(runtime.settings, {"WZRD_OFFLINE": "never"})
    async with asking(fakes, runtime, tries=2):
        yield Rig(runtime, fakes, await make_studio(runtime, funds=FUNDS))


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
async def test_it_ends_as_it_should(rig: Rig, report: Report, tmp_path: Path) -> None:
    """Told by code and words, charged for what came, which is a file that plays; every promise about money holds."""
    if report.name == "hours in the queue":  # its clock, not ours
        rig.runtime.settings = settings_with(rig.runtime.settings, {"WZRD_DEADLINES": "image=8"})
    model, inputs = report.asked
    await rig.fakes.script(*report.behaviours)
    await rig.start(model, **inputs)
    await run_once(rig.runtime, rig.run_id)
    run, item = await row(rig.runtime, rig.run_id), await rig.item()
    code = (item.output or {}).get("code", "") if item.status == "failed" else ""
    assert (run.status, code) == ("failed" if report.code else "succeeded", report.code), item.output
    told = [data for _, data in await log_of(rig.runtime, rig.run_id)]
    assert report.said in str(told if not report.code else told[-1]), told
    assert await rig.balance() == FUNDS - round(rig.price * report.share)
    assert len(await rig.fakes.paid_submits()) == report.submits
    if not report.code:
        assert run.result is not None
        await check_file(rig, run.result["url"], report, tmp_path)
    await rig.check_money()


async def check_file(rig: Rig, url: str, report: Report, folder: Path) -> None:
    """It lies in our store under a name that fits, says what it is, and becomes a clip of a film."""
    place = rig.runtime.storage.locate(url)
    assert place is not None
    async with rig.runtime.storage.local(*place) as path:
        found = probe(path)
        assert found.frames
        made = await conform_clip(path, folder / "house.mp4", frame=Frame(128, 72), frames=12)
        assert (made.house, made.frames) == (True, 12)
        if report.name == "HDR":
            assert min(brightness(folder / "house.mp4")) > 190, "white is white"
        known = {"width": found.width, "height": found.height, "duration": round(found.seconds, 1)}
        suffix = {"image/jpeg": ".jpg", "video/mp4": ".mp4"}.get(report.facts["content_type"])
        assert path.name.endswith(suffix or "." + report.facts["content_type"].partition("/")[2])
    expected = {name: value for name, value in report.facts.items() if name in known}
    assert {name: known[name] for name in expected} == expected


async def test_places_that_rise_are_told(rig: Rig) -> None:
    """As the vendor tells them (openstory-so/openstory#828: 8,663 became 12,654): nobody takes it for hanging."""
    await rig.fakes.script(Behaviour(places=2, rises=20))
    await rig.start(PICTURE[0])
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    news = [data["event"] for event, data in await log_of(rig.runtime, rig.run_id) if event == "progress"]
    told = [one["queue_position"] for one in news if "queue_position" in one]
    highest = told.index(max(told))
    assert told[: highest + 1] == sorted(told[: highest + 1]), "a busy host leaves some out"
    assert told[highest] > 1000


async def test_ids_that_repeat_across_endpoints(rig: Rig) -> None:
    """Requests of three models have one id: each is followed, kept and paid, once."""
    for model in (PICTURE[0], "fal-ai/flux/dev", "fal-ai/flux-pro/v1.1"):
        await rig.fakes.script(Behaviour(request_id="0199-the-same"))
        before = await rig.balance()
        await rig.start(model)
        held = await rig.balance()
        assert await run_once(rig.runtime, rig.run_id) == "succeeded"
        assert (await rig.balance(), held < before) == (held, True)
        assert [job.request_id for job in await rig.jobs()] == ["0199-the-same"]
    await rig.check_money()


async def test_words_of_a_sound_are_a_result(rig: Rig) -> None:
    """A model that writes down what is said answers no file: it is delivered, and charged."""
    await rig.start("fal-ai/whisper", audio_url="https://files.example.com/a.mp3")
    await run_once(rig.runtime, rig.run_id)
    run = await row(rig.runtime, rig.run_id)
    assert (run.status, "files.example.com/a.mp3" in str(run.result)) == ("succeeded", True), (await rig.item()).output
    assert await rig.balance() == FUNDS - rig.price
    await rig.check_money()
