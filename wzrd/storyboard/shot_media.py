"""A shot's picture and clip as media jobs: what the model is told, what its result depends on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import CAMERA, DRAWING, read_panel
from wzrd.assets.bible import addresses_of
from wzrd.assets.bible_references import STYLE, Bible, Dressed
from wzrd.assets.content_cache import CLIP, PANEL, TAKE, Asset, make_once
from wzrd.assets.posters import take_last_frame
from wzrd.assets.sources import BadSource, hash_file, open_source
from wzrd.db.shot_assets import Source
from wzrd.db.storyboards import find_image_before
from wzrd.domain.errors import NotConfigured, NotFound
from wzrd.domain.film import FPS, frames_of, seconds_of
from wzrd.domain.pacing import shot_frames
from wzrd.domain.runs import Lease
from wzrd.domain.shots import Line
from wzrd.domain.speech import NATIVE, KeptRoute
from wzrd.domain.storyboard import StoryboardScene, StoryboardShot, idea_of
from wzrd.domain.wanted_format import WantedFormat
from wzrd.generation.media import MediaJob, OnProgress, hold_media, make_media
from wzrd.generation.references import check_references
from wzrd.generation.values import Gate
from wzrd.language.shots.following import goes_on_in
from wzrd.language.shots.set_ups import speech_seconds
from wzrd.language.shots.softening import soften_words
from wzrd.media.wav import audible_seconds
from wzrd.models.catalog import Model
from wzrd.models.media_choice import MediaChoice
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import (
    SECONDS,
    clip_format,
    image_body,
    motion_prompt,
    shot_prompt,
    speak_lines,
    takes_reference,
    video_body,
)
from wzrd.models.speech_routes import SpeechFiles, speech_body
from wzrd.runtime.process import Runtime
from wzrd.storyboard.films import StoryboardSnapshot
from wzrd.storyboard.refusals import Sent, explained
from wzrd.storyboard.speaking import ShotVoice, check_speech, make_tracks, part_frames
from wzrd.storyboard.takes import record_take
from wzrd.threads import in_thread, stoppable

LEAST_HEARD = 0.5
"""Share of the time that lines take by which a model's own sound must be heard, to be taken for their speech."""


@dataclass(frozen=True, slots=True)
class ShotJob:
    """A shot to be made: the run's lease, its item, its model, the film that it belongs to and its bible.

    `route`: the way of its lines; `voice`: what paid voices have said of them. `native_sound`: the clip is
    bought with its model's own sound. `soften`: a prompt that is refused is sent once more in milder words.
    """

    runtime: Runtime
    lease: Lease
    item_key: str
    choice: MediaChoice
    film: StoryboardSnapshot
    bible: Bible = field(default_factory=Bible)
    route: KeptRoute | None = None
    voice: ShotVoice | None = None
    native_sound: bool = False
    soften: bool = False

    @property
    def is_native(self) -> bool:
        """True if its clip's model speaks its lines, in a voice of its own."""
        return self.route is not None and self.route.route == NATIVE and not self.choice.drawn

    @property
    def is_speaking(self) -> bool:
        """True if its model makes the picture speak, in place of a clip."""
        return self.route is not None and self.route.route in {"talking", "pair"} and not self.choice.drawn

    @property
    def model(self) -> Model:
        """The catalog's row of what runs."""
        return routed_catalog().models[self.choice.model_id]


@dataclass(frozen=True, slots=True)
class ShotMedia:
    """A shot's picture or clip, and the take that is heard in it (None: nobody speaks).

    `prompt`, `sources` and `sheets` (the hashes of their pictures by key): what a model was given. `left_out`: why
    references were not given to it. `parts`: the consecutive clips that it was joined of, if it was. `unheard`: why its
    model's own speech is not taken for that of its lines; None: it is, or was not asked for.
    """

    asset: Asset
    take: Asset | None = None
    prompt: str = ""
    sources: tuple[Source, ...] = ()
    left_out: str | None = None
    sheets: Mapping[str, str] = field(default_factory=dict[str, str])
    parts: tuple[Asset, ...] = ()
    unheard: str | None = None

    def bought_url(self, runtime: Runtime) -> str | None:
        """Address of the file as a model made it; None where it was drawn here, or by a version before."""
        bought = self.asset.facts.get("bought")
        return runtime.storage.public_url(bought["bucket"], bought["path"]) if bought else None


