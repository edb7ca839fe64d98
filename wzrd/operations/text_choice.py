"""Which model a text function runs here and now, and at what price; see `wzrd.models.text_targets`."""

from wzrd.domain.errors import NotConfigured
from wzrd.domain.offline import LOCAL, describe_obstacle
from wzrd.models.catalog import price_of
from wzrd.models.functions import text_stand_ins
from wzrd.models.text_targets import choose_text, find_chat_model
from wzrd.operations.generate import Chosen
from wzrd.providers.credentials import CREDENTIALS
from wzrd.runtime.process import Runtime


class TextKeyMissing(NotConfigured):
    """The provider's key is not configured here."""


def choose_chat(runtime: Runtime, function: str, model_id: str, *, prefix: str = "") -> Chosen:
    """The model that the function runs; `prefix` is what its callers leave off an id.

    Raises:
        BadRequest: no such model, or it makes something else.
        KeyMissing: nobody can be asked for it, in the words of the documented error.
        NotConfigured: it cannot run here for another reason.
    """
    model = find_chat_model(model_id, prefix=prefix)
    choice = choose_text(
        model, instead=text_stand_ins(function), offline=runtime.settings.offline, obstacle=runtime.providers.obstacle
    )
    if choice.obstacle is not None:
        raise _refusal(choice.obstacle, model.id)
    return Chosen(choice.target, choice.model.id, model.id, "text", price_of(choice.model), 1, choice.fallback_reason)


def _refusal(obstacle: str, model_id: str) -> NotConfigured:
    reason, _, provider = obstacle.partition(":")
    if reason == "no_credentials" and provider in CREDENTIALS and provider != LOCAL:
        return TextKeyMissing(f"{CREDENTIALS[provider].variable} is not configured", provider=provider)
    return NotConfigured(f"{model_id}: {describe_obstacle(obstacle)}", provider=provider)
