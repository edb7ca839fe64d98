"""Speech, effects and music by their own functions: checked, chosen and priced, before a run of them begins."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from wzrd.contracts.sounds import SoundRequest
from wzrd.domain.errors import NotConfigured
from wzrd.models.sounds import NO_KEY, PROVIDER, SoundKeyMissing, translate
from wzrd.operations.generate import Chosen, GenerateParams, choose
from wzrd.runtime.process import Runtime


def sound_params(
    runtime: Runtime, user_id: UUID, function: str, body: SoundRequest, settings: Mapping[str, Any]
) -> GenerateParams:
    """The generation that a request means; `settings` are the function's own fields, named as on the wire.

    Raises:
        BadRequest: as `wzrd.models.sounds.translate`.
        SoundKeyMissing: the provider cannot be asked, and nothing may stand in.
    """
    said = {"text": body.text, "prompt": body.prompt, **settings}
    inputs = {name: value for name, value in said.items() if value is not None}
    call = translate(function, inputs)
    if call.kind == "effects":
        inputs["duration"] = call.body["duration_seconds"]
    return GenerateParams(
        user_id=user_id,
        project_id=body.project_id,
        request_id=body.request_id,
        function=function,
        model=function,
        media_type="audio",
        inputs=inputs,
        references=tuple(body.reference_assets),
        output=body.output_config.model_copy(update={"count": None, "format": None}),
        metadata=body.metadata,
        max_credits=body.max_credits,
        chosen=choose_sound(runtime, function, inputs),
    )


def choose_sound(runtime: Runtime, model: str, inputs: Mapping[str, Any]) -> Chosen:
    """Choose what makes the sound here and now.

    Raises:
        SoundKeyMissing: the provider cannot be asked, and nothing may stand in.
    """
    try:
        return choose(runtime, model, inputs, (), "audio")
    except NotConfigured:
        if runtime.providers.obstacle(PROVIDER, "audio") is not None:
            raise SoundKeyMissing(NO_KEY, provider=PROVIDER) from None
        raise