async def make_picture(
    job: ShotJob, scene: StoryboardScene, shot: StoryboardShot, on_progress: OnProgress
) -> ShotMedia:
    """The shot's picture: a storyboard panel in animatic mode, else what the model makes of the visual prompt.

    Raises:
        as `wzrd.generation.media.make_media`.
    """
    if job.choice.drawn:
        brief = read_panel(scene.brief, idea_of(shot), shot_number=shot.number or 0, design=job.film.design)
        frame, wanted = job.film.delivery.frame, job.film.storyboard.wanted
        inputs: dict[str, Any] = {"panel": brief, "frame": frame}
        cache_inputs = {"drawing": DRAWING, "panel": asdict(brief), "frame": asdict(frame)}
        media_job = MediaJob(job.item_key, "image", job.choice, PANEL, inputs, wanted, cache_inputs)
        return ShotMedia(await make_media(job.runtime, job.lease, media_job, on_progress))
    dressed = await _dress(job, scene, shot, shot_prompt(shot))
    reference, left_out = (None, None) if dressed.fields else await _find_reference(job, shot)
    body = image_body(
        job.model,
        prompt=dressed.prompt,
        aspect_ratio=job.film.storyboard.aspect_ratio,
        reference=reference.url if reference else None,
        references=dressed.fields,
    )
    own_size = WantedFormat(job.film.storyboard.aspect_ratio)
    media_job = MediaJob(job.item_key, "image", job.choice, PANEL, body.inputs, own_size, soften=job.soften)
    files = {**({reference.url: "style"} if reference else {}), **dressed.addresses}
    with explained(Sent(job.model, body.inputs, files, idea_of(shot))):
        asset = await make_media(job.runtime, job.lease, media_job, on_progress)
    said = "; ".join((*dressed.left_out, *([left_out] if left_out else []))) or None
    prompt = _prompt_of(asset, dressed.prompt)
    return ShotMedia(asset, None, prompt, (reference,) if reference else (), said, dressed.sheets)


async def _dress(
    job: ShotJob, scene: StoryboardScene, shot: StoryboardShot, prompt: str, *, still: str = ""
) -> Dressed:
    """The shot's words and sheets for its model. One that its provider cannot read is left out, and told."""
    style = "" if still else job.film.storyboard.style_url
    keys = job.bible.references(scene, shot)
    if not keys:
        return Dressed(prompt)
    unreadable: list[str] = []
    addresses: dict[str, str] = {}
    try:
        addresses = addresses_of(job.runtime, (job.bible.sheets[key] for key in keys if key in job.bible.sheets))
    except NotConfigured as error:
        unreadable.append(error.message)
    for key, url in {**addresses, **({STYLE: style} if style else {})}.items():
        try:
            await check_references(job.runtime, job.choice.target, job.model.media_type, {"image_url": url})
            addresses[key] = url
        except (BadSource, NotFound) as error:
            addresses.pop(key, None)
            unreadable.append(f"{key}: {error.message}")
    dressed = job.bible.dress(job.model, scene, shot, prompt, addresses, style=bool(style), still=still)
    return replace(dressed, left_out=(*dressed.left_out, *unreadable))


async def _find_reference(job: ShotJob, shot: StoryboardShot) -> tuple[Source | None, str | None]:
    """The project's style reference, else the scene's picture before this shot; or why the model cannot see it.

    A reference helps, and is no condition: a shot is made without the one that its provider cannot read.
    """
    if not takes_reference(job.model):
        return None, None
    style = job.film.storyboard.style_url
    if style:
        found: Source | None = Source(style)
    else:
        async with job.runtime.begin() as tx:
            found = await find_image_before(tx, shot)
    if found is None:
        return None, None
    try:
        await check_references(job.runtime, job.choice.target, "image", {"image_url": found.url})
    except (BadSource, NotFound) as error:
        return None, error.message
    return found, None


async def make_clip(
    job: ShotJob, scene: StoryboardScene, shot: StoryboardShot, on_progress: OnProgress, gate: Gate | None = None
) -> ShotMedia:
    """The shot's clip, made from its picture, long enough for what is said in it; and the take of that.

    A model is sent it as far as `gate` allows.

    Raises:
        BadSource, FetchRefused, FetchFailed, NotFound: the picture cannot be had.
        as `wzrd.generation.media.make_media`.
    """
    runtime, dialogue = job.runtime, job.film.dialogue
    lines = dialogue.lines.get(shot.shot_id, ())
    take = None
    if lines and job.voice is None and not job.is_native:
        take = await record_take(runtime, job.lease.user_id, lines, dialogue.cast)
    spoken = float(take.facts["seconds"]) if take else job.voice.seconds if job.voice else None
    if job.is_native:
        made = await _film_native(job, scene, shot, lines, on_progress, gate)
    elif job.route is not None and job.is_speaking:
        made = await _film_speaker(job, job.route, shot, len(lines), on_progress, gate)
    elif job.choice.drawn:
        made = await _film_panel(job, shot, spoken, on_progress)
    else:
        made = await _film_by_model(job, scene, shot, spoken, on_progress, gate)
    return replace(made, take=take)


