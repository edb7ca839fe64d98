"""Cause of a refusal by content: which part of a shot the inputs are that a provider names. Pure."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from wzrd.contracts.auto_generate import Cause, RefusalFacts, RefusalTold
from wzrd.domain.bible import read_key
from wzrd.domain.errors import ContentRefused, ProviderError
from wzrd.domain.refusals import ContentRefusal, refusal_of
from wzrd.domain.shots import ShotIdea
from wzrd.language.shots.softening import harsh_words
from wzrd.models.bodies import fields_of_role
from wzrd.models.catalog import Model
from wzrd.models.references import FieldPath, find_references, kind_at, name_of

_KINDS = {"video": "clip", "audio": "voice"}


@dataclass(frozen=True, slots=True)
class Sent:
    """Things that a model was sent for an item: its inputs, and whose each file in them is, by address.

    A file is the key of a sheet, or `style`, `still`; one that is not named is a clip or a voice. `idea`: what the
    shot is to show.
    """

    model: Model
    inputs: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    idea: ShotIdea | None = None


@contextmanager
def explained(sent: Sent) -> Generator[None]:
    """Inside, a provider's refusal by content tells what of the shot it was.

    Raises:
        ContentRefused: it refused; any other error stays as it is.
    """
    try:
        yield
    except ProviderError as error:
        if (refusal := refusal_of(error)) is None:
            raise
        softened = error.details.get("softened")
        facts = {**explain(refusal, sent), **({"softened": softened} if softened else {})}
        raise ContentRefused(error.message, refusal=facts) from error


def refusal_told(error: Exception) -> RefusalTold:
    """The refusal in an error, as item and event tell it; nothing where it is another error."""
    return {"refusal": cast("RefusalFacts", error.refusal)} if isinstance(error, ContentRefused) else {}


def explain(refusal: ContentRefusal, sent: Sent) -> RefusalFacts:
    """A refusal with the parts of the shot that it names; several where one of them was it."""
    parts = [part for name in refusal.fields for part in _parts_at(name, sent)] or [*_parts_about(refusal, sent)]
    parts = [*dict.fromkeys(parts)]
    words = harsh_words(str(sent.inputs.get("prompt", ""))) if {"prompt", "brief"} & {*parts} else ()
    causes: list[Cause] = [*dict.fromkeys(_cause_of(part) for part in parts)]
    facts = RefusalFacts(causes=causes)
    if refusal.about:
        facts["about"] = refusal.about
    for name, found in (("fields", refusal.fields), ("categories", refusal.categories), ("words", words)):
        if found:
            facts[name] = list(found)
    if sheets := [part for part in parts if read_key(part)]:
        facts["sheets"] = sheets
    return facts


def _cause_of(part: str) -> Cause:
    return "sheet" if read_key(part) else cast("Cause", part)


def _parts_at(name: str, sent: Sent) -> Iterator[str]:
    """The parts that stand at one input, by the role that it has for the model and by whose the files in it are."""
    if name.partition(".")[0] in fields_of_role(sent.model, "prompt"):
        yield _words_of(sent)
    for path, url in find_references(sent.inputs):
        if f"{name_of(path)}.".startswith(f"{name}.") and (part := _part_of(path, url, sent)):
            yield part


def _parts_about(refusal: ContentRefusal, sent: Sent) -> Iterator[str]:
    """The parts that may be meant where no input is named."""
    match refusal.about:
        case "words":
            yield _words_of(sent)
        case "result":
            yield "result"
        case "face":
            people = [part for part in sent.files.values() if part.startswith("person/")]
            yield from people or filter(None, (_part_of(*one, sent) for one in find_references(sent.inputs)))
        case "picture":
            yield from filter(None, (_part_of(*one, sent) for one in find_references(sent.inputs)))
        case _:
            return


def _part_of(path: FieldPath, url: str, sent: Sent) -> str:
    return sent.files.get(url) or _KINDS.get(kind_at(path) or "", "")


def _words_of(sent: Sent) -> str:
    """`brief` where the words that may have been it are in what the shot is to show, else `prompt`."""
    if sent.idea is None:
        return "prompt"
    shown = f"{sent.idea.idea} {sent.idea.subject} {sent.idea.brief or ''}"
    return "brief" if {*harsh_words(str(sent.inputs.get("prompt", "")))} & {*harsh_words(shown)} else "prompt"
