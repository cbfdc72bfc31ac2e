"""A film and a sound whose every moment is known: H.264 in MP4 by ffmpeg, and a WAV. Each frame tells its number by its grey."""

import io
import math
import struct
import subprocess
import wave

import tools

FFMPEG = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
WIDTH, HEIGHT, FPS, FRAMES = 320, 180, 12, 36
# Frames that are black: a second of three.
BLACK = range(12, 24)
RATE, SECONDS = 8000, 4
# Seconds of the sound that are silent, and that are cut off.
SILENT, CUT = (0.0, 2.0), (3.0, 3.5)


def grey(frame: int) -> int:
    return 0 if frame in BLACK else 36 + 6 * frame


def frame(seen: float) -> int | None:
    """The number of the frame that looks so; none where it is black."""
    return None if seen < 18 else round((seen - 36) / 6)


def film() -> bytes:
    """Three seconds, the second of which is black."""
    ffmpeg = subprocess.run([tools.binary("python", "endpoint"), "-c", FFMPEG], capture_output=True, text=True, check=True).stdout.strip()
    raw = b"".join(bytes([grey(n)]) * (WIDTH * HEIGHT * 3) for n in range(FRAMES))
    size = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "pipe:"]
    code = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "12", "-bf", "2", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:"]
    done = subprocess.run([ffmpeg, "-v", "error", *size, *code], input=raw, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    return done.stdout


def sound() -> bytes:
    """Silence, a tone, the same cut off, and the tone again."""

    def level(at: int) -> int:
        second = at / RATE
        if second < SILENT[1]:
            return 0
        loud = 8.0 if CUT[0] <= second < CUT[1] else 0.6
        return max(-32768, min(32767, int(32767 * loud * math.sin(at / 3))))

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", level(at)) for at in range(RATE * SECONDS)))
    return out.getvalue()
