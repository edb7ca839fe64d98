"""Who speaks in a film (`--voice`, `--lips`): the options, what of it a plan tells, and who spoke at last."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from rich.text import Text

from server.cli import UsageError
from server.cli.board import plural
from server.cli.caller import CommandFailed
from wzrd.client import GenerationError, UnifiedGenerationService
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.contracts.director_cut import VoicesPlan
from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import ANIMATIC
from wzrd.models.sounds import SPEECH
from wzrd.models.speech_routes import NOT_ASKED
from wzrd.models.voices import EVERYBODY, read_voices

NOT_CONFIGURED = 501


def read_voice_options(options: Sequence[str]) -> dict[str, str]:
    """`settings.voices` of `--voice VOICE` (everybody) and `--voice NAME=VOICE`; empty where nobody is paid.

    Raises:
        UsageError: no name, no voice id, or somebody twice.
    """
    voices: dict[str, str] = {}
    for option in options:
        name, equals, voice = option.rpartition("=")
        name, voice = name.strip() if equals else EVERYBODY, voice.strip()
        if not name or not voice or name in voices:
            wrong = "is no VOICE or NAME=VOICE" if name not in voices else "names somebody who has a voice already"
            raise UsageError(f"--voice {option!r} {wrong}", remedy='for example --voice "MARA=EXAVITQu4vr4xnSDxMaL"')
        voices[name] = voice
    try:
        return voices if read_voices(voices, None).any else {}
    except BadRequest as error:
        raise UsageError(error.message.replace("settings.voices", "--voice"), remedy="see `wzrd film --help`") from None


async def price_voices(client: UnifiedGenerationService, project_id: UUID, voices: Mapping[str, str]) -> VoicesPlan:
    """Most that the voices of a project's film cost: each line that has not been paid for, once a shot.

    Raises:
        CommandFailed: the voices cannot be asked, and nothing may stand in.
        GenerationError: somebody is named who does not speak in it.
    """
    try:
        return await client.plan_voices(project_id, dict(voices)) if voices else VoicesPlan()
    except GenerationError as error:
        if error.status != NOT_CONFIGURED:
            raise
        raise CommandFailed(error.message, remedy=f"--voice {ANIMATIC} needs no key") from error


def describe_voices(voices: Mapping[str, str], result: Mapping[str, Any]) -> Text | None:
    """Who spoke in a finished film, if anybody was to be paid for it."""
    if not voices:
        return None
    if reason := result.get("voiceFallbackReason"):
        return Text(f"  voices: scratch voices stood in ({reason})", "yellow")
    lost: Sequence[Mapping[str, Any]] = result.get("voiceFallbacks") or ()
    if not lost:
        return Text(f"  voices: {SPEECH}", "dim")
    first = lost[0]
    message = f"{len(lost)} {'line' if len(lost) == 1 else 'lines'} in scratch voices"
    return Text(f"  voices: {SPEECH}, {message} ({first['character'] or 'narrator'}: {first['reason']})", "yellow")


def check_lips(lips: Sequence[str], *, clips: str, voices: Mapping[str, str]) -> None:
    """See that lips have clips and voices to be moved in and to.

    Raises:
        UsageError: one of the two is not paid for.
    """
    if lips and (clips == ANIMATIC or not voices):
        remedy = "name them with --model-video and --voice"
        raise UsageError("--lips moves mouths in paid clips, to paid voices", remedy=remedy)


def lips_credits(videos: AutoGeneratePlan) -> int:
    """Credits of people who are seen speaking, beside the clips: lips, and pictures that speak instead of one."""
    seen = [one for one in videos.speech if one.route != "voice"]
    instead = sum(one.shots for one in seen if one.route != "lips") * videos.credits
    return sum(one.credits for one in seen) - instead + videos.more_lips_credits


def consecutive_clips(videos: AutoGeneratePlan) -> int:
    """Clips that are bought beside one a shot, since its lines outlast one."""
    return sum(one.clips - 1 for one in videos.items)


def speech_texts(videos: AutoGeneratePlan) -> list[str]:
    """Mouths that move: shots, lines and seconds by model; and what may come to it."""
    found: list[str] = []
    for one in videos.speech:
        if one.route != "voice":
            spoken = f"{plural(one.lines, 'line')}, {one.seconds:g} s"
            instead = "" if one.route == "lips" else ", their clips included"
            found.append(f"{plural(one.shots, 'shot')} seen speaking ({spoken}) by {one.model}: {one.credits}{instead}")
    more = f"lips of {plural(videos.more_lips, 'shot')} to come: {videos.more_lips_credits}"
    return [*found, more if videos.more_lips else ""]


def _cast_text(plan: VoicesPlan) -> str:
    """Who was cast by register, with whose voice."""
    named = ", ".join(f"{one.character.upper()} by {one.name or one.voice_id}" for one in plan.cast)
    return f"cast by register: {named}" if named else ""


def _heard_text(videos: AutoGeneratePlan) -> str:
    """Why lines are only heard: the reasons, with how many lines each has; empty where there are none."""
    told = [line.reason for shot in videos.items for line in shot.lines if line.reason]
    reasons = [] if NOT_ASKED in told else told
    counted = ", ".join(f"{reasons.count(one)} {one}" for one in dict.fromkeys(reasons))
    return f"{plural(len(reasons), 'line')} only heard ({counted})" if reasons else ""


def _long_text(videos: AutoGeneratePlan) -> str:
    """Shots whose lines outlast a clip, and in how many they are seen spoken; empty where there are none."""
    long = [one.clips for one in videos.items if one.clips > 1]
    return (
        f"lines of {plural(len(long), 'shot')} outlast a clip: {sum(long)} consecutive ones, cut at breaths"
        if long
        else ""
    )


def speech_remarks(videos: AutoGeneratePlan, voices: VoicesPlan) -> list[tuple[str, str]]:
    """Remarks on who speaks, each with its style: who was cast, why lines are only heard, who stands in for whom."""
    stand_in = voices.fallback_reason and f"voices: scratch voices stand in ({voices.fallback_reason})"
    unasked = videos.speech_fallback_reason and f"voices before clips: {videos.speech_fallback_reason}"
    told = (
        (_cast_text(voices), "dim"),
        (_heard_text(videos), "dim"),
        (_long_text(videos), "dim"),
        (stand_in or unasked, "yellow"),
    )
    return [(words, style) for words, style in told if words]
