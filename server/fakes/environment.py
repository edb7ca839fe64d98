"""The environment that sends every provider's calls to the fakes at an address. Pure."""

from collections.abc import Mapping

from server.fakes.app import FAKES
from wzrd.providers.credentials import CREDENTIALS
from wzrd.settings import Settings


def environment(base_url: str) -> Mapping[str, str]:
    """The variables and their values; the keys are good for fakes alone. `base_url` has no slash at its end.

    Raises:
        RuntimeError: nothing answers for an address of a provider.
    """
    paths = {name: fake.path + below for fake in FAKES for name, below in fake.addresses.items()}
    for row in CREDENTIALS.values():
        if missing := sorted(set(row.addresses) - paths.keys()):
            raise RuntimeError(f"no fake of {row.provider} answers at {missing[0]}: add it in server/fakes/app.py")
    addresses = {_variable(name): base_url + path for name, path in paths.items()}
    addresses |= {
        row.variable: f"fake-{row.provider}-key:for-fakes-only" for row in CREDENTIALS.values() if not row.keyless
    }
    return {**addresses, "SUPABASE_SERVICE_ROLE_KEY": "fake-service-role-key-for-fakes-only"}


def _variable(name: str) -> str:
    variable = Settings.model_fields[name].alias
    assert variable is not None, f"the settings name no variable for {name}"
    return variable
