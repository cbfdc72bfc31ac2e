"""A canvas of floats and the few strokes that everything is painted with."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

Rgb = Sequence[float]
SHIFT = 4
"""Polygon corners are given to OpenCV in sixteenths of a pixel."""


class Canvas:
    """A picture being painted. `xs` and `ys` run from 0 to 1 over its width and height."""

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self.width, self.height, self.rng = width, height, rng
        self.pixels = np.zeros((height, width, 3), np.float32)
        self.xs = np.linspace(0, 1, width, dtype=np.float32)[None, :]
        self.ys = np.linspace(0, 1, height, dtype=np.float32)[:, None]

    def noise(self, cells: float, stretch: float = 1.0, octaves: int = 3) -> np.ndarray:
        """Smooth noise from 0 to 1, `cells` lumps across the height; `stretch` draws it out sideways."""
        total = np.zeros((self.height, self.width), np.float32)
        weight = 1.0
        for octave in range(octaves):
            rows = int(cells * 2**octave) + 3
            columns = int(cells * 2**octave * self.width / self.height / stretch) + 3
            lumps = self.rng.random((rows, columns), dtype=np.float32)
            total += weight * cv2.resize(lumps, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
            weight *= 0.5
        low, high = float(total.min()), float(total.max())
        return (total - low) / max(high - low, 1e-6)

    def blend(self, mask: np.ndarray, colour: np.ndarray | Rgb) -> None:
        """Lays a colour, or a field of colours, over the canvas where the mask says."""
        paint = np.asarray(colour, np.float32)
        self.pixels += (paint - self.pixels) * mask[..., None]

    def shape(self, points: np.ndarray) -> np.ndarray:
        """The mask of a polygon given in pixels, its edge smooth."""
        mask = np.zeros((self.height, self.width), np.uint8)
        corners = np.round(points * (1 << SHIFT)).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, SHIFT)
        return mask.astype(np.float32) / 255

    def below(self, line: np.ndarray) -> np.ndarray:
        """The mask of all that lies below a line, given as one height (0 to 1) per column."""
        return np.clip((self.ys - line[None, :]) * self.height + 0.5, 0, 1)

    def ridge(self, base: float, amplitude: float, roughness: float, cells: int = 5) -> np.ndarray:
        """A skyline: one height per column."""
        line = np.zeros(self.width, np.float32)
        weight, count = 1.0, cells
        for _ in range(6):
            lumps = self.rng.random((1, count + 3), dtype=np.float32)
            line += weight * (cv2.resize(lumps, (self.width, 1), interpolation=cv2.INTER_CUBIC)[0] - 0.5)
            weight, count = weight * roughness, count * 2
        return base - amplitude * line

    def finish(self) -> None:
        """Bristles, grain and a darker rim: what makes flat shapes look painted."""
        wobble_x, wobble_y = self.noise(26, octaves=2), self.noise(26, octaves=2)
        reach = self.height / 260
        grid_x = np.broadcast_to(np.arange(self.width, dtype=np.float32), wobble_x.shape)
        grid_y = np.broadcast_to(np.arange(self.height, dtype=np.float32)[:, None], wobble_y.shape)
        self.pixels = cv2.remap(
            self.pixels,
            grid_x + (wobble_x - 0.5) * reach * 2,
            grid_y + (wobble_y - 0.5) * reach * 2,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        soft = cv2.GaussianBlur(self.pixels, (0, 0), max(self.height / 360, 0.8))
        self.pixels += 0.7 * (self.pixels - soft)
        bristles = self.noise(self.height / 5, stretch=9, octaves=1) - 0.5
        grain = self.rng.standard_normal((self.height, self.width), dtype=np.float32)
        self.pixels *= (1 + 0.07 * bristles + 0.022 * grain)[..., None]
        rim = 1 - 0.28 * np.clip(((self.xs - 0.5) ** 2 + (self.ys - 0.5) ** 2) * 2.2 - 0.25, 0, 1)
        self.pixels *= rim[..., None]

    def image(self) -> Image.Image:
        """The picture so far."""
        return Image.fromarray(np.clip(self.pixels + 0.5, 0, 255).astype(np.uint8), "RGB")


def mix(one: Rgb, other: Rgb, share: float) -> np.ndarray:
    """A colour between two."""
    return np.asarray(one, np.float32) * (1 - share) + np.asarray(other, np.float32) * share
