"""Nodes of unknown classes of ComfyUI's: values that come to one go on, as far as they are of use.

Nothing is decided before something is wanted of such a node: the name of the input and the kind of value that it needs
say which of what came is meant. Where several would do, none goes on.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from wzrd.contracts.wire import elements_of, members_of
from wzrd.graph.comfyui import sampling
from wzrd.graph.comfyui.media import save
from wzrd.graph.comfyui.values import (
    CONTROLS,
    LONGEST,
    Conditioning,
    Guider,
    Latent,
    Made,
    Missing,
    NodeTranslation,
    Noise,
    Schedule,
)

UNKNOWN = "no node here is its equal"
_REASONS = {"lora": "models here take none", "controlnet": "models here take no control picture"}
MOST_CAME, DEEPEST = 64, 24
"""Values that are remembered of one node, and unknown nodes behind one another that are asked."""
_WORDS, _PLAIN = ("prompt", "text", "string", "caption", "positive", "negative"), ("prompt", "text", "string", "value")
_VALUES = (*_PLAIN, "seed", "int", "float", "number")
_ASKED = frozenset({"seed", "negative_prompt", "duration", "aspect_ratio", "resolution"})
"""Inputs that, beside a prompt, only a node has that makes something by it; and one that has a text written."""
_WRITING = frozenset({"temperature", "max_tokens", "max_length", "max_new_tokens", "system_prompt", "model"})
_CALLED = {"float": "value", "str": "text"}
_STEERED = frozenset({"steps", "seed", "noise_seed"})
_MEDIA, _NO_MEDIA = ("image", "video", "audio"), frozenset({"mask", "segs", "int", "float", "boolean", "latent"})
_BY_PROMPT = "the default model works by its prompt; a `model` of the catalog may instead; the rest is left out"
_Value = TypeVar("_Value")


class UnknownNode:
    """One such node. `came`: what came to it, over what came to the unknown nodes `before` it, by short names."""

    def __init__(self, scene: NodeTranslation, outputs: object, told: str) -> None:
        self.scene, self.told, self._outputs = scene, told, elements_of(outputs)
        behind = {name: one.behind for name, one in scene.inputs.items() if isinstance(one, Missing)}
        self.before = [one for one in behind.values() if isinstance(one, UnknownNode)]
        self.depth: int = 1 + max((one.depth for one in self.before), default=0)
        self.went, self.came, self.made = dict[str, None](), dict[str, object](), dict[str, Made]()
        known = {name: one.value for name, one in behind.items() if isinstance(one, UnknownNode)}
        scene.inputs = {**scene.inputs, **{name: one for name, one in known.items() if one is not None}}
        self.mine = {_short(name) for name in scene.inputs}
        for name, value in [*scene.inputs.items(), *(pair for one in self.before for pair in one.came.items())]:
            if not isinstance(value, Missing | list | dict | None) and len(self.came) < MOST_CAME:
                self.came.setdefault(_short(name), value)
        self.lone = self._lone()
        scene.remark(told)

    @cached_property
    def value(self) -> object | None:
        """The seed, number or text of a node that holds one, and takes nothing."""
        known = [(name.lower(), one) for name, one in self.scene.inputs.items() if one not in CONTROLS]
        name, value = known[0] if len(known) == 1 else ("", None)
        return value if name in _VALUES and isinstance(value, str | int | float) else None

    def output(self, slot: int) -> tuple[str, str]:
        """Name and type of an output, where the workflow says them."""
        told = members_of(self._outputs[slot] if 0 <= slot < len(self._outputs) else None)
        return str(told.get("name") or "").lower(), str(told.get("type") or "").lower()

    def hand_on(self, slot: int, name: str, kind: type[object], types: Sequence[str]) -> object | None:
        """Value that goes on from an output to an input of this name, of this kind; None where nothing would do."""
        label, data_type = self.output(slot)
        names = (label, name.lower())
        found: object | None
        if kind is Made:
            return self._medium(names, types, data_type)
        if kind is float:
            value = self.scene.inputs.get(label, self.value)
            found = value if isinstance(value, int | float) else None
        elif kind is str:
            written = self.written or _chosen(self._texts(), names)
            found = written if self.value is None else self.value
        elif kind is Latent:
            found = self.latent
        elif kind is Conditioning:
            found = self._conditioning(names)
        else:
            found = _chosen(self._of(kind), names) or self._part(kind)
        return self.tell(_CALLED.get(kind.__name__, kind.__name__.lower()), found)

    def tell(self, what: str, found: _Value) -> _Value:
        """Say that something goes on, if it does: of this node, and of those before it that it came through."""
        todo = [self] if found is not None else []
        while todo:
            node = todo.pop()
            if what not in node.went and not any(found is one for one in node.made.values()):
                node.went[what] = None
                goes = "go on as they came" if len(node.went) > 1 else "goes on as it came"
                node.scene.remarks[:1] = [f"{node.told}: the {' and the '.join(node.went)} {goes}"]
                todo += [one for one in node.before if found in (one.value, *one.made.values(), *one.came.values())]
        return found

    def _of(self, *kinds: type[_Value]) -> dict[str, _Value]:
        return {name: value for name, value in self.came.items() if isinstance(value, kinds)}

    def _texts(self) -> dict[str, "str | Made"]:
        """Texts under names that say so, and those that nodes have made; its own before those that came to others."""
        found: dict[str, str | Made] = {
            name: one
            for name, one in self._of(str).items()
            if one.strip() and len(one) <= LONGEST and (name == "value" or any(word in name for word in _WORDS))
        }
        found |= self.media("text")
        return {name: one for name, one in found.items() if name in self.mine} or found

    def media(self, *types: str) -> dict[str, Made]:
        """Results of nodes here that came, of these types."""
        return {name: one for name, one in self._of(Made).items() if one.data_type in types}

    def _number(self, *endings: str, most: float = 2**64 - 1) -> float | None:
        """The first number within bounds under a name with one of these endings."""
        found = (one for name, one in self._of(int, float).items() if name.endswith(endings))
        return next((one for one in found if not isinstance(one, bool) and 0 < one <= most), None)

    def _whole(self, *endings: str, most: int = 2**64 - 1) -> int | None:
        value = self._number(*endings, most=most)
        return None if value is None else int(value)

    def _conditioning(self, names: Sequence[str]) -> Conditioning | None:
        """Conditioning as it came, else of the texts that came; empty, where only its contrary came."""
        kept = self._of(Conditioning)
        found = _chosen(kept, names) if kept else _chosen(self._texts(), names)
        if found is None:
            return Conditioning() if _is_negative(names) and (kept or self._texts()) else None
        if isinstance(found, Conditioning):
            return found
        return Conditioning(found, () if _is_negative(names) else tuple(dict.fromkeys(self.media("image").values())))

    def _part(self, kind: type[object]) -> object | None:
        """A part of a sampler that is put together of them."""
        if kind is Noise:
            return Noise(self._whole("seed"))
        if kind is Schedule:
            return self._schedule() if "steps" in self.came else None
        return self._guider() if kind is Guider else None

    def _schedule(self) -> Schedule:
        return Schedule(self._whole("steps", most=sampling.MOST_STEPS) or 20, self._number("denoise", most=1) or 1.0)

    def _guider(self) -> Guider | None:
        if guider := _chosen(self._of(Guider), ()):
            return guider
        shown = (one for name, one in self._of(Conditioning).items() if "negative" not in name)
        positive = self._conditioning(("positive",)) or next(shown, None)
        is_signed = any("negative" in name for name in self._of(Conditioning) or self._texts())
        negative = self._conditioning(("negative",)) if is_signed else None
        return positive and Guider(positive, negative or Conditioning(), self._number("cfg"))

    @cached_property
    def latent(self) -> Latent | None:
        """The latent that goes on. With conditioning, and steps or a seed, the node is a sampler, and makes it."""
        own = {name: one for name, one in self.scene.inputs.items() if isinstance(one, Latent)}
        earlier = (one.latent for one in self.before if self.depth <= DEEPEST)
        latent = _chosen(own, ()) or next((one for one in earlier if one and one.sampled), None) or self._canvas()
        guider, shown = self._guider(), any(name.startswith("positive") for name in self.came)
        texts = "steps" in self.mine and self._texts().keys() - self.mine
        is_sampler = _STEERED & self.mine and (shown or texts or self._of(Conditioning) or self._of(Guider))
        if latent is None or guider is None or not is_sampler:
            return latent
        self.scene.remarks[:1] = [f"{self.told}: by what comes to it, it is taken for a sampler"]
        made = sampling.sampled(self.scene, latent, guider, self._schedule(), self._whole("seed"))
        self.made |= {"latent": made.made} if made.made else {}
        return made

    def _canvas(self) -> Latent | None:
        """A canvas of the size and length that numbers say, which a picture may begin; else that picture."""
        pictures = self.media("image")
        picture = _chosen(pictures, ("start_image", "first_frame"))
        width, height = (self._whole(side, most=sampling.MOST_PIXELS) for side in ("width", "height"))
        if frames := self._whole("length", "num_frames", most=sampling.MOST_FRAMES):
            if len(set(pictures.values())) > 1:
                self.scene.remark("it begins with one of its pictures at most: the others are left out")
            return Latent(width, height, frames=frames, made=picture, masked=picture is not None)
        if picture is None and width and height:
            return Latent(width, height, self._whole("batch_size", most=sampling.MOST_COUNT) or 1)
        return Latent(made=picture) if picture else _chosen(self._of(Latent), ())

    def _medium(self, names: Sequence[str], types: Sequence[str], data_type: str) -> Made | None:
        """A picture, clip or sound: one that came and is only worked over, one that is sampled, or one by a prompt."""
        if data_type in _NO_MEDIA:
            return None
        if data_type == "string":
            return self.tell("text", self.written or _chosen(self.media("text"), names)) if "text" in types else None
        if (worked := self.worked_over) is not None and worked.data_type in types:
            return self.tell(worked.data_type, worked)
        if (latent := self.latent) is not None and latent.sampled and latent.made and latent.made.data_type in types:
            return self.tell(latent.made.data_type, latent.made)
        wanted = types if len(types) == 1 else [one for one in _MEDIA if one == data_type or one in names[-1]]
        return self._by_prompt(wanted[0]) if wanted else None

    def _lone(self) -> Made | None:
        """The picture, clip or sound that comes to it, where nothing else comes that it may be made from."""
        own = self.scene.inputs.values()
        found = [one for one in own if isinstance(one, Made)] + [one.lone for one in self.before if one.lone]
        makes = any(isinstance(one, Conditioning | Guider | Latent) for one in own)
        asks = any(word in name for name in self.mine for word in ("prompt", "text"))
        return found[0] if len(found) == 1 and found[0].data_type in _MEDIA and not (makes or asks) else None

    @cached_property
    def worked_over(self) -> Made | None:
        """The one picture that came; where there is conditioning, too, and nothing to sample, one made here."""
        if self.lone or not self._of(Conditioning, Guider) or self._of(Latent) or self.depth > DEEPEST:
            return self.lone
        came = [self.scene.find(name, Made, _MEDIA) for name in self.scene.inputs]
        kinds = self.scene.translation.nodes
        found = {one for one in came if isinstance(one, Made) and kinds[one.node].kind not in {"Upload", "Text"}}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def written(self) -> Made | None:
        """A text that a model is to write, here or before."""
        earlier = {one.written for one in self.before if self.depth <= DEEPEST} - {None}
        return self._by_prompt("text") or (earlier.pop() if len(earlier) == 1 else None)

    def _by_prompt(self, data_type: str) -> Made | None:
        """The node of ours that works by the same prompt and media, for a partner's model there or a writer."""
        if data_type in self.made:
            return self.made[data_type]
        is_text, own = data_type == "text", self.scene.inputs
        asks = [name for name in own if "prompt" in name and not name.startswith(("negative", "system"))]
        told = {_short(name) for name, one in own.items() if isinstance(one, str | int | float)}
        if self._of(Conditioning, Guider, Latent) or not (_WRITING if is_text else _ASKED) & told or not asks:
            return None
        found = {_short(name): self.scene.find(name, str) for name in asks}
        prompt = _chosen({name: one for name, one in found.items() if isinstance(one, str | Made)}, ("prompt",))
        media = dict.fromkeys(self.media(*_MEDIA).values())
        if prompt is None or not (is_text or all(_is_known(one) for one in own.values())):
            return None
        for batch in self.before:
            batch.tell("rest", next(iter(batch.media(*_MEDIA).values()), None))
        words = {name: one for name, one in self._of(str).items() if one.strip()}
        ratio = re.search(r"\d{1,2}:\d{1,2}", words.get("aspect_ratio", ""))
        params = {
            "prompt": prompt if isinstance(prompt, str) else None,
            "negative_prompt": words.get("negative_prompt"),
            "systemPrompt": words.get("system_prompt") if is_text else None,
            "aspect_ratio": ratio and ratio[0],
            "seed": None if is_text else self._whole("seed"),
        }
        takes = [("prompt", prompt)] if isinstance(prompt, Made) else []
        takes += [("reference" if data_type == one.data_type == "image" else one.data_type, one) for one in media]
        self.scene.remarks[:1] = [f"{self.told}: {_BY_PROMPT}"]
        kind = data_type.capitalize()
        self.made[data_type] = self.scene.add(kind, data_type, params, label=kind, takes=takes)
        return self.made[data_type]


