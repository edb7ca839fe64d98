"""A provider's refusal by content: what it says, what of a shot caused it, what may be tried. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from wzrd.domain.errors import REFUSAL

About: TypeAlias = Literal["", "words", "picture", "face", "result"]
"""Sort of thing that is refused: `result` is what was made; empty: its provider does not say."""
UNSAID = "its vendor does not say of what"
SOFTENED = "softened"
"""Name of a field of an item's output, and of a refused submit, that has what was softened in the prompt after it."""


@dataclass(frozen=True, slots=True)
class ContentRefusal:
    """A refusal as its provider tells it.

    `fields`: inputs that it names (`prompt`, `image_urls.0`); `categories`: its own words for why.
    """

    about: About = ""
    fields: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        """The refusal as an error's details and a submit's row keep it."""
        return {"about": self.about, "fields": list(self.fields), "categories": list(self.categories)}


@dataclass(frozen=True, slots=True)
class Softened:
    """Inputs in milder words, and what was changed in them, for people: `gun → dark metal object`."""

    inputs: Mapping[str, Any]
    changes: tuple[str, ...]


Soften: TypeAlias = Callable[[Mapping[str, Any], ContentRefusal], Softened | None]
"""(what was refused, how): what may be sent instead; None where other words would not help."""


def read_refusal(kept: object) -> ContentRefusal | None:
    """The refusal that `kept` made; None where there is none."""
    if not isinstance(kept, Mapping):
        return None
    members = cast("Mapping[str, Any]", kept)
    return ContentRefusal(members["about"], tuple(members["fields"]), tuple(members["categories"]))


def refusal_of(error: BaseException) -> ContentRefusal | None:
    """The refusal in a provider's error; None where it has failed for another reason."""
    return read_refusal(getattr(error, "details", {}).get(REFUSAL))


def refused(refusal: ContentRefusal | None) -> dict[str, Any]:
    """Detail of an error that tells of a refusal; nothing where there is none."""
    return {} if refusal is None else {REFUSAL: refusal.kept()}


def describe_refusal(facts: Mapping[str, Any]) -> str:
    """Cause for people: `the sheet of MIKE, or the prompt (violence)`; empty where its provider does not say."""
    names = [key.partition("/")[2] for key in facts.get("sheets", ())]
    said = {
        "brief": "what the shot shows", "prompt": "the prompt", "sheet": f"the sheet of {' or '.join(names)}",
        "style": "the project's style picture", "still": "the shot's picture", "clip": "the shot's clip",
        "voice": "the spoken lines", "result": "what was made, by the model's own filter",
    }  # fmt: skip
    causes = ", or ".join(said[one] for one in facts.get("causes", ()))
    words = [*facts.get("words", ()), *facts.get("categories", ())]
    return f"{causes} ({', '.join(words)})" if causes and words else causes or ", ".join(words)


def remedies(facts: Mapping[str, Any], project: str, shot: str, made: str) -> Iterator[str]:
    """Commands that may help, and what each does. `shot` is its scene and number, `made` image, video or sheet."""
    causes: Sequence[str] = facts.get("causes", ())
    kinds = [(key.partition("/")[0], *key.partition("/")[2].partition("@")[::2]) for key in facts.get("sheets", ())]
    for kind, name, look in kinds if "sheet" in causes else ():
        where = f" --look {look}" if look else ""
        yield f'replace the sheet of {name}: wzrd bible {project} replace {kind} "{name}" FILE{where}'
    if made == "sheet":
        return
    clip = " --clip" if made == "video" else ""
    if not causes or {"brief", "prompt", "result"} & {*causes}:
        yield f'say it otherwise: wzrd remake {project} {shot}{clip} --note "…"'
    if "still" in causes:
        yield f"another picture for it: wzrd remake {project} {shot}"
    if "style" in causes:
        yield "another style picture for the project (style_reference_asset_id)"
    yield f"another model: wzrd remake {project} {shot}{clip} --model MODEL"
