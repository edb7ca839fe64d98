"""The buckets that there are: who may read them, and what may be put there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from wzrd.domain.errors import NotFound


class BucketNotFound(NotFound):
    """There is no such bucket."""

    code = "bucket_not_found"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket. `max_bytes` of one uploaded file, None: the server's own cap; `kinds`: main types, None for any."""

    name: str
    public: bool
    max_bytes: int | None = None
    kinds: frozenset[str] | None = None


BUCKETS: Mapping[str, Bucket] = {
    bucket.name: bucket
    for bucket in (
        Bucket("audio", public=False, max_bytes=50 << 20, kinds=frozenset({"audio"})),
        Bucket("final-exports", public=True),
        Bucket("project-assets", public=True),
        Bucket("project-media", public=True),
        Bucket("user-uploads", public=True),
        Bucket("workflow-media", public=True),
        Bucket("worldview-takes", public=True),
    )
}
PUBLIC_BUCKETS = frozenset(bucket.name for bucket in BUCKETS.values() if bucket.public)
"""What anybody may read who knows the path; other buckets are their owners' own."""


def find_bucket(name: str) -> Bucket:
    """The bucket of this name.

    Raises:
        BucketNotFound: there is none; the message lists those that there are.
    """
    try:
        return BUCKETS[name]
    except KeyError:
        raise BucketNotFound(f"Bucket not found: {name[:80]!a} is none of {', '.join(BUCKETS)}") from None
