"""Reads a print as a printer's software would, by libtiff and Little CMS, and holds it against its source.

Run by the tests of orders, in the Python of the GPU hosts, which has Pillow: `printed.py PRINT SOURCE`.
"""

import io
import json
import os
import sys

import tools

try:
    from PIL import Image, ImageCms, ImageOps
except ImportError:
    python = tools.binary("python", "endpoint")
    if sys.prefix == os.path.dirname(os.path.dirname(python)):
        raise
    os.execv(python, [python, *sys.argv])

GRID = (32, 44)
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC


def lab(image):
    """Colours of a coarse grid in CIE Lab."""
    srgb, of_eye = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    convert = ImageCms.buildTransform(srgb, of_eye, "RGB", "LAB", renderingIntent=INTENT)
    small = image.resize(GRID, Image.Resampling.BOX)
    found = ImageCms.applyTransform(small, convert).tobytes()
    signed = [byte - 256 if 127 < byte else byte for byte in found]
    return [(found[at] * 100 / 255, signed[at + 1], signed[at + 2]) for at in range(0, len(found), 3)]


def main(print_, source):
    with Image.open(print_) as tiff, Image.open(source) as original:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(tiff.info["icc_profile"]))
        shown = ImageCms.profileToProfile(
            tiff,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=INTENT,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        wanted = ImageOps.fit(original.convert("RGB"), tiff.size, Image.Resampling.LANCZOS)
        far = sorted(
            sum((one - other) ** 2 for one, other in zip(*pair, strict=True)) ** 0.5
            for pair in zip(lab(shown), lab(wanted), strict=True)
        )
        said = {
            "mode": tiff.mode,
            "size": tiff.size,
            "dpi": [float(dots) for dots in tiff.info["dpi"]],
            "photometric": tiff.tag_v2[262],
            "profile": ImageCms.getProfileDescription(profile).strip(),
            "note": tiff.tag_v2[270],
            "delta_e": {"median": far[len(far) // 2], "most": far[-1]},
        }
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