async def _film_panel(job: ShotJob, shot: StoryboardShot, spoken: float | None, on_progress: OnProgress) -> ShotMedia:
    """Animatic mode: a camera move over the picture, exactly as long as there is to see and hear."""
    idea, frame, fps = idea_of(shot), job.film.delivery.frame, job.film.delivery.fps
    frames = shot_frames(idea, spoken, fps)
    async with open_source(job.runtime, shot.image_url, "image") as still:
        cache_inputs: dict[str, Any] = {
            "still": await in_thread(hash_file, still), "frames": frames, "frame": asdict(frame), "camera": CAMERA,
            "move": idea.move, **({"fps": str(fps)} if fps != FPS else {}),
        }  # fmt: skip
        inputs = {"still": still, "frame": frame, "fps": fps, "frames": frames, "move": idea.move}
        wanted = job.film.storyboard.wanted
        media_job = MediaJob(job.item_key, "video", job.choice, CLIP, inputs, wanted, cache_inputs)
        return ShotMedia(await make_media(job.runtime, job.lease, media_job, on_progress))


async def _film_by_model(
    job: ShotJob,
    scene: StoryboardScene,
    shot: StoryboardShot,
    spoken: float | None,
    on_progress: OnProgress,
    gate: Gate | None,
) -> ShotMedia:
    """A model's clip: just as long as its lines take to say, else of the usual length.

    Lines that outlast its longest clip are seen spoken in consecutive ones.
    """
    fps, parts = job.film.delivery.fps, part_frames(job.route, job.voice, job.film.delivery.fps)
    dressed = await _dress(job, scene, shot, motion_prompt(shot), still=shot.image_url)
    films = partial(_film, job, shot, dressed, on_progress=on_progress, gate=gate)
    left_out = "; ".join(dressed.left_out) or None
    if parts:
        clips = await _film_parts(job, shot, parts, films)
        asset, made_of = await join_clips(job.runtime, job.lease.user_id, clips), tuple(clips)
    else:
        frames = None if spoken is None else shot_frames(idea_of(shot), spoken, fps)
        following = goes_on_in(scene, shot) if frames is None else None
        asset = await films(shot.image_url, frames, last=following.image_url if following else "")
        made_of = ()
    prompt = _prompt_of((*made_of, asset)[0], dressed.prompt)
    return ShotMedia(asset, None, prompt, (Source(shot.image_url),), left_out, dressed.sheets, made_of)


async def _film_native(
    job: ShotJob,
    scene: StoryboardScene,
    shot: StoryboardShot,
    lines: Sequence[Line],
    on_progress: OnProgress,
    gate: Gate | None,
) -> ShotMedia:
    """A model's clip in which it speaks the lines itself: as long as it came, and its sound is as long as they take."""
    fps, seconds = job.film.delivery.fps, speech_seconds(lines)
    told = speak_lines(motion_prompt(shot), lines)
    dressed = await _dress(job, scene, shot, told, still=shot.image_url)
    least = shot_frames(idea_of(shot), seconds, fps)
    asset = await _film(job, shot, dressed, shot.image_url, None, least=least, on_progress=on_progress, gate=gate)
    heard = await _audible_seconds(job, asset)
    unheard = None
    if heard < LEAST_HEARD * seconds:
        unheard = f"its sound lasts {heard:.1f} s, and its lines about {seconds:.1f} s"
    left_out, prompt = "; ".join(dressed.left_out) or None, _prompt_of(asset, dressed.prompt)
    return ShotMedia(asset, None, prompt, (Source(shot.image_url),), left_out, dressed.sheets, unheard=unheard)


async def _audible_seconds(job: ShotJob, clip: Asset) -> float:
    """Seconds of a bought clip in which there is something to be heard."""
    # who only starts runs need not load the media tools
    from wzrd.media.sound_decoding import LONGEST_SECONDS, decode_sound

    bought = clip.facts.get("bought")
    if not clip.facts.get("sound") or not bought:
        return 0.0

    async def make(out: Path) -> Mapping[str, Any]:
        async with job.runtime.storage.local(bought["bucket"], bought["path"]) as path:
            seconds = await decode_sound(path, 1, LONGEST_SECONDS, out)
        return {"seconds": seconds, "audible": await in_thread(audible_seconds, out)}

    cache_inputs = {"tool": "own speech", "version": "1", "of": clip.sha256}
    return float((await make_once(job.runtime, job.lease.user_id, cache_inputs, TAKE, make)).facts["audible"])


