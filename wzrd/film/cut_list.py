"""The cut list: everything a film is made from, settled when its run begins. Later edits are another film's.

Pure, and fit for JSON: steps on any machine read the same list. Lengths are found while the film is made, so where
a clip stands is counted from the frames of those before it.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from wzrd.contracts.wire import canonical
from wzrd.domain.cut_settings import LOCAL_FFMPEG
from wzrd.domain.film import H264, DeliveryFormat, Frame, seconds_of
from wzrd.domain.pacing import VOICE_LEAD
from wzrd.domain.shots import Line, Move, SceneBrief, shot_label
from wzrd.domain.storyboard import Storyboard, StoryboardShot, idea_of
from wzrd.domain.timeline import TimelineRow
from wzrd.language.people.register import Register
from wzrd.language.sound.casting import Voice
from wzrd.language.sound.dialogue import Dialogue, dialogue_of, speakers_seen
from wzrd.language.sound.music_cues import MusicCue, cue_for
from wzrd.models.voices import PaidVoices

MAX_TITLE = 200
MAX_START_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class CutShot:
    """One visual, `number` from 1. Heard in it: the file at `voice_url`, else `lines` in scratch voices, else nothing.

    `order` is the timeline's own number; `cue` an index of the cut's cues; `words` are read while the file is heard.
    `people` are the `voice_key`s of those in the picture who speak in its scene; `still` is the address of the picture
    that a part may be cut from. `speaks`: mouths move in its clip, to its own lines and no others. `captions`: what of
    the file is said when, where that is known. `sound`: address of a file with its clip's own sound. `own_voice`: that
    file is `voice_url`, since its model has spoken the lines in it.
    """

    number: int
    asset_id: UUID
    order: int
    name: str
    url: str
    cue: int
    move: Move = "static"
    voice_url: str = ""
    words: str = ""
    lines: tuple[Line, ...] = ()
    people: tuple[str, ...] = ()
    still: str = ""
    speaks: bool = False
    captions: tuple[tuple[float, float, str], ...] = ()
    sound: str = ""
    own_voice: bool = False

    @property
    def heard(self) -> bool:
        """True if anybody speaks in it."""
        return bool(self.voice_url or self.lines)


@dataclass(frozen=True, slots=True)
class CutSound:
    """A sound that belongs to no voice: an effect that begins with visual `shot` (0: at `start` seconds), or music."""

    number: int
    asset_id: UUID
    order: int
    url: str
    shot: int = 0
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A film to be made. `cues` has the music of each run of shots in one scene; their lengths are not known yet.

    `renderer` is who was chosen when the run began, as `export_jobs.provider` calls it; `paid` are the voices of
    lines that no file of the shot's own replaces.
    """

    title: str
    delivery: DeliveryFormat
    audio: bool
    shots: tuple[CutShot, ...]
    effects: tuple[CutSound, ...] = ()
    music: tuple[CutSound, ...] = ()
    cues: tuple[MusicCue, ...] = ()
    cast: Mapping[str, Voice] = field(default_factory=dict[str, Voice], hash=False)
    renderer: str = LOCAL_FFMPEG
    paid: PaidVoices = field(default_factory=PaidVoices)

    @property
    def frame(self) -> Frame:
        """The film's frame."""
        return self.delivery.frame

    @property
    def fps(self) -> Fraction:
        """Frames a second of the film."""
        return self.delivery.fps

    @property
    def voices(self) -> tuple[CutShot, ...]:
        """The shots in which somebody is heard."""
        return tuple(shot for shot in self.shots if self.audio and shot.heard)

    def paid_lines(self, shot: CutShot) -> list[dict[str, str] | None]:
        """Inputs sent for each line of a shot; None: spoken in scratch voice. Empty: its own file is heard."""
        return [] if shot.voice_url or not self.audio else self.paid.lines_of(shot.lines)

    def set_ups(self, shot: CutShot) -> tuple[CutShot, ...]:
        """The shots of the same scene, in order, `shot` among them."""
        return tuple(one for one in self.shots if one.cue == shot.cue)

    @property
    def tracks(self) -> int:
        """Number of sounds that the film is mixed from."""
        return len(self.voices) + len(self.effects) + max(1, len(self.music)) if self.audio else 0

    @property
    def assets(self) -> int:
        """Number of rows of the timeline that it is made from."""
        return len(self.shots) + sum(bool(s.voice_url) for s in self.voices) + len(self.effects) + len(self.music)


