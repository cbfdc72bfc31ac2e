"""Pictures in and out: decoded under limits, encoded the same way every time."""

import io
from collections.abc import Mapping

import numpy
from PIL import Image, ImageOps, PngImagePlugin

from .errors import Failure

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF")

# Our own limit is checked against the header, before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None


def decode(data: bytes, max_pixels: int) -> Image.Image:
    """Decodes one picture, upright, as RGB or RGBA. An animation is its first frame."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:
        raise Failure("input_not_an_image", f"the input is not one of {', '.join(FORMATS)}", retryable=False) from error
    width, height = image.size
    if width * height > max_pixels:
        raise Failure(
            "input_too_many_pixels",
            f"the input has {width}x{height} pixels; the limit is {max_pixels} pixels",
            retryable=False,
        )
    try:
        image.load()
        image = _shallow(ImageOps.exif_transpose(image))
    except Exception as error:
        raise Failure("input_damaged", f"the input cannot be decoded: {error}", retryable=False) from error
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def _shallow(image: Image.Image) -> Image.Image:
    """Greys of 16 bits as the nearest of 8; the library would make white of all but the darkest."""
    if not image.mode.startswith("I"):
        return image
    samples = numpy.asarray(image).clip(0, 65535).astype(numpy.uint32)
    return Image.fromarray(((samples + 128) // 257).astype(numpy.uint8))


def png(image: Image.Image, text: Mapping[str, str]) -> bytes:
    """Encodes a PNG whose bytes depend on the picture and the text alone: no dates, no versions."""
    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        info.add_itxt(key, value) if not value.isascii() else info.add_text(key, value)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info, compress_level=4)
    return buffer.getvalue()


def small_jpeg(image: Image.Image, side: int = 384) -> bytes:
    """Encodes a preview; transparency is shown on white."""
    image = image.copy()
    image.thumbnail((side, side), Image.Resampling.BILINEAR)
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=72)
    return buffer.getvalue()