def _is_known(value: object) -> bool:
    """True if a value came, or is a number or media of an unknown node: no model of theirs."""
    if not isinstance(value, Missing):
        return True
    node = value.behind
    return isinstance(node, UnknownNode) and (node.output(value.slot)[1] in _NO_MEDIA or bool(node.media(*_MEDIA)))


def _short(name: str) -> str:
    return name.lower().rpartition(".")[2]


def _is_negative(names: Sequence[str]) -> bool:
    return any("negative" in name or name.endswith("-") for name in names)


def _chosen(found: Mapping[str, _Value], names: Sequence[str]) -> _Value | None:
    """The one that is meant: of a name that is asked for, of its sign, of a plain name, else the only one."""
    sign, contrary = ("negative", "positive") if _is_negative(names) else ("positive", "negative")
    fits = {name: value for name, value in found.items() if contrary not in name}
    for wanted in (names, [name for name in fits if sign in name], _PLAIN, fits):
        if meant := {value for name, value in fits.items() if name in wanted}:
            return meant.pop() if len(meant) == 1 else None
    return None


def no_equal(class_type: str) -> str:
    """Why nothing here does what nodes of a class do."""
    reason = next((reason for part, reason in _REASONS.items() if part in class_type.lower()), "")
    return f"{UNKNOWN} ({reason})" if reason else UNKNOWN


def keep_what_comes(scene: NodeTranslation, told: str) -> None:
    """An unknown node that nothing takes from: pictures, clips and sounds that come to it are ends of the graph."""
    found = [scene.find(name, Made, _MEDIA) for name in scene.inputs]
    kept = dict.fromkeys(one for one in found if isinstance(one, Made) and one.data_type in _MEDIA)
    for made in kept:
        save(scene, made)
    scene.remark(f"{told}: what comes to it is an end of the graph" if kept else told)
