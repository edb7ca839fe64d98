"""ComfyUI's node classes that have an equal here.

Names of classes and inputs are facts of ComfyUI and of its extensions VideoHelperSuite, KJNodes, Essentials, GGUF,
AnimateDiff Evolved, LTXVideo, WanVideoWrapper, rgthree and pysssss, read from what their nodes declare.
"""

from collections.abc import Mapping

from wzrd.graph.comfyui import choices, clips, media, sampling
from wzrd.graph.comfyui.values import Conditioning, Guider, Handler, Noise, Schedule

_HANDLERS: Mapping[str, Handler] = {
    (
        "CheckpointLoaderSimple CheckpointLoader UNETLoader unCLIPCheckpointLoader ImageOnlyCheckpointLoader "
        "UnetLoaderGGUF"
    ): sampling.checkpoint,
    "ADE_AnimateDiffLoaderGen1 ADE_AnimateDiffLoaderWithContext ADE_ApplyAnimateDiffModelSimple": sampling.motion,
    "Reroute": media.reroute,
    (
        "PrimitiveString PrimitiveStringMultiline PrimitiveInt PrimitiveFloat PrimitiveBoolean INTConstant "
        "FloatConstant"
    ): media.literal("value"),
    "StringConstant StringConstantMultiline": media.literal("string"),
    "StringConcatenate": media.concatenate("string_a", "string_b", delimiter="delimiter"),
    "StringReplace": media.replace_text,
    "CLIPTextEncode CLIPTextEncodeSDXLRefiner": sampling.encode("text"),
    "CLIPTextEncodeFlux": sampling.encode("t5xxl", "clip_l"),
    "CLIPTextEncodeSDXL": sampling.encode("text_g", "text_l"),
    "CLIPTextEncodeSD3": sampling.encode("t5xxl", "clip_g", "clip_l"),
    "TextEncodeQwenImageEdit": sampling.encode_pictures("image"),
    "TextEncodeQwenImageEditPlus": sampling.encode_pictures("image1", "image2", "image3"),
    "FluxGuidance": sampling.guidance,
    "ConditioningZeroOut": lambda _: [Conditioning()],
    "ConditioningCombine": sampling.joined("conditioning_1", "conditioning_2"),
    "ConditioningConcat ConditioningAverage": sampling.joined("conditioning_to", "conditioning_from"),
    "ReferenceLatent": sampling.referring,
    "ComfySwitchNode LazySwitchKJ": choices.switch("switch", "on_false", "on_true"),
    "BooleanSwitchNode": choices.switch("state", "on_false", "on_true"),
    "Any_Switch_(rgthree)": choices.first_of("any_"),
    "mxSlider": choices.slider,
    "CustomCombo": lambda scene: [scene.words("choice")],
    "ComfyMathExpression": choices.calculate(whole_first=False),
    "MathExpression|pysssss": choices.calculate(whole_first=True),
    (
        "EmptyLatentImage EmptySD3LatentImage EmptyFlux2LatentImage EmptyHunyuanImageLatent EmptyHunyuanLatentVideo "
        "EmptyLTXVLatentVideo EmptyMochiLatentVideo EmptyCosmosLatentVideo"
    ): sampling.empty_latent,
    "EmptyLatentAudio EmptyAceStepLatentAudio EmptyAceStep1.5LatentAudio": clips.empty_sound,
    "TextEncodeAceStepAudio TextEncodeAceStepAudio1.5": clips.song,
    "VAEEncode": sampling.encode_image,
    "VAEEncodeForInpaint": sampling.inpainted,
    "SetLatentNoiseMask": sampling.masked_latent,
    "InpaintModelConditioning": sampling.inpainting,
    "LoadImageMask": media.mask,
    "LatentUpscale LatentUpscaleBy": sampling.scaled_latent,
    "SVD_img2vid_Conditioning": clips.svd,
    "LTXVImgToVideoInplace": clips.in_place,
    "LTXVAddGuide": clips.guided,
    "ManualSigmas": clips.sigmas,
    "KSampler KSamplerAdvanced SamplerCustom SamplerCustomAdvanced": sampling.sample,
    "RandomNoise": lambda scene: [Noise(scene.seed("noise_seed"))],
    "DisableNoise": lambda _: [Noise(None)],
    "BasicGuider": lambda scene: [Guider(scene.get("conditioning", Conditioning))],
    "CFGGuider": lambda scene: [
        Guider(scene.get("positive", Conditioning), scene.get("negative", Conditioning), scene.number("cfg", least=0))
    ],
    "BasicScheduler SDTurboScheduler": lambda scene: [
        Schedule(scene.whole("steps", least=1, most=sampling.MOST_STEPS), scene.number("denoise", 1.0, least=0, most=1))
    ],
    "LTXVScheduler Flux2Scheduler KarrasScheduler ExponentialScheduler": lambda scene: [
        Schedule(scene.whole("steps", least=1, most=sampling.MOST_STEPS))
    ],
    (
        "VAEDecode VAEDecodeTiled VAEDecodeAudio LTXVTiledVAEDecode LTXVSpatioTemporalTiledVAEDecode WanVideoDecode"
    ): sampling.decode,
    "LoadImage": media.upload("image", "image"),
    "LoadVideo": media.upload("file", "video"),
    "VHS_LoadVideo": media.upload("video", "video"),
    "LoadAudio VHS_LoadAudioUpload": media.upload("audio", "audio"),
    "UpscaleModelLoader": media.upscaler,
    "ImageUpscaleWithModel": media.enlarged,
    "ImageScale": media.tool("image.scale", "Scale", media.scale),
    "ImageResizeKJ ImageResizeKJv2 ImageResize+": media.resized,
    "ResizeAndPadImage": media.tool("image.scale", "Fit", media.pad),
    "ImageCrop": media.tool(
        "image.crop",
        "Crop",
        lambda scene: {name: scene.whole(name, 0, most=media.MOST_PIXELS) for name in ("width", "height", "x", "y")},
    ),
    "ImageRotate": media.tool("image.rotate", "Turn", media.rotation),
    "ImageFlip": media.tool("image.flip", "Mirror", media.flip),
    "ImageInvert": media.tool("image.color-filter", "Invert", lambda _: {"filter": "invert"}),
    "ImageBlur": media.tool(
        "image.blur", "Blur", lambda scene: {"mode": "gaussian", "amount": scene.whole("blur_radius", 1, most=31)}
    ),
    "RepeatImageBatch": media.tool(
        "image.duplicate", "Repeat", lambda scene: {"copies": scene.whole("amount", 1, least=1, most=16)}
    ),
    "TrimAudioDuration": media.tool(
        "audio.trim",
        "Trim",
        lambda scene: {
            "start": scene.number("start_index", 0, least=0),
            "seconds": scene.number("duration", least=0.01),
        },
        "audio",
    ),
    "GetVideoComponents": lambda scene: [scene.made("video", "video")],
    "CreateVideo": media.combine_video,
    "VHS_VideoCombine": media.combine_and_save,
    "SaveVideo": media.output("video"),
    "SaveWEBM SaveImage SaveImageWebsocket PreviewImage SaveAnimatedWEBP SaveAnimatedPNG": media.output("images"),
    "SaveAudio SaveAudioMP3 SaveAudioOpus PreviewAudio": media.output("audio"),
    "PreviewAny": media.output("source"),
    "ShowText|pysssss": media.output("text"),
}
CLASSES: Mapping[str, Handler] = {name: handler for names, handler in _HANDLERS.items() for name in names.split()}
"""Handler of each ComfyUI class; a blank in its name is an underscore here."""
_QUIET = (
    "CLIPLoader DualCLIPLoader TripleCLIPLoader QuadrupleCLIPLoader VAELoader CLIPVisionLoader KSamplerSelect "
    "CLIPSetLastLayer CLIPVisionEncode ModelSamplingFlux ModelSamplingSD3 ModelSamplingAuraFlow CFGNorm "
    "VideoLinearCFGGuidance LTXVConditioning LTXVPreprocess LTXVCropGuides LTXVSeparateAVLatent LTXAVTextEncoderLoader "
    "LTXVAudioVAELoader FluxKontextImageScale WanImageToVideo Wan22ImageToVideoLatent LTXVImgToVideo"
)
QUIET = frozenset(_QUIET.split())
"""Classes without a handler of which nothing is lost: they hand on what comes to them, or have no place here."""
