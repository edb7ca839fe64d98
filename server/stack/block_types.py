"""Our block types put into Prefect by its REST, so that its UI offers their forms."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.stack.prefect_rest import PrefectRest

_SHOWN = ("documentation_url", "description", "code_example")


async def register_blocks(rest: PrefectRest, types: Sequence[Mapping[str, Any]], *, api_url: str) -> None:
    """Make each type, or bring what it shows up to date, then its schema; documents stay as they are.

    `types` are what `server.stack.flow_schemas` describes. Their pictures come from our API, by an address: Prefect's
    client takes no `data:` URI.

    Raises:
        StackError: Prefect refused something.
    """
    for one in types:
        shown = {name: one[name] for name in _SHOWN} | {"logo_url": f"{api_url}/logos/{one['slug']}.svg"}
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
