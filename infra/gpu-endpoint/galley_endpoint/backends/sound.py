"""A sketch that sounds: chords, plucked notes and wind, out of what the prompt would look like."""

from collections.abc import Iterator

import numpy as np

from . import palette

RATE = 48_000
BAR_S = 2.0
BEATS = 8
"""Plucked notes in a bar."""
RING_S = 1.6
"""How long a plucked note is heard."""

# Semitones above the root. Bright pictures are in major, dark ones in minor.
MAJOR, MINOR = (0, 2, 4, 7, 9), (0, 3, 5, 7, 10)
BRIGHT = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
DARK = ((0, 3, 7), (8, 12, 15), (3, 7, 10), (10, 14, 17))
WIND = {"sea": 0.05, "dunes": 0.04, "hills": 0.02, "city": 0.012, "table": 0.004}


class Tune:
    """A piece of music, computed by the moment: any stretch of it can be asked for, in order."""

    def __init__(self, prompt: str, seed: int) -> None:
        idea = palette.imagine(prompt, seed)
        self._rng = idea.rng
        bright = sum(idea.palette.top) + sum(idea.palette.low) > 850
        self._chords = BRIGHT if bright else DARK
        self._scale = MAJOR if bright else MINOR
        self._root = 110.0 * 2 ** (int(idea.rng.integers(0, 12)) / 12)
        self._wind = WIND[idea.ground]
        # One bar's melody for each chord: which note of the scale, which octave, and where it is silent.
        self._notes = idea.rng.integers(0, len(self._scale), (len(self._chords), BEATS))
        self._octaves = idea.rng.integers(1, 3, (len(self._chords), BEATS))
        self._played = idea.rng.random((len(self._chords), BEATS)) < 0.7
        self._gust = 0.0

    def blocks(self, seconds: float, block_s: float = 0.5) -> Iterator[bytes]:
        """The first seconds as 16-bit stereo, block by block."""
        total, size = round(seconds * RATE), round(block_s * RATE)
        for start in range(0, total, size):
            moments = np.arange(start, min(start + size, total)) / RATE
            left, right = self._mix(moments)
            # Fades in and out, and never clips.
            edge = np.clip(np.minimum(moments / 0.05, (seconds - moments) / 0.4), 0, 1)
            both = np.tanh(np.stack([left, right], axis=1)) * edge[:, None]
            yield (both * 30_000).astype("<i2").tobytes()

    def _mix(self, moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pad, pluck, wind = self._pad(moments), self._pluck(moments), self._breeze(moments)
        pan = 0.5 + 0.3 * np.sin(2 * np.pi * 0.11 * moments)
        return pad + pluck * pan + wind, pad + pluck * (1 - pan) + wind

    def _pad(self, moments: np.ndarray) -> np.ndarray:
        """A chord that swells in each bar."""
        bars = (moments // BAR_S).astype(int)
        within = moments / BAR_S - bars
        swell = np.sin(np.pi * within) ** 0.6
        total = np.zeros_like(moments)
        for index, chord in enumerate(self._chords):
            now = bars % len(self._chords) == index
            for tone in chord:
                turn = 2 * np.pi * self._root * 2 ** (tone / 12) * moments
                total += now * (np.sin(turn) + 0.35 * np.sin(2 * turn) + 0.3 * np.sin(1.003 * turn))
        return 0.09 * swell * total

    def _pluck(self, moments: np.ndarray) -> np.ndarray:
        """Notes that ring out, also over the end of a block."""
        total = np.zeros_like(moments)
        beat_s = BAR_S / BEATS
        first, last = int((moments[0] - RING_S) // beat_s), int(moments[-1] // beat_s)
        for beat in range(max(first, 0), last + 1):
            chord, place = beat // BEATS % len(self._chords), beat % BEATS
            if not self._played[chord, place]:
                continue
            tone = self._scale[self._notes[chord, place]] + 12 * self._octaves[chord, place]
            age = moments - beat * beat_s
            ring = np.where((age >= 0) & (age < RING_S), np.exp(-5 * np.maximum(age, 0)) * (1 - age / RING_S), 0)
            total += ring * np.sin(2 * np.pi * self._root * 2 ** (tone / 12) * age)
        return 0.3 * total

    def _breeze(self, moments: np.ndarray) -> np.ndarray:
        """Noise without its sharpness, coming and going."""
        noise = self._rng.standard_normal(len(moments))
        soft = np.convolve(np.concatenate([[self._gust], noise]), np.full(24, 1 / 24), "full")[1 : len(moments) + 1]
        self._gust = float(noise[-1])
        return self._wind * soft * (1.5 + np.sin(2 * np.pi * 0.17 * moments))
