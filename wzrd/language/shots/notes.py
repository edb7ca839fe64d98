"""A person's note on a shot ("she holds the crayon"), worked into its brief and its words. Pure."""

from dataclasses import replace

from wzrd.contracts.breakdown import Beat
from wzrd.domain.names import voice_key
from wzrd.domain.prompts import note_sentence, visual_prompt, with_sentence
from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea, ShotSubject
from wzrd.language.breakdown.by_rule import read_breakdown

_HANDS = frozenset({
    "hold", "take", "carry", "lift", "show", "hand_over", "throw", "catch", "drink", "eat", "smoke", "read", "write",
    "phone", "photograph", "play", "aim", "cut",
})  # fmt: skip
"""Acts whose things are in somebody's hands."""


def revise_idea(idea: ShotIdea, scene: SceneBrief, note: str) -> ShotIdea:
    """The shot as the note has it: told in its idea, and done by its people. The same note twice is one."""
    sentence = note_sentence(note)
    if not sentence or sentence in idea.idea:
        return idea
    brief = _revise_brief(idea.brief, scene, sentence) if idea.brief is not None else None
    return replace(idea, idea=f"{idea.idea} {sentence}".strip(), brief=brief)


def revise_prompt(prompt: str, before: ShotIdea, after: ShotIdea, scene: SceneBrief, previous: ShotIdea | None) -> str:
    """The visual prompt of the shot as it is `after` the note.

    One that follows from the idea by rule follows from the new one; in another the note comes behind the first
    sentence, which says what is seen: what comes later counts for less.
    """
    if not prompt.strip() or prompt.strip() == visual_prompt(before, scene, previous):
        return visual_prompt(after, scene, previous)
    return with_sentence(prompt, after.idea.removeprefix(before.idea).strip())


def _revise_brief(brief: ShotBrief, scene: SceneBrief, sentence: str) -> ShotBrief:
    """The note is read as the scene's text is; who does something in it does that now."""
    people = tuple(subject.name for subject in brief.subjects) or scene.characters
    page = SceneBrief(scene.number, location=scene.location, actions=(sentence,), characters=people)
    found = read_breakdown([page])
    names = {prop.id: prop.name for prop in found.props}
    beats = [beat for beat in found.scenes[0].beats if beat.seen]
    props = dict.fromkeys((*brief.props, *(names.get(key, key) for beat in beats for key in beat.props)))
    subjects = tuple(_revise_subject(subject, beats, names) for subject in brief.subjects)
    return replace(brief, subjects=subjects, props=tuple(props))


def _revise_subject(subject: ShotSubject, beats: list[Beat], names: dict[str, str]) -> ShotSubject:
    for beat in beats:
        key = next((one for one in beat.who if voice_key(one) == voice_key(subject.name)), None)
        if key is None:
            continue
        holds = tuple(names.get(one, one) for one in beat.props)[:2] if beat.act in _HANDS else ()
        subject = replace(
            subject,
            act=subject.act if beat.act == "other" else beat.act,
            feeling=beat.feelings.get(key, subject.feeling),
            holds=holds or subject.holds,
        )
    return subject
