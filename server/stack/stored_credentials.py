"""The keys that commands count with: the environment's, and those in blocks of the Prefect server that a home uses."""

from pathlib import Path

from pydantic import SecretStr

from server.api.compose import block_keys
from server.dispatch import PrefectApi
from server.stack.state import read_state, without_own_prefect
from wzrd.providers.credentials import Keys, read_keys
from wzrd.settings import Settings


async def known_keys(settings: Settings, home: Path) -> Keys:
    """The environment's keys and, before them, those in blocks."""
    return {**read_keys(settings), **await stored_credentials(settings, home)}


async def stored_credentials(settings: Settings, home: Path) -> Keys:
    """The keys in blocks; none where no Prefect answers in 2 s."""
    prefect = PrefectApi.of(with_prefect(settings, home))
    try:
        return await block_keys(prefect) or {}
    finally:
        await prefect.close()


def with_prefect(settings: Settings, home: Path) -> Settings:
    """The settings with the Prefect server of the stack that runs in `home`, where they name none."""
    settings, state = without_own_prefect(settings, home), read_state(home)
    if settings.prefect_api_url or state is None or not state.runs():
        return settings
    auth = SecretStr(state.prefect_auth)
    return settings.model_copy(update={"prefect_api_url": state.prefect_api_url, "prefect_auth_string": auth})
