"""The `diffusers` backend: real models on a GPU, named by the environment and loaded before the host is ready."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from ..errors import Failure
from . import Task, Watch, output_pixels
from .sketch import seed_of

MAX_OUTPUT_PIXELS = 64_000_000
PREVIEW_EVERY = 4
"""Steps between two previews."""

TILE, LAP = 256, 16
"""Upscaling goes tile by tile, so that its memory does not grow with the picture; tiles overlap by LAP."""

# SDXL's four latent channels as red, green and blue: rough, but it costs no decoder.
LATENT_RGB = np.array([[60, 60, 60], [-60, -5, 10], [25, 15, -5], [-70, -50, -35]], np.float32)
LATENT_BASE = np.array([150, 140, 130], np.float32)


@dataclass(frozen=True)
class Source:
    """Where a model comes from: `name=repository@revision`, revision and name optional."""

    name: str
    repository: str
    revision: str | None

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Reads one entry of an environment variable."""
        name, _, rest = text.strip().rpartition("=")
        repository, _, revision = rest.partition("@")
        return cls(name or repository.rsplit("/", 1)[-1], repository, revision or None)


def _sources(env: Mapping[str, str], name: str, default: str = "") -> list[Source]:
    return [Source.parse(one) for one in env.get(name, default).split(",") if one.strip()]


