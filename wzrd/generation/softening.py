"""A prompt that was refused by its words, softened once: the rule, and what a resume finds of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from wzrd.db.provider_jobs import ProviderJob
from wzrd.domain.refusals import REFUSAL, SOFTENED, ContentRefusal, Soften, Softened, read_refusal
from wzrd.domain.submission import Target, fingerprint
from wzrd.language.shots.softening import soften_words

_PROMPT = "prompt"
"""The one input that is softened: spoken lines, lyrics and what is to be avoided stay as they are."""


def soften_prompt(inputs: Mapping[str, Any], refusal: ContentRefusal) -> Softened | None:
    """The inputs with a milder prompt, where its words alone were refused, and nothing had been made of them."""
    named = {*refusal.fields} == {_PROMPT} if refusal.fields else refusal.about == "words"
    words = inputs.get(_PROMPT)
    if not named or refusal.about == "result" or not isinstance(words, str):
        return None
    softer, changes = soften_words(words)
    return Softened({**inputs, _PROMPT: softer}, changes) if changes else None


def softened_before(
    jobs: Sequence[ProviderJob], target: Target, inputs: Mapping[str, Any], soften: Soften
) -> Softened | None:
    """The inputs to go on with, where a submit of exactly these words has been refused; None: send them as they are."""
    for job in jobs:
        refusal = read_refusal((job.output or {}).get(REFUSAL)) if job.target == target else None
        softer = soften(inputs, refusal) if refusal is not None else None
        if softer is not None and _was_sent(job.fingerprint, inputs, softer.inputs):
            return softer
    return None


def softened_for(jobs: Sequence[ProviderJob], job: ProviderJob) -> list[str]:
    """Changes to the prompt of a submit, of an item's others: those that its refused predecessor tells of."""
    before = (one for one in jobs if (one.target, one.submission_no) == (job.target, job.submission_no - 1))
    return list(next((one.output[SOFTENED] for one in before if one.output and SOFTENED in one.output), ()))


def _was_sent(sent: Mapping[str, str], inputs: Mapping[str, Any], softer: Mapping[str, Any]) -> bool:
    """True if a submit had those values of the inputs that softening changes."""
    mine, other = fingerprint(inputs), fingerprint(softer)
    changed = [path for path in mine if other.get(path) != mine[path]]
    return bool(changed) and all(sent.get(path) == mine[path] for path in changed)
