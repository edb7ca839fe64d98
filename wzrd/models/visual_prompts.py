"""A shot's visual prompt by a text model: who is asked, what it is told, how its answer is read."""

from dataclasses import dataclass
from typing import Any

from wzrd.domain.offline import ANIMATIC, Offline, stand_in_reason
from wzrd.domain.prompts import MAX_PROMPT, prompt_messages
from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.domain.submission import Target
from wzrd.models.catalog import price_of
from wzrd.models.generation_choice import Obstacle, check_known
from wzrd.models.routing import ALIASES, TASK_DEFAULTS
from wzrd.models.text_targets import choose_text_target, find_text_model

DEFAULT_MODEL = TASK_DEFAULTS["visual-prompt"]
"""The model of a project that names none."""
SETTINGS: dict[str, Any] = {"temperature": 0.7, "max_tokens": 200}
_QUOTES = "\"'`\u201c\u201d\u2018\u2019"
_LABELS = ("visual prompt:", "image prompt:", "prompt:")


@dataclass(frozen=True, slots=True)
class PromptChoice:
    """Who writes: `target` None is this machine, by rule and for nothing; then `fallback_reason` may say why."""

    target: Target | None
    credits: int = 0
    fallback_reason: str | None = None

    def kept(self) -> dict[str, Any]:
        """The choice as a run keeps it."""
        target = [self.target.provider, self.target.model] if self.target else None
        return {"target": target, "credits": self.credits, "fallbackReason": self.fallback_reason}


def read_prompt_choice(kept: dict[str, Any] | None) -> PromptChoice:
    """The choice that `PromptChoice.kept` made; of a run that has none, this machine."""
    if not kept:
        return PromptChoice(None)
    target = Target(*kept["target"]) if kept["target"] else None
    return PromptChoice(target, kept["credits"], kept["fallbackReason"])


def choose_prompt_writer(model_id: str | None, *, offline: Offline, obstacle: Obstacle) -> PromptChoice:
    """Who writes the visual prompts of a project whose settings name `model_id`.

    Raises:
        BadRequest: it names no text model.
        NotConfigured: it cannot be asked from here, and WZRD_OFFLINE=never.
    """
    wanted = (model_id or DEFAULT_MODEL).strip()
    if wanted in {ANIMATIC, f"{ANIMATIC}/text"}:
        return PromptChoice(None)
    check_known(wanted)
    model = find_text_model(ALIASES.get(wanted, wanted))
    target = choose_text_target(model, obstacle)
    reason = stand_in_reason(obstacle(target.provider, "text"), offline=offline)
    return PromptChoice(target, price_of(model)) if reason is None else PromptChoice(None, 0, reason)


def prompt_inputs(brief: SceneBrief, idea: ShotIdea, previous: ShotIdea | None) -> dict[str, Any]:
    """Inputs of the text model."""
    return {"messages": prompt_messages(brief, idea, previous), **SETTINGS}


def read_prompt(answer: str | None) -> str:
    """The prompt in a model's answer: on one line, without quotes and labels around it; empty when there is none."""
    text = " ".join((answer or "").replace("\x00", "").split())
    label = next((label for label in _LABELS if text.lower().lstrip(_QUOTES + "*# ").startswith(label)), "")
    if label:
        text = text.lstrip(_QUOTES + "*# ")[len(label) :].lstrip("* ")
    text = text.strip(_QUOTES + " ")
    if len(text) <= MAX_PROMPT:
        return text
    head = text[:MAX_PROMPT]
    return head[: max(head.rfind(". ") + 1, head.rfind(" "))].strip() or head