class Diffusers:
    """Text to image by diffusers; background removal and upscaling where models for them are named."""

    procedural = False

    def __init__(self, env: Mapping[str, str], torch: Any, diffusers: Any, transformers: Any) -> None:
        self._torch = torch
        self._device = env.get("GALLEY_DEVICE") or "cuda"
        self._steps = int(env["GALLEY_STEPS"]) if env.get("GALLEY_STEPS") else None
        self._guidance = float(env["GALLEY_GUIDANCE"]) if env.get("GALLEY_GUIDANCE") else None
        self._dtype = torch.float32 if self._device == "cpu" else torch.bfloat16
        # A pipeline's scheduler has state: two renders in one pipeline would mix.
        self._one_at_a_time = threading.Lock()
        generators = _sources(env, "GALLEY_GENERATE_MODELS", "sdxl=stabilityai/stable-diffusion-xl-base-1.0")
        removers = _sources(env, "GALLEY_REMOVE_MODELS")
        upscalers = {2: _sources(env, "GALLEY_UPSCALE_2_MODELS"), 4: _sources(env, "GALLEY_UPSCALE_4_MODELS")}
        self._pipelines = {one.name: self._pipeline(diffusers, one) for one in generators}
        self._removers = {one.name: self._remover(transformers, one) for one in removers}
        self._upscalers = {
            (one.name, factor): self._upscaler(transformers, one) for factor, some in upscalers.items() for one in some
        }
        names = {
            "image.generate": tuple(self._pipelines),
            "image.remove_background": tuple(self._removers),
            "image.upscale": tuple(dict.fromkeys(name for name, _ in self._upscalers)),
        }
        self.models: Mapping[str, tuple[str, ...]] = {kind: some for kind, some in names.items() if some}

    @classmethod
    def from_env(cls) -> "Diffusers":
        """Imports the large libraries and loads the models."""
        import diffusers
        import torch
        import transformers

        return cls(os.environ, torch, diffusers, transformers)

    def render(self, task: Task, watch: Watch) -> tuple[Image.Image, Mapping[str, str]]:
        """Does the task with the model it names."""
        model = str(task.params["model"])
        text = {"Software": f"Galley diffusers ({model})"}
        watch.progress(0.01)
        with self._one_at_a_time, self._torch.inference_mode():
            if task.kind == "image.generate":
                seed = seed_of(task)
                return self._generate(self._pipelines[model], task, seed, watch), {**text, "Seed": str(seed)}
            if task.kind == "image.remove_background":
                return self._remove(self._removers[model], task.images["image"], watch), text
            return self._upscale(model, task.images["image"], int(task.params["factor"]), watch), text

    # Loading:

    def _pipeline(self, diffusers: Any, source: Source) -> Any:
        pipeline = diffusers.AutoPipelineForText2Image.from_pretrained(
            source.repository, revision=source.revision, torch_dtype=self._dtype, use_safetensors=True
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline.to(self._device)

    def _remover(self, transformers: Any, source: Source) -> Any:
        if source.revision is None:
            # These models bring their own code, so only a fixed revision may be run.
            raise ValueError(f"GALLEY_REMOVE_MODELS: {source.repository} needs a revision (repository@commit)")
        model = transformers.AutoModelForImageSegmentation.from_pretrained(
            source.repository, revision=source.revision, trust_remote_code=True
        )
        return model.to(self._device).eval()

    def _upscaler(self, transformers: Any, source: Source) -> Any:
        model = transformers.Swin2SRForImageSuperResolution.from_pretrained(source.repository, revision=source.revision)
        return model.to(self._device).eval()

    # Rendering:

    def _generate(self, pipeline: Any, task: Task, seed: int, watch: Watch) -> Image.Image:
        width, height = int(task.params["width"]), int(task.params["height"])
        arguments: dict[str, Any] = {
            "prompt": str(task.params["prompt"]),
            "width": _sixteens(width),
            "height": _sixteens(height),
            "generator": self._torch.Generator(self._device).manual_seed(seed),
            "callback_on_step_end": self._step_watcher(watch),
        }
        if self._steps is not None:
            arguments["num_inference_steps"] = self._steps
        if self._guidance is not None:
            arguments["guidance_scale"] = self._guidance
        return _middle(pipeline(**arguments).images[0], width, height)

    def _step_watcher(self, watch: Watch) -> Callable[..., dict[str, Any]]:
        def after_step(pipeline: Any, step: int, _: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            steps = getattr(pipeline, "num_timesteps", None) or self._steps or 50
            # Raises when the render should stop: diffusers lets it through, and the step was the last.
            watch.progress(0.95 * min((step + 1) / steps, 1.0))
            latents = tensors.get("latents")
            if step % PREVIEW_EVERY == PREVIEW_EVERY - 1 and latents is not None and latents.shape[1:2] == (4,):
                watch.preview(_glimpse(latents[0].float().cpu().numpy()))
            return tensors

        return after_step

    def _remove(self, model: Any, image: Image.Image, watch: Watch) -> Image.Image:
        pixels = np.asarray(image.convert("RGB").resize((1024, 1024), Image.Resampling.BILINEAR), np.float32) / 255
        pixels = (pixels - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
        batch = self._torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32)).to(self._device)
        watch.progress(0.2)
        mask = model(batch)[-1].sigmoid().float().cpu().numpy().squeeze()
        watch.progress(0.9)
        if not (mask > 0.5).mean() > 0.002:
            raise Failure("no_subject", "the model sees nothing to cut out", retryable=False)
        alpha = Image.fromarray((np.clip(mask, 0, 1) * 255 + 0.5).astype(np.uint8), "L").resize(image.size)
        if image.mode == "RGBA":
            alpha = Image.fromarray(np.minimum(np.asarray(alpha), np.asarray(image.getchannel("A"))), "L")
        result = image.convert("RGB")
        result.putalpha(alpha)
        return result

    def _upscale(self, name: str, image: Image.Image, factor: int, watch: Watch) -> Image.Image:
        model = self._upscalers.get((name, factor))
        if model is None:
            raise Failure("no_model", f"{name} does not upscale by {factor} on this host", retryable=False)
        output_pixels(image.width * factor, image.height * factor, MAX_OUTPUT_PIXELS)
        rgb = np.asarray(image.convert("RGB"), np.float32) / 255
        larger = np.zeros((image.height * factor, image.width * factor, 3), np.float32)
        corners = [(y, x) for y in range(0, image.height, TILE) for x in range(0, image.width, TILE)]
        for done, (y, x) in enumerate(corners):
            top, left = max(y - LAP, 0), max(x - LAP, 0)
            tile = rgb[top : y + TILE + LAP, left : x + TILE + LAP]
            enlarged = self._enlarge(model, tile, factor)[(y - top) * factor :, (x - left) * factor :]
            high, wide = min(TILE, image.height - y) * factor, min(TILE, image.width - x) * factor
            larger[y * factor : y * factor + high, x * factor : x * factor + wide] = enlarged[:high, :wide]
            watch.progress(0.05 + 0.9 * (done + 1) / len(corners))
        result = Image.fromarray((larger * 255 + 0.5).astype(np.uint8), "RGB")
        if image.mode == "RGBA":
            result.putalpha(image.getchannel("A").resize(result.size, Image.Resampling.LANCZOS))
        return result

    def _enlarge(self, model: Any, tile: np.ndarray, factor: int) -> np.ndarray:
        # Swin2SR works in windows of 8: what does not fit is filled with the edge and cut off again.
        high, wide = tile.shape[:2]
        padded = np.pad(tile, ((0, -high % 8), (0, -wide % 8), (0, 0)), mode="edge")
        batch = self._torch.from_numpy(padded.transpose(2, 0, 1)[None].copy()).to(self._device)
        result = model(pixel_values=batch).reconstruction[0].float().cpu().numpy()
        return np.clip(result.transpose(1, 2, 0), 0, 1)[: high * factor, : wide * factor]


def _sixteens(side: int) -> int:
    """The next multiple of 16: what every pipeline accepts."""
    return -(-side // 16) * 16


def _middle(image: Image.Image, width: int, height: int) -> Image.Image:
    """The middle of a picture that was rendered slightly too large."""
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.convert("RGB").crop((left, top, left + width, top + height))


def _glimpse(latents: np.ndarray) -> Image.Image:
    """A small picture straight from the latents."""
    pixels = np.einsum("chw,cr->hwr", latents, LATENT_RGB) + LATENT_BASE
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")
