"""The diffusers backend's mapping of parameters, against stand-ins for its libraries.

What these tests cannot show is that the real models load and paint; that takes a GPU and their weights."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from galley_endpoint.backends import Task
from galley_endpoint.backends.diffusers import Diffusers, Source
from galley_endpoint.errors import Failure, Halted


class Tensor:
    """As much of a tensor as the backend touches."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.shape = array.shape

    def __getitem__(self, key: object) -> "Tensor":
        return Tensor(self.array[key])

    def to(self, _: str) -> "Tensor":
        return self

    def float(self) -> "Tensor":
        return self

    def cpu(self) -> "Tensor":
        return self

    def sigmoid(self) -> "Tensor":
        return Tensor(1 / (1 + np.exp(-self.array)))

    def numpy(self) -> np.ndarray:
        return self.array


class Generator:
    def __init__(self, device: str) -> None:
        self.device = device

    def manual_seed(self, seed: int) -> "Generator":
        self.seed = seed
        return self


class Model:
    """Whatever `from_pretrained` gives: it notes how it was loaded and called."""

    def __init__(self, repository: str, **how: object) -> None:
        self.loaded = (repository, how)
        self.called: dict = {}
        self.device = ""
        self.num_timesteps = 8

    def to(self, device: str) -> "Model":
        self.device = device
        return self

    def eval(self) -> "Model":
        return self

    def set_progress_bar_config(self, **_: object) -> None: ...


class Pipeline(Model):
    def __call__(self, **called: object) -> SimpleNamespace:
        self.called = called
        for step in range(8):
            called["callback_on_step_end"](self, step, None, {"latents": Tensor(np.zeros((1, 4, 9, 16), np.float32))})
        return SimpleNamespace(images=[Image.new("RGB", (called["width"], called["height"]), "navy")])


class Segmenter(Model):
    def __call__(self, batch: Tensor) -> list[Tensor]:
        assert batch.shape == (1, 3, 1024, 1024)
        red = batch.array[0, 0]
        return [Tensor(np.where(red > 0, 9.0, -9.0)[None, None].astype(np.float32))]


class Enlarger(Model):
    def __call__(self, pixel_values: Tensor) -> SimpleNamespace:
        assert pixel_values.shape[2] % 8 == pixel_values.shape[3] % 8 == 0
        return SimpleNamespace(reconstruction=Tensor(pixel_values.array.repeat(2, axis=2).repeat(2, axis=3)))


class Watching:
    def __init__(self, stop_at: float = 2.0) -> None:
        self.fractions: list[float] = []
        self.previews: list[Image.Image] = []
        self.stop_at = stop_at

    def progress(self, fraction: float) -> None:
        self.fractions.append(fraction)
        if fraction >= self.stop_at:
            raise Halted

    def preview(self, image: Image.Image) -> None:
        self.previews.append(image)


def backend(**env: str) -> Diffusers:
    torch = SimpleNamespace(
        Generator=Generator, bfloat16="bf16", float32="f32", inference_mode=nullcontext, from_numpy=Tensor
    )
    loader = lambda model: SimpleNamespace(from_pretrained=model)  # noqa: E731
    diffusers = SimpleNamespace(AutoPipelineForText2Image=loader(Pipeline))
    transformers = SimpleNamespace(
        AutoModelForImageSegmentation=loader(Segmenter), Swin2SRForImageSuperResolution=loader(Enlarger)
    )
    return Diffusers(env, torch, diffusers, transformers)


def generate(here: Diffusers, watch: Watching | None = None, **params: object) -> tuple[Image.Image, dict]:
    params = {"prompt": "a harbour", "model": "sdxl", "width": 1000, "height": 570, "seed": 42, **params}
    return here.render(Task("a-1", "image.generate", params), watch or Watching())


