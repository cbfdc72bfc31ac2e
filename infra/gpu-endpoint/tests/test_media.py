"""Inputs and outputs: fetched, checked, decoded under limits, stored with retries."""

import hashlib
import io

import numpy
import pytest
from galley_endpoint import media
from PIL import Image

from .conftest import HostClient, in_thread
from .world import World


def encoded(image: Image.Image, format_: str = "PNG", **how: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **how)
    return buffer.getvalue()


def upscale(host: HostClient, data: bytes | None, factor: int = 2, **given: str) -> dict:
    """Orders an upscale of these bytes and waits for the end."""
    order = host.order("image.upscale", factor=factor)
    path = f"/in/{order['attempt']}"
    if data is not None:
        host.world.objects[path] = data
    order["inputs"] = {"image": {"url": host.world.url + path, **given}}
    return host.render(order)


def test_an_input_is_checked_against_the_hash_that_was_ordered(host: HostClient):
    data = encoded(Image.new("RGB", (20, 10), "red"))
    good = upscale(host, data, sha256=hashlib.sha256(data).hexdigest().upper())
    bad = upscale(host, data, sha256="0" * 64)
    assert good["kind"] == "succeeded"
    assert (bad["error"]["code"], bad["error"]["retryable"]) == ("input_changed", False)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "input_not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "input_not_an_image"),
        (encoded(Image.new("RGB", (8, 8)), "GIF"), "input_not_an_image"),
        (encoded(Image.effect_noise((64, 64), 50).convert("RGB"))[:-900], "input_damaged"),
        (encoded(Image.new("RGB", (5000, 300))), "input_too_many_pixels"),
        (b"\x89PNG" + b"x" * 300_000, "input_too_large"),
    ],
    ids=["empty", "svg", "gif", "cut short", "too many pixels", "too many bytes"],
)
def test_what_is_not_a_reasonable_picture_fails_for_good(world: World, data: bytes, code: str):
    for host in in_thread(world, max_pixels=1_000_000, max_input_bytes=200_000):
        error = upscale(host, data)["error"]
        assert (error["code"], error["retryable"]) == (code, False)


def test_a_picture_that_would_be_huge_is_refused_before_any_pixel_is_decoded(host: HostClient):
    # 30,000 x 30,000 pixels in a file of a few hundred bytes: only its header is honest.
    header = bytearray(encoded(Image.new("L", (1, 1))))
    header[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    assert upscale(host, bytes(header))["error"]["code"] == "input_too_many_pixels"


def test_an_upscale_beyond_the_limit_is_refused(host: HostClient):
    error = upscale(host, encoded(Image.new("RGB", (3000, 1500))), factor=4)["error"]
    assert (error["code"], error["retryable"]) == ("output_too_large", False)


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [(403, "input_url_expired", True), (404, "input_refused", False), (500, "input_unreachable", True)],
)
def test_an_input_that_cannot_be_read(host: HostClient, world: World, status: int, code: str, retryable: bool):
    order = host.order("image.upscale", factor=2)
    path = f"/in/{order['attempt']}"
    world.answers[path] = [status] * 4
    order["inputs"] = {"image": {"url": world.url + path}}
    error = host.render(order)["error"]
    assert (error["code"], error["retryable"]) == (code, retryable)


def test_a_transfer_is_tried_again_after_a_passing_fault(host: HostClient, world: World):
    order = host.order()
    world.answers[f"/out/{order['attempt']}"] = [500, 503]
    assert host.render(order)["kind"] == "succeeded"
    assert world.puts.count(f"/out/{order['attempt']}") == 3


def test_an_output_that_a_lost_answer_has_already_stored_is_stored(host: HostClient, world: World):
    order = host.order()
    world.answers[f"/out/{order['attempt']}"] = [500, 412]
    assert host.render(order)["kind"] == "succeeded"


@pytest.mark.parametrize(
    ("statuses", "code", "retryable"),
    [([403], "output_url_expired", True), ([400], "output_refused", False), ([500] * 4, "output_unreachable", True)],
)
def test_an_output_that_cannot_be_stored(host: HostClient, world: World, statuses: list, code: str, retryable: bool):
    order = host.order()
    world.answers[f"/out/{order['attempt']}"] = list(statuses)
    end = host.render(order)
    assert (end["kind"], end["error"]["code"], end["error"]["retryable"]) == ("failed", code, retryable)


def test_a_photograph_lying_on_its_side_is_put_upright(host: HostClient, world: World):
    exif = Image.Exif()
    exif[0x0112] = 6
    end = upscale(host, encoded(Image.new("RGB", (40, 20), "teal"), "JPEG", exif=exif))
    assert (end["outputs"][0]["width"], end["outputs"][0]["height"]) == (40, 80)


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "AVIF", "TIFF"])
def test_every_format_that_galley_stores_is_read(host: HostClient, format_: str):
    assert upscale(host, encoded(Image.new("RGB", (48, 32), "orange"), format_))["kind"] == "succeeded"


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_a_grey_of_16_bits_is_the_nearest_of_8(format_: str):
    samples = numpy.array([[0, 128, 129, 32_768], [51_200, 65_278, 65_406, 65_535]], dtype=numpy.uint16)
    shown = numpy.asarray(media.decode(encoded(Image.fromarray(samples), format_), 100))
    assert shown[:, :, 0].tolist() == [[0, 0, 1, 128], [199, 254, 254, 255]]
    assert (shown[:, :, 1:] == shown[:, :, :1]).all()
