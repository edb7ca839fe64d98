"""ComfyUI's node classes that have an equal here.

Names of classes and inputs are facts of ComfyUI and of its extensions VideoHelperSuite, KJNodes, Essentials, GGUF,
AnimateDiff Evolved, LTXVideo, WanVideoWrapper, rgthree and pysssss, read from what their nodes declare.
"""

from collections.abc import Mapping

from wzrd.graph.comfyui import choices, clips, media, sampling
from wzrd.graph.comfyui.values import Conditioning, Guider, Handler, Noise, Schedule

_LORA = "its LoRA is left out: models here take none"
_SOUND = "its sound is left out: clips have the sound of their own model"
_CONTROL = "its control picture is left out"
_PLACE = "where, when and how strongly it holds is left out: models here take one prompt"
_HANDLERS: Mapping[str, Handler] = {
    (
        "CheckpointLoaderSimple CheckpointLoader UNETLoader unCLIPCheckpointLoader ImageOnlyCheckpointLoader "
        "UnetLoaderGGUF"
    ): sampling.checkpoint,
    (
        "CLIPLoader DualCLIPLoader TripleCLIPLoader QuadrupleCLIPLoader VAELoader CLIPVisionLoader KSamplerSelect "
        "CLIPSetLastLayer CLIPVisionEncode"
    ): sampling.plumbing,
    "ADE_AnimateDiffLoaderGen1 ADE_AnimateDiffLoaderWithContext": sampling.motion,
    "ADE_UseEvolvedSampling": lambda scene: (
        sampling.motion if "m_models" in scene.inputs else sampling.passing("model")
    )(scene),
    "ModelSamplingFlux ModelSamplingSD3 ModelSamplingAuraFlow CFGNorm VideoLinearCFGGuidance": sampling.passing(
        "model"
    ),
    "LoraLoader Power_Lora_Loader_(rgthree) Lora_Loader_Stack_(rgthree)": sampling.passing(
        "model", "clip", left_out=_LORA
    ),
    "LoraLoaderModelOnly": sampling.passing("model", left_out=_LORA),
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
    "ConditioningConcat": sampling.joined("conditioning_to", "conditioning_from"),
    (
        "ConditioningSetTimestepRange ConditioningSetArea ConditioningSetAreaPercentage ConditioningSetAreaStrength "
        "ConditioningSetMask FluxKontextMultiReferenceLatentMethod"
    ): sampling.passing("conditioning", left_out=_PLACE),
    "GLIGENTextBoxApply ConditioningAverage": sampling.passing("conditioning_to", left_out=_PLACE),
    "StyleModelApply unCLIPConditioning": sampling.passing("conditioning", left_out="its picture is left out"),
    "ControlNetApply": sampling.passing("conditioning", left_out=_CONTROL),
    "ControlNetApplyAdvanced ControlNetApplySD3": sampling.passing("positive", "negative", left_out=_CONTROL),
    "ReferenceLatent": sampling.referring,
    "FluxKontextImageScale LTXVPreprocess": sampling.passing("image"),
    "ImageScaleToTotalPixels ImageScaleBy ImageScaleToMaxDimension": sampling.passing("image", left_out=media.OWN_SIZE),
    "ResizeImageMaskNode": sampling.passing("input", left_out=media.OWN_SIZE),
    "ResizeImagesByLongerEdge": sampling.passing("images", left_out=media.OWN_SIZE),
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
    "VAEEncode": sampling.encode_image,
    "VAEEncodeForInpaint": sampling.inpainted,
    "SetLatentNoiseMask": sampling.masked_latent,
    "InpaintModelConditioning": sampling.inpainting,
    "LoadImageMask": media.mask,
    "LatentUpscale LatentUpscaleBy": sampling.scaled_latent,
    "WanImageToVideo": clips.image_to_video("start_image"),
    "WanFirstLastFrameToVideo WanFunInpaintToVideo": clips.image_to_video("start_image", "end_image"),
    "WanFunControlToVideo WanCameraImageToVideo": clips.image_to_video("start_image", "control_video"),
    "Wan22FunControlToVideo": clips.image_to_video("ref_image", "control_video"),
    "Wan22ImageToVideoLatent": clips.first_picture,
    "LTXVImgToVideo": clips.image_to_video("image"),
    "SVD_img2vid_Conditioning": clips.svd,
    "LTXVConditioning": sampling.passing("positive", "negative"),
    "LTXVGemmaEnhancePrompt": sampling.passing("prompt", left_out="its model is not run here: the prompt goes on"),
    "LTXVConcatAVLatent": sampling.passing("video_latent", left_out=_SOUND),
    "LTXVSeparateAVLatent": sampling.passing("av_latent"),
    "LTXVLatentUpsampler": sampling.passing("samples", left_out=media.OWN_SIZE),
    "LTXVImgToVideoInplace": clips.in_place,
    "LTXVAddGuide": clips.guided,
    "LTXVCropGuides": sampling.passing("positive", "negative", "latent"),
    "ManualSigmas": clips.sigmas,
    "WanVideoTextEncode": clips.wan_texts,
    "WanVideoEmptyEmbeds WanVideoImageToVideoEncode": clips.wan_canvas,
    "WanVideoSampler": clips.wan_sample,
    "KSampler KSamplerAdvanced": sampling.sample,
    "SamplerCustom": sampling.sample_custom,
    "SamplerCustomAdvanced": sampling.sample_parts,
    "RandomNoise": lambda scene: [Noise(scene.seed("noise_seed"))],
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
    "VAEDecode VAEDecodeTiled LTXVTiledVAEDecode LTXVSpatioTemporalTiledVAEDecode WanVideoDecode": sampling.decode,
    "LoadImage": media.upload("image", "image"),
    "LoadVideo": media.upload("file", "video"),
    "VHS_LoadVideo": media.upload("video", "video"),
    "LoadAudio VHS_LoadAudioUpload": media.upload("audio", "audio"),
    "UpscaleModelLoader": media.upscaler,
    "ImageUpscaleWithModel": media.enlarged,
    "ImageScale": media.tool("image.scale", "Scale", media.scale),
    "ImageResizeKJ ImageResizeKJv2 ImageResize+": media.resized,
    "ResizeAndPadImage": media.tool("image.scale", "Fit", media.pad),
    "ImageCrop": media.tool("image.crop", "Crop", media.crop),
    "ImageRotate": media.tool("image.rotate", "Turn", media.rotation),
    "ImageFlip": media.tool("image.flip", "Mirror", media.flip),
    "ImageInvert": media.tool("image.color-filter", "Invert", lambda _: {"filter": "invert"}),
    "ImageBlur": media.tool("image.blur", "Blur", media.blur),
    "RepeatImageBatch": media.tool(
        "image.duplicate", "Repeat", lambda scene: {"copies": scene.whole("amount", 1, least=1, most=16)}
    ),
    "TrimAudioDuration": media.tool("audio.trim", "Trim", media.trim, "audio"),
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
