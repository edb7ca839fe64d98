"""ComfyUI's node classes that have an equal here.

Names of classes and inputs are facts of ComfyUI and of its extensions VideoHelperSuite and KJNodes, read from what
their nodes declare.
"""

from collections.abc import Mapping

from wzrd.graph.comfyui_media import (
    blur,
    combine_and_save,
    combine_video,
    concatenate,
    crop,
    enlarged,
    flip,
    literal,
    mask,
    output,
    pad,
    replace_text,
    reroute,
    rotation,
    scale,
    tool,
    trim,
    upload,
    upscaler,
)
from wzrd.graph.comfyui_sampling import (
    MOST_STEPS,
    checkpoint,
    decode,
    empty_latent,
    encode,
    encode_image,
    guidance,
    image_to_video,
    inpainted,
    inpainting,
    joined,
    masked_latent,
    passing,
    plumbing,
    referring,
    sample,
    sample_custom,
    sample_parts,
    scaled_latent,
    svd,
)
from wzrd.graph.comfyui_values import Conditioning, Guider, Handler, Noise, Schedule

_LORA = "its LoRA is left out: models here take none"
_CONTROL = "its control picture is left out"
CLASSES: Mapping[str, Handler] = {
    **dict.fromkeys(
        (
            "CheckpointLoaderSimple", "CheckpointLoader", "UNETLoader", "unCLIPCheckpointLoader",
            "ImageOnlyCheckpointLoader",
        ),
        checkpoint,
    ),
    **dict.fromkeys(
        (
            "CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader", "QuadrupleCLIPLoader", "VAELoader", "CLIPVisionLoader",
            "KSamplerSelect", "CLIPSetLastLayer", "CLIPVisionEncode",
        ),
        plumbing,
    ),
    **dict.fromkeys(
        ("ModelSamplingFlux", "ModelSamplingSD3", "ModelSamplingAuraFlow", "CFGNorm", "VideoLinearCFGGuidance"),
        passing("model"),
    ),
    "LoraLoader": passing("model", "clip", left_out=_LORA),
    "LoraLoaderModelOnly": passing("model", left_out=_LORA),
    "Reroute": reroute,
    "PrimitiveString": literal("value"),
    "PrimitiveStringMultiline": literal("value"),
    "PrimitiveInt": literal("value"),
    "PrimitiveFloat": literal("value"),
    "PrimitiveBoolean": literal("value"),
    "INTConstant": literal("value"),
    "FloatConstant": literal("value"),
    "StringConstant": literal("string"),
    "StringConstantMultiline": literal("string"),
    "StringConcatenate": concatenate("string_a", "string_b", delimiter="delimiter"),
    "StringReplace": replace_text,
    "CLIPTextEncode": encode("text"),
    "CLIPTextEncodeFlux": encode("t5xxl", "clip_l"),
    "CLIPTextEncodeSDXL": encode("text_g", "text_l"),
    "CLIPTextEncodeSDXLRefiner": encode("text"),
    "CLIPTextEncodeSD3": encode("t5xxl", "clip_g", "clip_l"),
    "FluxGuidance": guidance,
    "ConditioningZeroOut": lambda _: [Conditioning()],
    "ConditioningCombine": joined("conditioning_1", "conditioning_2"),
    "ConditioningConcat": joined("conditioning_to", "conditioning_from"),
    "ControlNetApply": passing("conditioning", left_out=_CONTROL),
    "ControlNetApplyAdvanced": passing("positive", "negative", left_out=_CONTROL),
    "ControlNetApplySD3": passing("positive", "negative", left_out=_CONTROL),
    "ReferenceLatent": referring,
    "FluxKontextImageScale": passing("image"),
    "ImageScaleToTotalPixels": passing("image", left_out="it is left out: the picture goes on in its own size"),
    **dict.fromkeys(
        (
            "EmptyLatentImage", "EmptySD3LatentImage", "EmptyFlux2LatentImage", "EmptyHunyuanLatentVideo",
            "EmptyLTXVLatentVideo", "EmptyMochiLatentVideo", "EmptyCosmosLatentVideo",
        ),
        empty_latent,
    ),
    "VAEEncode": encode_image,
    "VAEEncodeForInpaint": inpainted,
    "SetLatentNoiseMask": masked_latent,
    "InpaintModelConditioning": inpainting,
    "LoadImageMask": mask,
    "LatentUpscale": scaled_latent,
    "LatentUpscaleBy": scaled_latent,
    "WanImageToVideo": image_to_video("start_image"),
    "WanFirstLastFrameToVideo": image_to_video("start_image", "end_image"),
    "LTXVImgToVideo": image_to_video("image"),
    "SVD_img2vid_Conditioning": svd,
    "LTXVConditioning": passing("positive", "negative"),
    "KSampler": sample,
    "KSamplerAdvanced": sample,
    "SamplerCustom": sample_custom,
    "SamplerCustomAdvanced": sample_parts,
    "RandomNoise": lambda scene: [Noise(scene.seed("noise_seed"))],
    "BasicGuider": lambda scene: [Guider(scene.get("conditioning", Conditioning))],
    "CFGGuider": lambda scene: [
        Guider(scene.get("positive", Conditioning), scene.get("negative", Conditioning), scene.number("cfg", least=0))
    ],
    **dict.fromkeys(
        ("BasicScheduler", "SDTurboScheduler"),
        lambda scene: [
            Schedule(scene.whole("steps", least=1, most=MOST_STEPS), scene.number("denoise", 1.0, least=0, most=1))
        ],
    ),
    **dict.fromkeys(
        ("LTXVScheduler", "Flux2Scheduler", "KarrasScheduler", "ExponentialScheduler"),
        lambda scene: [Schedule(scene.whole("steps", least=1, most=MOST_STEPS))],
    ),
    "VAEDecode": decode,
    "VAEDecodeTiled": decode,
    "LoadImage": upload("image", "image"),
    "LoadVideo": upload("file", "video"),
    "VHS_LoadVideo": upload("video", "video"),
    "LoadAudio": upload("audio", "audio"),
    "VHS_LoadAudioUpload": upload("audio", "audio"),
    "UpscaleModelLoader": upscaler,
    "ImageUpscaleWithModel": enlarged,
    "ImageScale": tool("image.scale", "Scale", scale),
    "ResizeAndPadImage": tool("image.scale", "Fit", pad),
    "ImageCrop": tool("image.crop", "Crop", crop),
    "ImageRotate": tool("image.rotate", "Turn", rotation),
    "ImageFlip": tool("image.flip", "Mirror", flip),
    "ImageInvert": tool("image.color-filter", "Invert", lambda _: {"filter": "invert"}),
    "ImageBlur": tool("image.blur", "Blur", blur),
    "RepeatImageBatch": tool(
        "image.duplicate", "Repeat", lambda scene: {"copies": scene.whole("amount", 1, least=1, most=16)}
    ),
    "TrimAudioDuration": tool("audio.trim", "Trim", trim, "audio"),
    "GetVideoComponents": lambda scene: [scene.made("video", "video")],
    "CreateVideo": combine_video,
    "VHS_VideoCombine": combine_and_save,
    "SaveVideo": output("video"),
    **dict.fromkeys(
        ("SaveWEBM", "SaveImage", "SaveImageWebsocket", "PreviewImage", "SaveAnimatedWEBP", "SaveAnimatedPNG"),
        output("images"),
    ),
    **dict.fromkeys(("SaveAudio", "SaveAudioMP3", "SaveAudioOpus", "PreviewAudio"), output("audio")),
    "PreviewAny": output("source"),
    "ShowText|pysssss": output("text"),
}  # fmt: skip
"""What each class is here."""