@cache
def _adapter() -> TypeAdapter[Cut]:
    """Made when the first film is cut: most processes that know films cut none."""
    return TypeAdapter(Cut)


def cut_to_json(cut: Cut) -> dict[str, Any]:
    """The cut as JSON-ready values: of its format the frame, and the rest where it is not the house's.

    So that a film in the house format has the fingerprint that versions before gave it.
    """
    kept = _adapter().dump_python(cut, mode="json")
    for shot in kept["shots"]:
        for name in ("speaks", "captions", "sound", "own_voice"):  # as it was before people spoke
            if not shot[name]:
                del shot[name]
    delivery = kept.pop("delivery")
    kept["frame"] = delivery.pop("frame")
    if delivery["codec"] == H264:  # as it was when there was no other
        del delivery["codec"]
    return kept if cut.delivery == DeliveryFormat(cut.frame) else {**kept, "delivery": delivery}


def cut_from_json(value: Mapping[str, Any]) -> Cut:
    """The cut that `cut_to_json` wrote, here or in a version before."""
    delivery = {"frame": value["frame"], **value.get("delivery", {})}
    return _adapter().validate_python({**value, "delivery": delivery})


def fingerprint(cut: Cut) -> str:
    """Equal for equal films, and for no others."""
    return hashlib.sha256(canonical(cut_to_json(cut))).hexdigest()


@dataclass(frozen=True, slots=True)
class ShotSpeech:
    """Shots whose clips were made to their voices, captions of their chosen voices, and sounds that clips came with.

    `native`: those of them whose lines are in their clip's own sound.
    """

    speaking: Collection[UUID] = ()
    captions: Mapping[UUID, Sequence[tuple[float, float, str]]] = field(
        default_factory=dict[UUID, Sequence[tuple[float, float, str]]]
    )
    sounds: Mapping[UUID, str] = field(default_factory=dict[UUID, str])
    native: Collection[UUID] = ()


SILENT = ShotSpeech()


def cut_list(
    rows: Sequence[TimelineRow],
    storyboard: Storyboard,
    *,
    delivery: DeliveryFormat,
    audio: bool,
    speech: ShotSpeech = SILENT,
) -> Cut:
    """The film that the timeline's rows describe: of their shots the storyboard says how the camera moves.

    `speech`: whose mouths move.
    """
    visuals = [row for row in rows if row.role == "visual"]
    dialogue = dialogue_of(storyboard) if audio else Dialogue(Register(()), {}, {})
    files = {_shot_key(row): row.source_url for row in reversed(rows) if row.role == "voiceover"} if audio else {}
    shots: list[CutShot] = []
    cues: list[MusicCue] = []
    for at, row in enumerate(visuals):
        scene, shot = (storyboard.find(row.shot_id) if row.shot_id else None) or (None, None)
        if at == 0 or row.scene_id != visuals[at - 1].scene_id:
            cues.append(cue_for(scene.brief if scene else SceneBrief(number=0, title=storyboard.title), 0.0))
        file = files.get(_shot_key(row), "")
        lines = dialogue.lines.get(shot.shot_id, ()) if shot else ()
        people = speakers_seen(scene, shot) if scene and shot else ()
        shots.append(_speaking(_shot(at + 1, row, shot, len(cues) - 1, file, lines, people), shot, speech))
    numbers = {row.shot_id: at for at, row in enumerate(visuals, start=1) if row.shot_id}
    return Cut(
        title=storyboard.title[:MAX_TITLE],
        delivery=delivery,
        audio=audio,
        shots=tuple(shots),
        effects=_sounds(rows, "sfx", numbers) if audio else (),
        music=_sounds(rows, "music", {}) if audio else (),
        cues=tuple(cues) if audio else (),
        cast=dict(sorted(dialogue.cast.items())),
    )


