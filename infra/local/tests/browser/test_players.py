"""What the console's script does with films and sounds: a sound is drawn, flagged seconds are looped, frames are stepped."""

import base64
import io
import math
import struct
import wave

import places

SOURCE = places.ROOT / "functions" / "console" / "src"
RATE, SECONDS = 8000, 4

PAGE = """<!doctype html><title>players</title><style>%(css)s</style>
<dialog id="keys"></dialog>
<div data-player><canvas class="wave"></canvas><audio src="%(sound)s"></audio><button data-loop="1.5 2" data-key="l" aria-pressed="false">Loop</button></div>
<div data-stage><div data-player><video src="%(sound)s"></video><button data-step="-1">back</button><button data-step="1">on</button></div></div>
<script>%(script)s</script>"""


def sound() -> str:
    """Silence, then a tone: half of what is drawn is flat."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        heard = (0 if at < RATE * SECONDS / 2 else int(20000 * math.sin(at / 3)) for at in range(RATE * SECONDS))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in heard))
    return "data:audio/wav;base64," + base64.b64encode(out.getvalue()).decode()


def test_a_sound_is_drawn_its_flagged_seconds_looped_and_frames_stepped_by_keys(tab, page):
    html = PAGE % {"css": (SOURCE / "console.css").read_text(), "script": (SOURCE / "console.js").read_text(), "sound": sound()}
    tab.go(page(html).address)
    tab.until("document.querySelector('canvas').dataset.drawn === 'yes'", "the sound is drawn")
    tall = """(part => { const it = document.querySelector('canvas'), [from, to] = part;
        const seen = it.getContext('2d').getImageData(Math.floor(it.width * from) + 3, 0, Math.floor(it.width * (to - from)) - 6, 4).data;
        return seen.some((value, at) => at % 4 === 3 && value > 0); })"""
    assert tab.run(f"{tall}([0.55, 1])") is False, "a tone at two thirds does not reach the edge"
    middle = tall.replace(", 0, Math.floor(it.width * (to", ", Math.floor(it.height * 0.25), Math.floor(it.width * (to")
    assert tab.run(f"{middle}([0.55, 1])") is True and tab.run(f"{middle}([0.02, 0.3])") is False, "loud where it is loud, flat where it is silent"
    assert tab.run(f"{tall}([0.38, 0.49])") is True, "what was flagged is shaded from edge to edge"

    tab.press("l")
    tab.until("document.querySelector('audio').currentTime >= 1.5", "it plays what was flagged")
    assert tab.run("document.querySelector('[data-loop]').getAttribute('aria-pressed')") == "true"
    tab.run("document.querySelector('audio').currentTime = 3")
    tab.until("document.querySelector('audio').currentTime < 2.5", "and comes back")
    tab.press("l")
    assert tab.run("document.querySelector('audio').ontimeupdate === null")

    tab.until("document.querySelector('video').readyState > 0")
    tab.press(".")
    tab.press(".")
    tab.press(",")
    assert abs(tab.run("document.querySelector('video').currentTime") - 1 / 25) < 0.001, "one frame of a twenty-fifth of a second"
    assert tab.said() == []
