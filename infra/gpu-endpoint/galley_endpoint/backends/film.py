"""A sketch that moves: the camera goes past a painted scene, and what is near goes by faster than what is far."""

from collections.abc import Iterator

import cv2
import numpy as np

from . import palette, scene, subjects
from .canvas import Canvas

MARGIN = 1.18
"""How much larger than a frame the scene is painted, for the camera to move in."""
AFAR = 0.45
"""How much of the camera's way the distance goes."""


class Film:
    """A painted scene in two layers."""

    def __init__(self, prompt: str, seed: int, width: int, height: int) -> None:
        idea = palette.imagine(prompt, seed)
        self.width, self.height = width, height
        canvas = Canvas(round(width * MARGIN), round(height * MARGIN), idea.rng)
        scene.sky(canvas, idea)
        horizon = scene.distance(canvas, idea)
        scene.ground(canvas, idea, horizon)
        self._far = np.asarray(canvas.image())
        subjects.paint(canvas, idea, horizon)
        self._near = np.asarray(canvas.image())
        changed = (self._near != self._far).any(axis=2).astype(np.float32)
        self._mask = cv2.GaussianBlur(changed, (0, 0), 1.2)
        self._way = 1.0 if idea.rng.random() < 0.5 else -1.0
        self._zoom = float(idea.rng.uniform(0.02, 0.07))
        self._sway = float(idea.rng.uniform(0.004, 0.012))

    def frames(self, count: int) -> Iterator[bytes]:
        """So many frames of raw RGB, in order."""
        for number in range(count):
            yield self.frame(number / max(count - 1, 1)).tobytes()

    def frame(self, moment: float) -> np.ndarray:
        """What the camera sees; `moment` goes from 0 to 1."""
        # A cosine: it starts and stops softly.
        along = -np.cos(np.pi * moment) * self._way
        rise = np.sin(4 * np.pi * moment) * self._sway * self.height
        far = self._seen(self._far, along * AFAR, 0.0, moment)
        near = self._seen(self._near, along, rise, moment)
        mask = self._seen(self._mask, along, rise, moment)[..., None]
        return (far + (near - far) * mask + 0.5).astype(np.uint8)

    def _seen(self, layer: np.ndarray, along: float, rise: float, moment: float) -> np.ndarray:
        """The part of a layer that the camera shows; a pixel lies between pixels, so that it moves smoothly."""
        high, wide = layer.shape[:2]
        scale = 1 + self._zoom * moment
        reach = (wide - self.width / scale) / 2
        x = wide / 2 + along * reach * 0.9 - self.width / scale / 2
        y = high / 2 + rise - self.height / scale / 2
        window = np.array([[1 / scale, 0, x], [0, 1 / scale, y]], np.float32)
        flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (self.width, self.height)
        paint = layer.astype(np.float32, copy=False)
        return cv2.warpAffine(paint, window, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
