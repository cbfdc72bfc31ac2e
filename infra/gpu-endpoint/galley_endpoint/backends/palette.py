"""What a prompt says to a painter who knows some words: a palette, a ground and a subject."""

import hashlib
import re
from dataclasses import dataclass

import numpy as np

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The colours of one picture, far to near."""

    top: Colour
    low: Colour
    light: Colour
    far: Colour
    near: Colour
    ground: Colour
    accents: tuple[Colour, Colour]
    stars: bool = False


PALETTES = {
    "sunset": Palette(
        (58, 44, 102),
        (250, 158, 96),
        (255, 232, 176),
        (132, 82, 120),
        (62, 40, 74),
        (88, 56, 72),
        ((212, 48, 50), (250, 226, 170)),
    ),
    "dawn": Palette(
        (118, 158, 206),
        (252, 214, 190),
        (255, 246, 220),
        (154, 152, 184),
        (84, 96, 124),
        (124, 128, 132),
        ((206, 70, 64), (54, 72, 120)),
    ),
    "night": Palette(
        (12, 16, 44),
        (48, 66, 118),
        (236, 240, 255),
        (38, 52, 92),
        (18, 26, 54),
        (26, 34, 62),
        ((250, 190, 72), (240, 232, 214)),
        True,
    ),
    "winter": Palette(
        (96, 144, 190),
        (206, 222, 234),
        (255, 255, 250),
        (148, 174, 200),
        (92, 122, 154),
        (198, 212, 224),
        ((206, 50, 58), (246, 196, 96)),
    ),
    "forest": Palette(
        (120, 176, 182),
        (222, 234, 200),
        (255, 250, 214),
        (110, 150, 132),
        (44, 88, 70),
        (88, 122, 66),
        ((232, 120, 48), (252, 240, 214)),
    ),
    "desert": Palette(
        (86, 152, 196),
        (248, 224, 180),
        (255, 244, 208),
        (214, 164, 118),
        (178, 108, 70),
        (226, 178, 116),
        ((22, 104, 124), (178, 52, 44)),
    ),
    "sea": Palette(
        (62, 134, 190),
        (208, 234, 236),
        (255, 252, 226),
        (110, 160, 180),
        (48, 104, 134),
        (28, 96, 128),
        ((222, 60, 50), (252, 236, 206)),
    ),
    "blossom": Palette(
        (156, 186, 226),
        (252, 222, 230),
        (255, 248, 240),
        (204, 164, 190),
        (136, 104, 140),
        (150, 170, 116),
        ((190, 40, 96), (96, 62, 140)),
    ),
    "storm": Palette(
        (52, 62, 78),
        (150, 162, 170),
        (222, 228, 226),
        (98, 110, 122),
        (54, 64, 74),
        (74, 84, 84),
        ((240, 176, 44), (238, 238, 230)),
    ),
    "paper": Palette(
        (236, 226, 210),
        (250, 244, 232),
        (255, 255, 250),
        (222, 206, 186),
        (196, 172, 146),
        (180, 140, 104),
        ((34, 96, 108), (242, 150, 70)),
    ),
}

_PALETTE_WORDS = {
    "sunset": "sunset dusk evening autumn fall fire warm orange red",
    "dawn": "dawn sunrise morning soft calm hopeful mist fog",
    "night": "night moon star stars starry midnight dark space galaxy neon cosmic",
    "winter": "winter snow snowy ice icy frozen cold arctic mountain mountains alpine",
    "forest": "forest green jungle woods garden park nature meadow field tree",
    "desert": "desert sand dune dunes canyon savanna dry summer",
    "sea": "sea ocean beach coast wave waves lake river harbour harbor island blue boat sail ship lighthouse",
    "blossom": "blossom flower flowers spring pink romantic cherry pastel",
    "storm": "storm rain thunder grey gray dramatic moody cloud clouds",
    "paper": "studio product minimal clean white paper shop catalog cup mug coffee tea bottle vase perfume packshot",
}

_GROUND_WORDS = {
    "hills": "hill hills mountain mountains forest meadow field valley alpine nature garden balloon tree house",
    "sea": "sea ocean beach coast wave waves lake river harbour harbor island boat sail ship lighthouse",
    "dunes": "desert sand dune dunes canyon savanna snow winter arctic",
    "city": "city town street skyline urban building buildings neon office tower",
    "table": "studio product table desk minimal cup mug coffee tea bottle vase perfume kitchen shop packshot",
}

_SUBJECT_WORDS = {
    "balloon": "balloon balloons flying flight air adventure festival",
    "lighthouse": "lighthouse tower beacon coast",
    "boat": "boat sail sailing ship yacht regatta",
    "tree": "tree forest oak nature garden park autumn cherry",
    "bottle": "bottle vase perfume wine oil product glass",
    "cup": "cup mug coffee tea espresso cappuccino breakfast",
    "house": "house home cabin cottage hut village barn",
    "rocket": "rocket space launch startup moon galaxy astronaut",
}

_COLOURS: dict[str, Colour] = {
    "red": (214, 44, 48),
    "orange": (240, 130, 36),
    "gold": (230, 176, 52),
    "golden": (230, 176, 52),
    "yellow": (248, 210, 60),
    "green": (40, 142, 84),
    "teal": (22, 138, 140),
    "blue": (38, 92, 196),
    "purple": (122, 62, 168),
    "pink": (236, 96, 150),
    "white": (248, 246, 240),
    "black": (30, 30, 36),
    "brown": (126, 78, 48),
}


@dataclass(frozen=True)
class Idea:
    """What is going to be painted, and the dice for everything the words leave open."""

    palette: Palette
    ground: str
    subject: str
    rng: np.random.Generator


def imagine(prompt: str, seed: int) -> Idea:
    """Reads a prompt. Words that it knows decide; the rest is left to dice that prompt and seed have loaded."""
    words = re.findall(r"[a-z]+", prompt.lower())
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode()).digest()
    rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
    ground = _choose(words, _GROUND_WORDS, rng)
    subject = _choose(words, _SUBJECT_WORDS, rng)
    # A cup stands on something, a boat floats.
    if subject in ("cup", "bottle") and not set(words) & set(_GROUND_WORDS["hills"].split()):
        ground = "table"
    if subject == "boat":
        ground = "sea"
    name = _choose(words, _PALETTE_WORDS, rng)
    palette = PALETTES[name]
    named = [_COLOURS[word] for word in words if word in _COLOURS]
    if named:
        second = named[1] if len(named) > 1 else palette.accents[1]
        palette = Palette(**{**palette.__dict__, "accents": (named[0], second)})
    return Idea(palette, ground, subject, rng)


def _choose(words: list[str], table: dict[str, str], rng: np.random.Generator) -> str:
    scores = {name: sum(word in known.split() for word in words) for name, known in table.items()}
    best = max(scores.values())
    names = [name for name, score in scores.items() if score == best]
    return names[int(rng.integers(len(names)))]
