"""Where a subject stands: sky, distance and ground, painted back to front."""

import cv2
import numpy as np

from .canvas import Canvas, mix
from .palette import Idea, Palette


def sky(canvas: Canvas, idea: Idea) -> None:
    """A gradient, a light in it, clouds or stars."""
    palette, rng = idea.palette, idea.rng
    fall = np.clip(canvas.ys / 0.72, 0, 1) ** 0.85
    canvas.blend(np.ones((canvas.height, canvas.width), np.float32), mix(palette.top, palette.low, 0))
    canvas.blend(np.broadcast_to(fall, (canvas.height, canvas.width)), palette.low)
    x, y = rng.uniform(0.16, 0.84), rng.uniform(0.12, 0.34)
    aspect = canvas.width / canvas.height
    away = np.sqrt(((canvas.xs - x) * aspect) ** 2 + (canvas.ys - y) ** 2)
    canvas.blend(0.55 * np.exp(-((away / 0.32) ** 2)), palette.light)
    radius = rng.uniform(0.04, 0.075)
    canvas.blend(np.clip((radius - away) * canvas.height + 0.5, 0, 1), palette.light)
    if palette.stars:
        sparkle = (rng.random((canvas.height, canvas.width), dtype=np.float32) > 0.9985).astype(np.float32)
        canvas.blend(np.clip(cv2.GaussianBlur(sparkle, (0, 0), 0.8) * 4, 0, 1) * (canvas.ys < 0.6), palette.light)
    clouds = np.clip((canvas.noise(3, stretch=3.2, octaves=5) - rng.uniform(0.5, 0.62)) * 3.2, 0, 1)
    canvas.blend(clouds * np.clip(1 - canvas.ys / 0.62, 0, 1) * 0.75, mix(palette.light, palette.low, 0.3))


def distance(canvas: Canvas, idea: Idea) -> float:
    """What lies behind the subject. Answers where the ground begins."""
    horizon = idea.rng.uniform(0.6, 0.68)
    _DISTANCES[idea.ground](canvas, idea, horizon)
    return horizon


def ground(canvas: Canvas, idea: Idea, horizon: float) -> None:
    """What the subject stands on."""
    palette = idea.palette
    mask = canvas.below(np.full(canvas.width, horizon, np.float32))
    depth = np.clip((canvas.ys - horizon) / (1 - horizon), 0, 1)
    field = mix(palette.ground, palette.near, 0) + depth[..., None] * (
        mix(palette.ground, palette.near, 0.6) - palette.ground
    )
    if idea.ground == "sea":
        ripples = canvas.noise(46, stretch=14, octaves=2)
        field = field + (np.clip(ripples - 0.56, 0, 1) * 3.2 * (1 - 0.6 * depth))[..., None] * mix(
            palette.low, (0, 0, 0), 0.35
        )
    elif idea.ground == "table":
        planks = np.sin((canvas.ys * 38 + 1.6 * canvas.noise(4, stretch=10)) * np.pi) * 0.5 + 0.5
        field = field * (0.86 + 0.22 * planks * canvas.noise(24, stretch=12, octaves=2))[..., None]
    else:
        field = field * (0.8 + 0.4 * canvas.noise(22, stretch=4, octaves=3))[..., None]
    canvas.blend(mask, np.broadcast_to(field, canvas.pixels.shape))


def _hills(canvas: Canvas, idea: Idea, horizon: float) -> None:
    for layer in range(4):
        share = layer / 3
        colour = mix(mix(idea.palette.far, idea.palette.low, 0.35), idea.palette.near, share)
        line = canvas.ridge(horizon - 0.17 + 0.05 * layer, 0.26 - 0.05 * layer, 0.5 - 0.04 * layer, 3 + layer)
        haze = np.clip((canvas.ys - line[None, :]) * 3.2, 0, 1)
        mask = canvas.below(line)
        canvas.blend(mask, colour)
        canvas.blend(mask * haze * 0.35, idea.palette.low)


def _dunes(canvas: Canvas, idea: Idea, horizon: float) -> None:
    for layer in range(3):
        line = canvas.ridge(horizon - 0.08 + 0.04 * layer, 0.12, 0.22, 2 + layer)
        light = np.gradient(cv2.GaussianBlur(line[None, :], (0, 0), canvas.width / 60)[0])
        lit = np.clip(0.5 + light * canvas.width * 0.5, 0, 1)
        colour = mix(idea.palette.far, idea.palette.near, layer / 3)
        field = colour + (lit[None, :, None] - 0.5) * 70
        canvas.blend(canvas.below(line), np.broadcast_to(field, canvas.pixels.shape))


def _sea(canvas: Canvas, idea: Idea, horizon: float) -> None:
    line = canvas.ridge(horizon + 0.01, 0.1, 0.5, 2)
    canvas.blend(canvas.below(np.minimum(line, horizon + 0.01)), mix(idea.palette.far, idea.palette.low, 0.3))


def _city(canvas: Canvas, idea: Idea, horizon: float) -> None:
    rng = idea.rng
    for layer in range(3):
        colour = mix(mix(idea.palette.far, idea.palette.low, 0.3), idea.palette.near, layer / 2)
        x = -0.02
        while x < 1:
            width, top = rng.uniform(0.03, 0.085), horizon - rng.uniform(0.08, 0.36 - 0.07 * layer)
            _tower(canvas, colour, idea.palette, x, width, top, horizon)
            x += width + rng.uniform(0, 0.03)


def _tower(
    canvas: Canvas, colour: np.ndarray, palette: Palette, x: float, width: float, top: float, horizon: float
) -> None:
    left, right = int(max(x, 0) * canvas.width), int(min(x + width, 1) * canvas.width)
    high, low = int(top * canvas.height), int(horizon * canvas.height)
    block = canvas.pixels[high:low, left:right]
    block[:] = colour
    step = max(canvas.height // 72, 4)
    lit = canvas.rng.random((block.shape[0] // step + 1, block.shape[1] // step + 1)) > 0.72
    windows = np.kron(lit, np.ones((step, step)))[: block.shape[0], : block.shape[1]]
    windows[::step] = 0
    windows[:, ::step] = 0
    block += (np.asarray(palette.light, np.float32) - block) * (0.5 * windows[..., None]).astype(np.float32)


def _table(canvas: Canvas, idea: Idea, horizon: float) -> None:
    wall = mix(idea.palette.low, idea.palette.far, 0.45)
    glow = np.exp(-(((canvas.xs - 0.5) / 0.42) ** 2 + ((canvas.ys - 0.4) / 0.5) ** 2))
    field = wall + glow[..., None] * (np.asarray(idea.palette.light, np.float32) - wall) * 0.6
    field = field * (0.94 + 0.12 * canvas.noise(7, octaves=4))[..., None]
    canvas.blend(np.ones((canvas.height, canvas.width), np.float32), field)


_DISTANCES = {"hills": _hills, "dunes": _dunes, "sea": _sea, "city": _city, "table": _table}