async def _film(
    job: ShotJob,
    shot: StoryboardShot,
    dressed: Dressed,
    picture: str,
    frames: int | None,
    *,
    on_progress: OnProgress,
    gate: Gate | None,
    part: int = 0,
    least: int = 0,
    last: str = "",
) -> Asset:
    """A model's clip that begins with `picture`: of just so many frames, else of the usual length.

    A longer one is cut, the last picture of a shorter one stands. `part`: its number, where it is one of several.
    `least`: frames that one has at least which stays as long as it comes. `last`: the picture that it ends with.
    """
    wanted, fps = job.film.storyboard.wanted, job.film.delivery.fps
    body = video_body(
        job.model,
        prompt=dressed.prompt,
        image_url=picture,
        aspect_ratio=job.film.storyboard.aspect_ratio,
        seconds=seconds_of(frames or least or frames_of(SECONDS, fps), fps),
        holds=bool(frames or least),
        references=dressed.fields,
        sound=job.native_sound and not part,
        last_url=last,
        **clip_format(wanted),
    )
    media_job = _part_job(job, part, body.inputs, frames, gate)
    files = {**dressed.addresses, picture: "still", **({last: "still"} if last else {})}
    with explained(Sent(job.model, body.inputs, files, idea_of(shot))):
        return await make_media(job.runtime, job.lease, media_job, on_progress)


def _part_job(
    job: ShotJob, part: int, inputs: Mapping[str, Any], frames: int | None, gate: Gate | None = None
) -> MediaJob:
    wanted = job.film.storyboard.wanted
    return MediaJob(
        job.item_key, "video", job.choice, CLIP, inputs, wanted, frames=frames, gate=gate, soften=job.soften, part=part
    )


async def _film_parts(
    job: ShotJob, shot: StoryboardShot, parts: Sequence[int], films: Callable[..., Awaitable[Asset]]
) -> list[Asset]:
    """Consecutive clips of so many frames each: the first begins with the still, each other with the last picture."""
    await hold_media(job.runtime, job.lease, [_part_job(job, part, {}, None) for part in range(1, len(parts) + 1)])
    picture, clips = shot.image_url, list[Asset]()
    for part, frames in enumerate(parts, start=1):
        clips.append(await films(picture, frames, part=part))
        if part < len(parts):
            picture = (await take_last_frame(job.runtime, job.lease.user_id, clips[-1].url)).url
    return clips


async def join_clips(runtime: Runtime, user_id: UUID, clips: Sequence[Asset]) -> Asset:
    """Consecutive clips of one format as one, without encoding them again.

    Raises:
        NotFound, MediaFailed, StorageFull: one of them is gone, or it cannot be kept.
    """
    # who only starts runs need not load the media tools
    from wzrd.media.conform import CONFORM
    from wzrd.media.join import join

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            places = [runtime.storage.local(clip.bucket, clip.path) for clip in clips]
            paths = [await stack.enter_async_context(place) for place in places]
            made = await stoppable(lambda stop: join(paths, out, stop=stop))
        return {"frames": made.frames, "width": made.width, "height": made.height}

    cache_inputs = {"tool": "consecutive", "version": CONFORM, "of": [clip.sha256 for clip in clips]}
    return await make_once(runtime, user_id, cache_inputs, CLIP, make)


async def _film_speaker(
    job: ShotJob, route: KeptRoute, shot: StoryboardShot, lines: int, on_progress: OnProgress, gate: Gate | None
) -> ShotMedia:
    """A picture that speaks: the shot's still and the sound of each mouth, as long as its lines take.

    Raises:
        CannotSpeak: its lines were not spoken, or take longer than was priced.
    """
    runtime, user_id, fps = job.runtime, job.lease.user_id, job.film.delivery.fps
    model = check_speech(route, job.voice, lines)
    assert job.voice is not None, "it has been checked"
    frames = shot_frames(idea_of(shot), job.voice.seconds, fps)
    tracks = await make_tracks(runtime, user_id, route, job.voice, frames, fps)
    wanted, prompt = job.film.storyboard.wanted, motion_prompt(shot)
    sent = SpeechFiles([one.url for one in tracks], image=shot.image_url)
    body = speech_body(model, sent, prompt=prompt, resolution=clip_format(wanted)["resolution"])
    media_job = MediaJob(job.item_key, "video", job.choice, CLIP, body.inputs, wanted, frames=frames, gate=gate)
    files = {**{one.url: "voice" for one in tracks}, shot.image_url: "still"}
    with explained(Sent(model.model, body.inputs, files, idea_of(shot))):
        asset = await make_media(runtime, job.lease, media_job, on_progress)
    return ShotMedia(asset, None, prompt, (Source(shot.image_url),))


def _prompt_of(asset: Asset, prompt: str) -> str:
    """The words that it was made of: where these were refused, the milder ones."""
    return soften_words(prompt)[0] if asset.facts.get("softened") else prompt
