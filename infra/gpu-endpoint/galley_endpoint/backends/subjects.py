"""What a picture is of: one subject, in the middle, with light on it and a shadow under it."""

import cv2
import numpy as np

from .canvas import Canvas, Rgb, mix
from .palette import Idea

INK = (28, 24, 34)


class Easel:
    """Paints parts of a subject in its own coordinates: x from -1 to 1, y from 0 (foot) up to 2 (head)."""

    def __init__(self, canvas: Canvas, centre: float, foot: float, size: float) -> None:
        self.canvas, self.x, self.y, self.unit = (
            canvas,
            centre * canvas.width,
            foot * canvas.height,
            size * canvas.height / 2,
        )

    def part(self, points: list[tuple[float, float]], colour: Rgb, *, round_: float = 0.55, ink: bool = True) -> None:
        """A filled shape, lit from the left; `round_` says how much it curves away from the light."""
        corners = np.array([(self.x + px * self.unit, self.y - py * self.unit) for px, py in points], np.float32)
        mask = self.canvas.shape(corners)
        left, right = float(corners[:, 0].min()), float(corners[:, 0].max())
        across = np.clip((np.arange(self.canvas.width) - left) / max(right - left, 1), 0, 1).astype(np.float32)
        light = 1 + round_ * (0.42 - np.abs(across - 0.34) * 1.25)
        field = np.asarray(colour, np.float32) * light[None, :, None] + np.clip(light - 1.12, 0, 1)[None, :, None] * 160
        if ink:
            width = max(int(self.unit / 38) | 1, 3)
            rim = np.clip(cv2.dilate(mask, np.ones((width, width), np.uint8)) - mask, 0, 1)
            self.canvas.blend(rim * 0.85, INK)
        self.canvas.blend(mask, np.broadcast_to(field, self.canvas.pixels.shape))

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Rgb, **how: object) -> None:
        """An ellipse."""
        self.part(_arc(x, y, rx, ry, 0, 360), colour, **how)  # type: ignore[arg-type]

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Rgb, **how: object) -> None:
        """An upright rectangle."""
        self.part([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, **how)  # type: ignore[arg-type]

    def shadow(self, width: float) -> None:
        """A soft dark pool at the foot, drawn away from the light."""
        corners = np.array(
            [
                (self.x + (px + width * 0.3) * self.unit, self.y - py * self.unit)
                for px, py in _arc(0, 0, width, width * 0.16, 0, 360)
            ],
            np.float32,
        )
        soft = cv2.GaussianBlur(self.canvas.shape(corners), (0, 0), max(self.unit / 22, 1))
        self.canvas.blend(soft * 0.5, INK)


def paint(canvas: Canvas, idea: Idea, horizon: float) -> None:
    """Puts the idea's subject in the middle of the canvas."""
    rng = idea.rng
    centre = 0.5 + rng.uniform(-0.05, 0.05)
    foot = min(horizon + rng.uniform(0.16, 0.22), 0.9)
    size = rng.uniform(0.6, 0.68)
    one, two = idea.palette.accents
    _SUBJECTS[idea.subject](
        Easel(canvas, centre, foot, size), np.asarray(one, np.float32), np.asarray(two, np.float32), rng
    )


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[tuple[float, float]]:
    angles = np.radians(np.linspace(start, end, 56))
    return [(x + rx * float(np.cos(a)), y + ry * float(np.sin(a))) for a in angles]


def _balloon(e: Easel, one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> None:
    e.y -= e.unit * 0.28
    top = 1.26
    envelope = _arc(0, top, 0.76, 0.76, -28, 208) + [(-0.16, 0.46), (0.16, 0.46)]
    e.part(envelope, one)
    for share in (0.62, 0.2):
        stripe = _arc(0, top, 0.76 * share, 0.76, -28, 208) + [(-0.16 * share, 0.46), (0.16 * share, 0.46)]
        e.part(stripe, two if share > 0.5 else one, ink=False, round_=0.3)
    for side in (-1, 1):
        e.part([(side * 0.14, 0.46), (side * 0.15, 0.46), (side * 0.13, 0.22), (side * 0.12, 0.22)], INK, ink=False)
    e.box(-0.16, 0.0, 0.16, 0.24, (150, 98, 56))


def _lighthouse(e: Easel, one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> None:
    e.shadow(0.62)
    e.part(_arc(0, 0.02, 0.66, 0.2, 0, 180) + [(-0.66, -0.06), (0.66, -0.06)], (104, 96, 92))
    for band in range(5):
        low, high = 0.12 + band * 0.26, 0.38 + band * 0.26
        wide, slim = 0.36 - 0.035 * band, 0.325 - 0.035 * band
        e.part([(-wide, low), (wide, low), (slim, high), (-slim, high)], one if band % 2 == 0 else two)
    e.box(-0.26, 1.42, 0.26, 1.49, INK, round_=0.2)
    e.box(-0.15, 1.49, 0.15, 1.72, (255, 236, 150), round_=0.2)
    e.part([(-0.24, 1.72), (0.24, 1.72), (0, 1.98)], one)
    e.box(-0.07, 0.14, 0.07, 0.36, INK, round_=0.1)


def _boat(e: Easel, one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> None:
    e.shadow(0.8)
    e.part([(-0.86, 0.36), (0.96, 0.36), (0.66, 0.0), (-0.6, 0.0)], one)
    e.box(-0.03, 0.36, 0.03, 1.96, (96, 62, 40), round_=0.2)
    e.part([(0.07, 0.46), (0.84, 0.5), (0.5, 1.1), (0.07, 1.92)], two)
    e.part([(-0.07, 0.5), (-0.68, 0.54), (-0.36, 1.05), (-0.07, 1.72)], mix(two, one, 0.4))
    e.part([(0.03, 1.96), (0.3, 1.9), (0.03, 1.84)], one, ink=False)


def _tree(e: Easel, one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> None:
    e.shadow(0.7)
    e.part([(-0.2, 0), (0.2, 0), (0.09, 0.8), (-0.09, 0.8)], (94, 62, 42))
    for x, y, radius in (
        (-0.42, 1.0, 0.4),
        (0.42, 1.02, 0.4),
        (0, 0.92, 0.42),
        (-0.24, 1.4, 0.42),
        (0.26, 1.42, 0.4),
        (0, 1.6, 0.36),
    ):
        shade = mix(one, two, float(rng.uniform(0, 0.22)))
        e.oval(x, y, radius, radius * 0.94, shade)


def _bottle(e: Easel, one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> None:
    e.shadow(0.5)
    body = [(-0.42, 0.0), (0.42, 0.0), (0.44, 0.06), (0.44, 0.98)] + _arc(0.0, 0.98, 0.44, 0.34, 0, 68)
    body += [(0.14, 1.62), (-0.14, 1.62)] + _arc(0.0, 0.98, 0.44, 0.34, 112, 180) + [(-0.44, 0.06)]
    e.part(body, one, round_=0.8)
    e.box(-0.34, 0.3, 0.34, 0.84, two, ink=False, round_=0.4)
    e.box(-0.22, 0.6, 0.22, 0.66, INK, ink=False, round_=0.1)
    e.box(-0.22, 0.48, 0.1, 0.52, INK, ink=False, round_=0.1)
    e.box(-0.17, 1.6, 0.17, 1.84, mix(one, INK, 0.55), round_=0.6)
    e.box(-0.36, 0.14, -0.31, 1.04, mix(one, (255, 255, 255), 0.7), ink=False, round_=0)


def _cup(e: Easel, one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> None:
    e.shadow(0.9)
    e.oval(0, 0.1, 1.0, 0.17, mix(two, (255, 255, 255), 0.35), round_=0.3)
    handle = _arc(0.64, 0.72, 0.4, 0.34, -110, 110) + _arc(0.64, 0.72, 0.24, 0.2, 110, -110)
    e.part(handle, one)
    body = [(-0.72, 1.16)] + _arc(0, 0.62, 0.62, 0.52, 200, 340) + [(0.72, 1.16)]
    e.part(body, one, round_=0.75)
    e.oval(0, 1.16, 0.72, 0.17, mix(one, (255, 255, 255), 0.45), round_=0.25)
    e.oval(0, 1.15, 0.63, 0.13, (84, 50, 32), ink=False, round_=0.35)
    e.oval(-0.06, 1.16, 0.3, 0.055, (206, 160, 112), ink=False, round_=0.2)


def _house(e: Easel, one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> None:
    e.shadow(0.95)
    e.box(0.36, 1.2, 0.56, 1.7, mix(one, INK, 0.4))
    e.box(-0.8, 0, 0.8, 0.98, two)
    e.part([(-0.98, 0.94), (0.98, 0.94), (0.56, 1.56), (-0.56, 1.56)], one)
    e.box(-0.16, 0, 0.18, 0.62, mix(one, INK, 0.5))
    for x in (-0.62, 0.38):
        e.box(x, 0.36, x + 0.28, 0.7, (255, 226, 140), round_=0.2)


def _rocket(e: Easel, one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> None:
    e.shadow(0.5)
    e.part([(-0.2, 0.26), (0.2, 0.26), (0.08, 0.06), (0, -0.06), (-0.08, 0.06)], (255, 196, 70), ink=False, round_=0.2)
    for side in (-1, 1):
        e.part([(side * 0.28, 0.72), (side * 0.7, 0.16), (side * 0.28, 0.3)], one)
    body = [(-0.3, 0.28), (0.3, 0.28), (0.36, 0.9)] + _arc(0, 1.0, 0.36, 0.96, 0, 180) + [(-0.36, 0.9)]
    e.part(body, two, round_=0.75)
    e.part(_arc(0, 1.0, 0.36, 0.96, 38, 142), one, ink=False, round_=0.75)
    e.oval(0, 1.14, 0.17, 0.17, INK)
    e.oval(0, 1.14, 0.13, 0.13, (120, 196, 226), ink=False)


_SUBJECTS = {
    "balloon": _balloon,
    "lighthouse": _lighthouse,
    "boat": _boat,
    "tree": _tree,
    "bottle": _bottle,
    "cup": _cup,
    "house": _house,
    "rocket": _rocket,
}
