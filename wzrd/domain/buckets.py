"""The buckets: who may read them, what may be put there, whose a path is. Pure."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from wzrd.domain.errors import BadRequest, NotFound


class BucketNotFound(NotFound):
    """There is no such bucket."""

    code = "bucket_not_found"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket. `max_bytes` of one uploaded file, None: the server's own cap; `kinds`: main types, None for any.

    Below the folder `first_come` a path belongs to who wrote it first; elsewhere its first folder names its owner.
    """

    name: str
    public: bool
    max_bytes: int | None = None
    kinds: frozenset[str] | None = None
    first_come: str = ""

    def is_first_come(self, path: str) -> bool:
        """True if the path belongs to whoever wrote it first."""
        return bool(self.first_come) and path.startswith(f"{self.first_come}/")

    def owning_folder(self, path: str) -> str:
        """The folder whose name tells whose the path is, where nothing else does; empty where there is none."""
        below = path.removeprefix(f"{self.first_come}/") if self.is_first_come(path) else path
        first, slash, _ = below.partition("/")
        return first if slash else ""


BUCKETS: Mapping[str, Bucket] = {
    bucket.name: bucket
    for bucket in (
        Bucket("audio", public=False, max_bytes=50 << 20, kinds=frozenset({"audio"})),
        Bucket("bible", public=False, max_bytes=20 << 20, kinds=frozenset({"image"})),
        Bucket("final-exports", public=True),
        Bucket("project-assets", public=True),
        Bucket("project-media", public=True),
        Bucket("user-uploads", public=True),
        Bucket("workflow-media", public=True, first_come="uploads"),
        Bucket("worldview-takes", public=True),
    )
}
PUBLIC_BUCKETS = frozenset(bucket.name for bucket in BUCKETS.values() if bucket.public)
"""Buckets that anybody may read who knows the path; other buckets are their owners' own."""


def find_bucket(name: str) -> Bucket:
    """The bucket of this name.

    Raises:
        BucketNotFound: there is none; the message lists those that there are.
    """
    try:
        return BUCKETS[name]
    except KeyError:
        raise BucketNotFound(f"Bucket not found: {name[:80]!a} is none of {', '.join(BUCKETS)}") from None


def path_key(path: str) -> bytes:
    """Hash that is equal for paths which are one file on a file system that ignores case."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
    return hashlib.sha256(folded.encode()).digest()


USUAL_BUCKET = "project-assets"
"""Where a result goes unless another public bucket is named; its path is unguessable."""
UNFILED = "unfiled"
"""The folder of what belongs to no project."""


@dataclass(frozen=True, slots=True)
class StorageLocation:
    """A bucket, and a folder below the user's own in it, without slashes at its ends."""

    bucket: str
    folder: str


def choose_location(
    user_id: UUID, project_id: UUID | None, *, bucket: str | None, prefix: str | None
) -> StorageLocation:
    """The place of what `user_id` has made; `prefix` names a folder below the user's own.

    A prefix that begins with the user's own folder means that folder, not one inside of it. What a path may look like
    is the store's rule, which is asked before anything runs.

    Raises:
        BadRequest: no bucket of ours; the message lists them.
    """
    if bucket is not None and bucket not in PUBLIC_BUCKETS:
        known = ", ".join(sorted(PUBLIC_BUCKETS))
        raise BadRequest(f"outputConfig.storageBucket is {bucket!r}: use one of {known}", field="storageBucket")
    below = (prefix or "").strip("/").removeprefix(str(user_id)).strip("/")
    folder = below or (str(project_id) if project_id else UNFILED)
    return StorageLocation(bucket or USUAL_BUCKET, folder)
