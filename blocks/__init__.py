"""The block types of this product: `prefect block register -m blocks` registers what this module names."""

from types import ModuleType

from prefect.blocks.core import Block

from blocks import credentials, stores
from wzrd.providers.credentials import CREDENTIALS


def _types_of(module: ModuleType) -> list[type[Block]]:
    """The block types that a module of ours defines."""
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    return [kind for kind in found if issubclass(kind, Block) and kind is not credentials.ProviderKey]


TYPES = (*_types_of(credentials), *_types_of(stores))
"""All of them: each provider's, the database's and the media store's."""
globals().update({kind.__name__: kind for kind in TYPES})


def _check() -> None:
    """See that every provider has the block of its key.

    Raises:
        RuntimeError: one has none.
    """
    slugs = {kind.get_block_type_slug() for kind in TYPES}
    for row in CREDENTIALS.values():
        if row.block not in slugs:
            raise RuntimeError(
                f"the provider {row.provider} needs a block {row.block}: add it in blocks/credentials.py"
            )


_check()
