"""The shipped schemas of fal's models beside what fal tells of them now."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from pydantic import SecretStr

from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.differences import Difference, find_differences
from wzrd.models.schemas.input_schemas import find_schema
from wzrd.models.schemas.openapi import Schema
from wzrd.net.http import open_http
from wzrd.providers.fal.schemas import read_schemas
from wzrd.providers.http_border import JsonCalls, usable_key
from wzrd.providers.opening import utc_now
from wzrd.settings import Settings

PROVIDER, VARIABLE = "fal-ai", "FAL_KEY"


@dataclass(frozen=True, slots=True)
class Compared:
    """One model of fal's. `live` is None where fal tells nothing of its inputs."""

    endpoint_id: str
    live: Schema | None
    differences: Sequence[Difference]


async def compare_schemas(settings: Settings, key: SecretStr | None) -> AsyncGenerator[Compared]:
    """Each of fal's models in the catalog, with the fields of which fal tells something else by now.

    Raises:
        ProviderError: fal does not answer, or not as it is documented.
    """
    usable = usable_key(key, variable=VARIABLE, provider=PROVIDER) if key else ""
    endpoints = dict.fromkeys(one.endpoint_id for one in load_catalog().models.values() if one.provider == PROVIDER)
    async with open_http(idle=30.0) as http:
        scheme = "Key" if usable else ""
        calls = JsonCalls(PROVIDER, http, key=usable, key_variable=VARIABLE, scheme=scheme, now=utc_now)
        async with aclosing(read_schemas(calls, settings.fal_api_url, [*endpoints])) as pages:
            async for page in pages:
                for endpoint_id, live in page.items():
                    known = find_schema(PROVIDER, endpoint_id)
                    found = find_differences(known.schema if known else Schema(), live or Schema())
                    yield Compared(endpoint_id, live, [] if live is None else [*found])
