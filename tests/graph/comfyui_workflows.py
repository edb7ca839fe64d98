"""ComfyUI's workflow that everybody begins with, and what it has become."""

from typing import Any

from wzrd.graph.comfyui.reading import ComfyImport


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def sampled(**more: dict[str, Any]) -> dict[str, Any]:
    """The workflow that everybody begins with; `more` nodes in it."""
    return {
        "3": node("KSampler", seed=42, steps=20, cfg=8, denoise=1, model=["4", 0], positive=["6", 0],
                  negative=["7", 0], latent_image=["5", 0]),
        "4": node("CheckpointLoaderSimple", ckpt_name="sd_xl.safetensors"),
        "5": node("EmptyLatentImage", width=1024, height=576, batch_size=1),
        "6": node("CLIPTextEncode", text="a lighthouse at night", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="text, watermark", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", images=["8", 0], filename_prefix="out/lamp"),
        **more,
    }  # fmt: skip


def shown(read: ComfyImport) -> dict[str, tuple[str, dict[str, Any]]]:
    """Action or kind of each node, and its params."""
    return {one.id: (one.action or one.kind, one.params) for one in read.file.nodes}


def wired(read: ComfyImport) -> set[tuple[str, str, str | None]]:
    return {(edge.source, edge.target, edge.input) for edge in read.file.edges}


def told(read: ComfyImport) -> dict[str, str]:
    return {one.node_id: one.reason for one in read.not_understood}
