"""The `sketch` backend: paints, films and plays procedurally, cuts out with GrabCut, enlarges with Lanczos: no AI."""

import hashlib
from collections.abc import Mapping

from PIL import Image

from . import Task, Watch, cutout, encoder, output_pixels, palette, scene, sound, subjects
from .canvas import Canvas
from .film import Film

MODEL = "sketch-1"
SOFTWARE = "Galley sketch-1 (procedural, not AI)"
MAX_OUTPUT_PIXELS = 64_000_000


class Sketch:
    """Needs no GPU and no weights; what the local stack runs."""

    procedural = True

    models: Mapping[str, tuple[str, ...]] = {
        "image.generate": (MODEL,),
        "image.remove_background": (MODEL,),
        "image.upscale": (MODEL,),
        "video.generate": (MODEL,),
        "audio.generate": (MODEL,),
    }

    def render(self, task: Task, watch: Watch) -> tuple[Image.Image, Mapping[str, str]]:
        """Does the task with the means of NumPy, OpenCV and Pillow."""
        text = {"Software": SOFTWARE}
        if task.kind == "image.generate":
            seed = seed_of(task)
            image = generate(
                str(task.params["prompt"]), seed, int(task.params["width"]), int(task.params["height"]), watch
            )
            return image, {**text, "Seed": str(seed)}
        if task.kind == "image.remove_background":
            return cutout.remove_background(task.images["image"], watch), text
        return upscale(task.images["image"], int(task.params["factor"]), watch), text

    def stream(self, task: Task, watch: Watch) -> Mapping[str, object]:
        """Films or plays, with ffmpeg as the encoder."""
        return film(task, watch) if task.kind == "video.generate" else play(task, watch)


def generate(prompt: str, seed: int, width: int, height: int, watch: Watch) -> Image.Image:
    """Paints a picture: the same for the same prompt, seed and size."""
    idea = palette.imagine(prompt, seed)
    canvas = Canvas(width, height, idea.rng)
    watch.progress(0.02)
    scene.sky(canvas, idea)
    watch.progress(0.2)
    horizon = scene.distance(canvas, idea)
    watch.progress(0.4)
    scene.ground(canvas, idea, horizon)
    watch.preview(canvas.image())
    watch.progress(0.55)
    subjects.paint(canvas, idea, horizon)
    watch.preview(canvas.image())
    watch.progress(0.8)
    canvas.finish()
    return canvas.image()


def film(task: Task, watch: Watch) -> Mapping[str, object]:
    """Films a scene: the same for the same prompt, seed, size, length and rate."""
    width, height, fps, seconds = (int(task.params[name]) for name in ("width", "height", "fps", "seconds"))
    scenery = Film(str(task.params["prompt"]), seed_of(task), width, height)
    watch.preview(Image.fromarray(scenery.frame(0.5), "RGB"))
    watch.progress(0.02)
    count = fps * seconds
    with encoder.Encoder(encoder.video(width, height, fps, fps * task.segment_s, SOFTWARE), watch) as running:
        for number, frame in enumerate(scenery.frames(count)):
            running.write(frame)
            watch.progress(0.02 + 0.96 * (number + 1) / count)
        running.finish()
    return {"width": width, "height": height, "seconds": count / fps}


def play(task: Task, watch: Watch) -> Mapping[str, object]:
    """Plays a piece: the same for the same prompt, seed and length."""
    seconds = int(task.params["seconds"])
    segments = -(-seconds // task.segment_s)
    done = 0
    with encoder.Encoder(encoder.audio(seconds * sound.RATE, segments, SOFTWARE), watch) as running:
        for block in sound.Tune(str(task.params["prompt"]), seed_of(task)).blocks(seconds):
            running.write(block)
            # Four bytes are one moment in stereo.
            done += len(block) // 4
            watch.progress(0.98 * done / (seconds * sound.RATE))
        running.finish()
    return {"seconds": float(seconds)}


def upscale(image: Image.Image, factor: int, watch: Watch) -> Image.Image:
    """Enlarges by Lanczos; transparency is premultiplied by Pillow, so edges do not bleed."""
    width, height = image.width * factor, image.height * factor
    output_pixels(width, height, MAX_OUTPUT_PIXELS)
    watch.progress(0.1)
    watch.preview(image)
    larger = image.resize((width, height), Image.Resampling.LANCZOS)
    watch.progress(0.9)
    return larger


def seed_of(task: Task) -> int:
    """The seed that was ordered; else one of the attempt's own, so that another attempt is another picture."""
    seed = task.params.get("seed")
    if isinstance(seed, int):
        return seed
    return int.from_bytes(hashlib.sha256(task.attempt.encode()).digest()[:6], "big")
