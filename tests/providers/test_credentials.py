"""The table of credentials against what must agree with it: the settings, the catalog, the guarded fetch."""

from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.providers.conformance import SUBJECTS
from wzrd.domain.offline import ANIMATIC
from wzrd.models.catalog import load_catalog
from wzrd.net.addresses import origins_of
from wzrd.providers.credentials import CREDENTIALS, provider_addresses, read_keys
from wzrd.settings import Settings

FIELDS = Settings.model_fields


def test_each_row_has_its_settings() -> None:
    """The key's variable is the field's alias, and each address is a setting with a default that can be fetched."""
    for row in CREDENTIALS.values():
        assert FIELDS[row.field].alias == row.variable
        assert FIELDS[row.field].annotation == SecretStr | None
        assert row.addresses
        defaults = [FIELDS[name].default for name in row.addresses]
        assert defaults == [None] if row.keyless else all(address.startswith("https://") for address in defaults)


def test_each_setting_of_a_provider_has_its_row() -> None:
    """No key and no provider's address stands in the settings alone, and none belongs to two."""
    keys = {name for name in FIELDS if name.endswith(("_api_key", "fal_key"))}
    addresses = {
        name for name in FIELDS if name.endswith(("_base_url", "_queue_url", "_chat_url", "_rest_url", "fal_api_url"))
    }
    told = Counter(chain.from_iterable((row.field, *row.addresses) for row in CREDENTIALS.values()))
    assert set(told) == keys | addresses
    assert set(told.values()) == {1}


def test_every_provider_of_the_catalog_has_a_row() -> None:
    """One vocabulary for catalog, keys, adapters and reasons; animatic mode alone needs no key."""
    catalog = load_catalog()
    named = {model.provider for model in (*catalog.models.values(), *catalog.families.values())}
    assert named - {ANIMATIC} <= set(CREDENTIALS)
    assert ANIMATIC not in CREDENTIALS


def test_the_operators_manual_has_the_table() -> None:
    """Provider, key and addresses of every row stand in docs/operating/providers.md, by the variables' names."""
    lines = (Path(__file__).parents[2] / "docs" / "operating" / "providers.md").read_text().splitlines()
    for row in CREDENTIALS.values():
        addresses = ", ".join(f"`{FIELDS[name].alias}`" for name in row.addresses)
        wanted = f"| `{row.provider}` | `{row.variable}` | {addresses} |"
        assert wanted in lines, f"docs/operating/providers.md lacks {wanted}"


@pytest.mark.parametrize("provider", list(CREDENTIALS))
def test_a_key_is_found_under_its_provider(provider: str) -> None:
    """From its own variable alone; a blank one counts as none, and a print shows nothing of it."""
    variable = CREDENTIALS[provider].variable
    keys = read_keys(Settings.model_validate({variable: "sk-secret"}))
    assert {name: key.get_secret_value() for name, key in keys.items()} == {provider: "sk-secret"}
    assert "sk-secret" not in repr(keys)
    assert not read_keys(Settings.model_validate({variable: " \n"}))


def test_the_addresses_are_those_of_the_table() -> None:
    """The operator's word replaces the vendor's, each and alone, and the guarded fetch can read them all."""
    vendors = provider_addresses(Settings.model_validate({}))
    for name in chain.from_iterable(row.addresses for row in CREDENTIALS.values()):
        alias = FIELDS[name].alias
        assert alias is not None
        own = f"http://127.0.0.1:9/{name}"
        told = provider_addresses(Settings.model_validate({alias: own}))
        assert set(told) - set(vendors) == {own}
    assert len(origins_of(vendors)) == len(vendors)


def test_every_provider_is_held_to_the_suite() -> None:
    """Each is a subject of the suite for all providers, under the name of its row."""
    missing = CREDENTIALS.keys() - {subject.provider for subject in SUBJECTS}
    assert not missing, f"add a row for {', '.join(sorted(missing))} to SUBJECTS of tests/providers/conformance.py"
