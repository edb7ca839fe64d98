"""Our block types put into Prefect by its REST, so that its UI offers their forms."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.stack.prefect_rest import PrefectRest

_SHOWN = ("logo_url", "documentation_url", "description", "code_example")


async def register_blocks(rest: PrefectRest, types: Sequence[Mapping[str, Any]]) -> None:
    """Make each type, or bring what it shows up to date, then its schema; documents stay as they are.

    `types` are what `server.stack.flow_schemas` describes.

    Raises:
        StackError: Prefect refused something.
    """
    for one in types:
        shown = {name: one[name] for name in _SHOWN}
        status, found = await rest.call("GET", f"/block_types/slug/{one['slug']}", fine=[404])
        if status == 404:
            made = {"name": one["name"], "slug": one["slug"], **shown}
            status, found = await rest.call("POST", "/block_types/", made, fine=[409])
            if status == 409:  # another `wzrd up` was first
                _, found = await rest.call("GET", f"/block_types/slug/{one['slug']}")
        elif any(found.get(name) != value for name, value in shown.items()):
            await rest.call("PATCH", f"/block_types/{found['id']}", shown)
        schema = {name: one[name] for name in ("fields", "capabilities", "version")}
        await rest.call("POST", "/block_schemas/", {**schema, "block_type_id": found["id"]})