def _shot_key(row: TimelineRow) -> UUID | int:
    """Key that a voice-over and its visual have in common."""
    return row.shot_id or row.position


def _shot(
    number: int,
    row: TimelineRow,
    shot: StoryboardShot | None,
    cue: int,
    voice_url: str,
    lines: tuple[Line, ...],
    people: tuple[str, ...],
) -> CutShot:
    scene, shot_number = row.metadata.get("scene_number"), row.metadata.get("shot_number")
    name = shot_label(scene, shot_number) if scene is not None and shot_number is not None else f"visual {number}"
    return CutShot(
        number=number,
        asset_id=row.asset_id,
        order=row.position,
        name=name,
        url=row.source_url,
        cue=cue,
        move=idea_of(shot).move if shot else "static",
        voice_url=voice_url,
        words=shot.dialogue if shot and voice_url else "",
        lines=lines,
        people=people,
        still=shot.image_url if shot else "",
    )


def _speaking(cut_shot: CutShot, shot: StoryboardShot | None, speech: ShotSpeech) -> CutShot:
    """The visual with what is known of its speech, as far as it shows its shot's own clip and has its own voice."""
    if shot is None:
        return cut_shot
    captions = speech.captions.get(shot.shot_id, ()) if cut_shot.voice_url == shot.audio_url else ()
    shows = cut_shot.url == shot.video_url
    speaks, sound = shows and shot.shot_id in speech.speaking, speech.sounds.get(shot.shot_id, "") if shows else ""
    if sound and speaks and shot.shot_id in speech.native:
        if cut_shot.voice_url:  # somebody gave it another voice: what its mouths say is not heard
            return replace(cut_shot, captions=tuple(captions))
        words = " ".join(line.text for line in cut_shot.lines)
        return replace(cut_shot, speaks=True, voice_url=sound, words=words, own_voice=True)
    return replace(cut_shot, speaks=speaks, captions=tuple(captions), sound=sound)


def _sounds(rows: Sequence[TimelineRow], role: str, numbers: Mapping[UUID, int]) -> tuple[CutSound, ...]:
    found = [row for row in rows if row.role == role]
    return tuple(
        CutSound(
            number=number,
            asset_id=row.asset_id,
            order=row.position,
            url=row.source_url,
            shot=numbers.get(row.shot_id, 0) if row.shot_id else 0,
            start=_start_of(row),
        )
        for number, row in enumerate(found, start=1)
    )


def _start_of(row: TimelineRow) -> float:
    """Seconds; the column is the client's to write."""
    start = row.metadata.get("start_ms")
    return start / 1000 if isinstance(start, int | float) and 0 < start < MAX_START_MS else 0.0


def starts(lengths: Mapping[int, int]) -> dict[int, int]:
    """The film's frame at which each visual begins: visuals by number with their lengths in frames, in any order."""
    found: dict[int, int] = {}
    cursor = 0
    for number in sorted(lengths):
        found[number] = cursor
        cursor += lengths[number]
    return found


def timed_cues(cut: Cut, lengths: Mapping[int, int]) -> list[MusicCue]:
    """The cues with their lengths, in order; scenes of which nothing is left have none."""
    frames = [0] * len(cut.cues)
    for shot in cut.shots:
        if cut.cues:
            frames[shot.cue] += lengths.get(shot.number, 0)
    return [replace(cue, seconds=seconds_of(n, cut.fps)) for cue, n in zip(cut.cues, frames, strict=True) if n]


def voice_start(start: int, fps: Fraction, lead: float = VOICE_LEAD) -> float:
    """Seconds of the film at which the voice of a shot that begins with frame `start` is heard."""
    return seconds_of(start, fps) + lead


def effect_start(effect: CutSound, begins: Mapping[int, int], fps: Fraction) -> float | None:
    """Seconds of the film at which an effect is heard; None when its shot is not in the film."""
    if not effect.shot:
        return effect.start
    return seconds_of(begins[effect.shot], fps) if effect.shot in begins else None
