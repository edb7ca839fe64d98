"""Who speaks in a film of `wzrd film`: `--voice` read, and what the voices cost at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rich.text import Text

from server.cli import UsageError
from server.cli.caller import Begin, CommandFailed
from wzrd.client import GenerationInput, UnifiedGenerationService
from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import ANIMATIC
from wzrd.film.cut_voices import EVERYBODY, check_names, read_voices, recipe_of
from wzrd.models.sounds import SPEECH


@dataclass(frozen=True, slots=True)
class VoicesPrice:
    """Lines that are still to be spoken by paid voices, and credits a line.

    `fallback_reason`: why scratch voices stand in for all of them.
    """

    lines: int = 0
    credits: int = 0
    fallback_reason: str | None = None

    @property
    def total(self) -> int:
        """All of them."""
        return self.lines * self.credits


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


async def price_voices(
    client: UnifiedGenerationService, begin: Begin, project_id: UUID, user_id: UUID, voices: Mapping[str, str]
) -> VoicesPrice:
    """Most that the voices of a project's film cost: each line that has not been paid for, once a shot.

    Raises:
        BadRequest: somebody is named who does not speak in it.
        CommandFailed: the voices cannot be asked, and nothing may stand in.
    """
    if not voices:
        return VoicesPrice()
    route = await client.route(GenerationInput(model=SPEECH, prompt="-"))
    if not route.runnable:
        raise CommandFailed(route.reason or f"{SPEECH} cannot run here", remedy=f"--voice {ANIMATIC} needs no key")
    lines = await _count_lines(begin, project_id, user_id, voices)
    if route.fallback_reason:
        return VoicesPrice(fallback_reason=route.fallback_reason)
    return VoicesPrice(lines, route.credits)


async def _count_lines(begin: Begin, project_id: UUID, user_id: UUID, voices: Mapping[str, str]) -> int:
    from wzrd.assets.content_cache import cache_key
    from wzrd.db.node_outputs import list_paid
    from wzrd.db.storyboards import read_storyboard
    from wzrd.language.dialogue import dialogue_of

    chosen = read_voices(voices, None)
    async with begin() as tx:
        storyboard = await read_storyboard(tx, project_id, user_id=user_id)
        if storyboard is None:
            raise CommandFailed("the project is gone")
        dialogue = dialogue_of(storyboard)
        check_names(chosen, dialogue.cast)
        spoken = [*dialogue.lines.values()]
        spoken += [(line,) for scene in storyboard.scenes if not scene.shots for line in scene.brief.dialogue]
        keys = [{cache_key(user_id, recipe_of(one)) for one in chosen.lines_of(lines) if one} for lines in spoken]
        paid = await list_paid(tx, [key for own in keys for key in own])
    return sum(len(own - paid) for own in keys)


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
