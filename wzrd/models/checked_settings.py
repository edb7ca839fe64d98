"""The environment's settings, with the models and functions that they name looked up: `wzrd.settings` knows neither."""

from collections.abc import Callable, Iterator

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from wzrd.domain.errors import BadRequest
from wzrd.models.functions import find_function
from wzrd.models.text_targets import find_text_model
from wzrd.settings import Settings


def load() -> Settings:
    """Read the environment now.

    Raises:
        ValidationError: a variable has a value that it cannot have.
    """
    settings = Settings.model_validate({})
    check_named(settings)
    return settings


def check_named(settings: Settings) -> None:
    """See that WZRD_WRITER_MODEL and WZRD_FREE_ROUTES name what there is.

    Raises:
        ValidationError: one does not; it reads as those that `Settings` raises itself.
    """
    if wrong := list(_unknown_names(settings)):
        raise ValidationError.from_exception_data(Settings.__name__, wrong, hide_input=True)


def _unknown_names(settings: Settings) -> Iterator[InitErrorDetails]:
    for at, name in enumerate(settings.free_routes):
        if refusal := _refusal(find_function, name):
            yield _detail("WZRD_FREE_ROUTES", at, message=refusal.partition(": ")[2])
    if refusal := _refusal(find_text_model, settings.writer_model):
        yield _detail("WZRD_WRITER_MODEL", message=refusal)


def _refusal(find: Callable[[str], object], name: str) -> str | None:
    try:
        find(name)
    except BadRequest as error:
        return error.message
    return None


def _detail(*where: str | int, message: str) -> InitErrorDetails:
    return InitErrorDetails(type="value_error", loc=where, input=None, ctx={"error": ValueError(message)})