def test_the_parameters_of_an_order_reach_the_pipeline():
    here = backend(GALLEY_STEPS="8", GALLEY_GUIDANCE="3.5")
    image, text = generate(here)
    pipeline = here._pipelines["sdxl"]
    assert pipeline.called["prompt"] == "a harbour"
    assert (pipeline.called["width"], pipeline.called["height"]) == (1008, 576), "multiples of 16"
    assert image.size == (1000, 570), "cropped to what was ordered"
    assert (pipeline.called["generator"].seed, pipeline.called["generator"].device) == (42, "cuda")
    assert (pipeline.called["num_inference_steps"], pipeline.called["guidance_scale"]) == (8, 3.5)
    assert text == {"Software": "Galley diffusers (sdxl)", "Seed": "42"}


def test_a_models_own_defaults_stand_where_nothing_is_set():
    here = backend()
    generate(here)
    assert not {"num_inference_steps", "guidance_scale"} & set(here._pipelines["sdxl"].called)


def test_models_are_loaded_as_the_environment_names_them():
    here = backend(
        GALLEY_GENERATE_MODELS="fast=stabilityai/sdxl-turbo@abc123, black-forest-labs/FLUX.1-schnell",
        GALLEY_REMOVE_MODELS="cutout=ZhengPeng7/BiRefNet@def456",
        GALLEY_UPSCALE_2_MODELS="swin=caidas/swin2SR-classical-sr-x2-64",
    )
    assert here.models == {
        "image.generate": ("fast", "FLUX.1-schnell"),
        "image.remove_background": ("cutout",),
        "image.upscale": ("swin",),
    }
    repository, how = here._pipelines["fast"].loaded
    assert (repository, how["revision"], how["torch_dtype"]) == ("stabilityai/sdxl-turbo", "abc123", "bf16")
    assert here._pipelines["fast"].device == "cuda"


def test_kinds_without_a_model_are_not_offered():
    assert set(backend().models) == {"image.generate"}


def test_a_model_with_code_of_its_own_needs_a_revision():
    with pytest.raises(ValueError, match="needs a revision"):
        backend(GALLEY_REMOVE_MODELS="ZhengPeng7/BiRefNet")


def test_progress_and_previews_follow_the_steps_and_a_halt_ends_them():
    watch = Watching()
    generate(backend(), watch)
    assert watch.fractions == sorted(watch.fractions)
    assert (len(watch.fractions), len(watch.previews)) == (9, 2)
    assert watch.previews[0].size == (16, 9)

    halting = Watching(stop_at=0.4)
    with pytest.raises(Halted):
        generate(backend(), halting)
    assert len(halting.fractions) < 6


def test_a_mask_becomes_the_alpha_or_a_failure():
    here = backend(GALLEY_REMOVE_MODELS="cut=a/b@c")
    picture = Image.new("RGB", (80, 40), "black")
    with pytest.raises(Failure, match="nothing to cut out"):
        here.render(Task("a", "image.remove_background", {"model": "cut"}, {"image": picture}), Watching())
    picture.paste("red", (20, 10, 60, 30))
    result, _ = here.render(Task("a", "image.remove_background", {"model": "cut"}, {"image": picture}), Watching())
    assert (result.mode, result.size) == ("RGBA", (80, 40))
    assert (result.getpixel((40, 20))[3], result.getpixel((2, 2))[3]) == (255, 0)


def test_tiles_join_without_a_seam_at_any_size():
    here = backend(GALLEY_UPSCALE_2_MODELS="swin=a/b")
    rng = np.random.default_rng(1)
    picture = Image.fromarray(rng.integers(0, 255, (301, 517, 4), np.uint8), "RGBA")
    task = Task("a", "image.upscale", {"model": "swin", "factor": 2}, {"image": picture})
    result, _ = here.render(task, Watching())
    expected = np.asarray(picture.convert("RGB")).repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(np.asarray(result.convert("RGB")), expected)
    assert result.mode == "RGBA"
    with pytest.raises(Failure, match="does not upscale by 4"):
        here.render(Task("a", "image.upscale", {"model": "swin", "factor": 4}, {"image": picture}), Watching())


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("stabilityai/sdxl-turbo", Source("sdxl-turbo", "stabilityai/sdxl-turbo", None)),
        ("fast=stabilityai/sdxl-turbo@main", Source("fast", "stabilityai/sdxl-turbo", "main")),
    ],
)
def test_a_source_is_read(text: str, source: Source):
    assert Source.parse(text) == source
