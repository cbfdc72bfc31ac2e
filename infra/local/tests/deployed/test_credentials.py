"""What is published says itself how it came to be, as anybody can verify with the command."""

import json
import subprocess
import time

import pytest

import deploy
import emulator
import places
import tools
from callers import tenant

PIPELINE = {
    "name": "signed",
    "budget_usd": 0.1,
    "steps": {
        "paint": {"kind": "image.generate", "with": {"prompt": "a red boat at sunset", "width": 320, "height": 240, "seed": 7}},
        "sizes": {"kind": "image.resize", "with": {"image": "{{ paint.image }}", "widths": [160], "formats": ["png", "jpeg", "webp", "avif"]}},
        "good": {"kind": "gate.quality", "with": {"images": "{{ paint.image }}", "min_width": 64, "sharpness_min": 0}},
        "out": {"kind": "publish", "after": ["good"], "with": {"assets": "{{ sizes.images }}", "target": {"kind": "s3", "prefix": "signed"}}},
    },
}


def _ended(caller, job: str) -> dict:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        _, _, body = caller.ask("GET", f"/v1/jobs/{job}", Authorization=f"Bearer {caller.key}")
        if json.loads(body)["terminal"]:
            return json.loads(body)
        time.sleep(0.2)
    raise AssertionError("the job did not end within a minute")


def _verify(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(places.galley()), "verify", *words], cwd=places.ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list:
    """The files of a published ladder, as a visitor gets them."""
    caller = tenant("signed")
    job = _ended(caller, caller.submit(PIPELINE)["id"])
    assert job["state"] == "succeeded", job
    s3, folder = emulator.client("s3", caller.stack["endpoint_url"]), tmp_path_factory.mktemp("published")
    found = []
    for publication in job["publications"]:
        bucket, key = publication["location"].removeprefix("s3://").split("/", 1)
        path = folder / key.rsplit("/", 1)[1]
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        found.append(path)
    return found


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The certificate of who vouches for this stack's own."""
    path = tmp_path_factory.mktemp("root") / "root.pem"
    path.write_text(deploy.secrets()["certificate_root"].split("-----BEGIN PRIVATE")[0])
    return path


def test_every_published_picture_says_what_made_it_and_what_looked_at_it(files, root):
    assert sorted(path.suffix for path in files) == [".avif", ".jpg", ".png", ".webp"]
    for path in files:
        done = _verify(str(path), "--json", "--trust", str(root))
        assert done.returncode == 0, done.stderr
        chain = json.loads(done.stdout)
        assert (chain["state"], chain["problems"]) == ("trusted", []), path.name
        (manifest,) = chain["manifests"]
        assert (manifest["title"], manifest["signer"]) == (path.name, "Galley's local pictures")
        # The stack's hosts paint by rules, and nobody calls that AI.
        assert [(one["action"], one["source_type"], one["agent"]) for one in manifest["actions"]] == [
            ("c2pa.created", "algorithmicMedia", "sketch-1"),
            ("c2pa.resized", "algorithmicMedia", None),
        ]
        assert [(gate["gate"], gate["verdict"]) for gate in manifest["history"]["gates"]] == [("good", "pass")]


def test_a_person_reads_it_and_a_change_is_named(files, tmp_path):
    (png,) = [path for path in files if path.suffix == ".png"]
    done = _verify(str(png))
    assert done.returncode == 0 and "c2pa.created" in done.stdout and "image.generate" in done.stdout
    assert "is as it was signed" in done.stderr
    changed = bytearray(png.read_bytes())
    changed[changed.rindex(b"IDAT") + 20] ^= 1
    (tmp_path / "changed.png").write_bytes(changed)
    done = _verify(str(tmp_path / "changed.png"))
    assert done.returncode == 1 and "was changed since it was signed" in done.stderr


PLAYS = {
    "name": "signed-clip",
    "budget_usd": 0.1,
    "steps": {
        "film": {"kind": "video.generate", "with": {"prompt": "a red boat at sunset", "seconds": 2, "width": 320, "height": 180, "fps": 24, "seed": 7}},
        "tone": {"kind": "audio.generate", "with": {"prompt": "a red boat at sunset", "seconds": 2, "seed": 7}},
        "moves": {"kind": "gate.quality", "with": {"video": "{{ film.video }}", "min_seconds": 2}},
        "sounds": {"kind": "gate.quality", "with": {"audio": "{{ tone.audio }}"}},
        "shown": {"kind": "publish", "after": ["moves"], "with": {"assets": "{{ film.video }}", "target": {"kind": "s3", "prefix": "signed"}}},
        "heard": {"kind": "publish", "after": ["sounds"], "with": {"assets": "{{ tone.audio }}", "target": {"kind": "s3", "prefix": "signed"}}},
    },
}


def _played(path) -> list[str]:
    """The hash of each frame and of the samples, as a player decodes them; warnings fail."""
    where = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
    ffmpeg = subprocess.run([tools.binary("python", "endpoint"), "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run([ffmpeg, "-v", "warning", "-xerror", "-i", str(path), "-f", "framemd5", "pipe:"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith("#")]


def test_a_film_and_a_sound_play_as_before_and_say_what_made_them(root, tmp_path):
    caller = tenant("signed-clip")
    job = _ended(caller, caller.submit(PLAYS)["id"])
    assert job["state"] == "succeeded", job
    s3, of = emulator.client("s3", caller.stack["endpoint_url"]), {asset["id"]: asset for asset in job["assets"]}
    assert sorted(asset["media_type"] for asset in of.values()) == ["audio/mp4", "video/mp4"]
    caller.galley("download", job["id"], "--to", str(tmp_path / "plain"))
    (tmp_path / "sealed").mkdir()
    for publication in job["publications"]:
        bucket, key = publication["location"].removeprefix("s3://").split("/", 1)
        sealed = tmp_path / "sealed" / key.rsplit("/", 1)[1]
        sealed.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        (plain,) = [path for path in (tmp_path / "plain").rglob("*") if path.is_file() and path.stat().st_size == of[publication["asset"]]["bytes"]]
        frames = _played(sealed)
        assert len(frames) > 40 and frames == _played(plain)
        done = _verify(str(sealed), "--json", "--trust", str(root))
        said = json.loads(done.stdout)
        assert (said["state"], said["problems"], said["xmp"]) == ("trusted", [], "algorithmicMedia"), sealed.name
        label = b'DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia'
        assert label in sealed.read_bytes()
        sealed.write_bytes(sealed.read_bytes().replace(label, label[:-1] + b"s"))
        assert _verify(str(sealed)).returncode == 1, "the label is part of what was signed"


# What anybody's library sees of a picture: its size, its pixels decoded, and its XMP.
LOOK = """
import json, sys
from PIL import Image
for path in sys.argv[1:]:
    with Image.open(path) as picture:
        picture.load()
        xmp = picture.info.get("xmp", picture.info.get("XML:com.adobe.xmp", ""))
        print(json.dumps([picture.size, xmp.decode() if isinstance(xmp, bytes) else xmp]))
"""


def test_other_programs_show_the_pictures_and_find_their_source_without_the_manifest(files):
    done = subprocess.run([tools.binary("python", "endpoint"), "-c", LOOK, *map(str, files)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for path, line in zip(files, done.stdout.splitlines(), strict=True):
        size, xmp = json.loads(line)
        assert size == [160, 120], path.name
        assert 'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"' in xmp, path.name
    assert json.loads(_verify(str(files[0]), "--json").stdout)["xmp"] == "algorithmicMedia"


def test_a_certificate_is_requested_by_the_key_that_never_leaves_kms():
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    stack = places.load()
    env = emulator.KEYS | {"AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_REGION": stack["region"], "GALLEY_TABLE": stack["table"]}
    words = [str(places.galley()), "admin", "certificate", "request", "--name", "Acme pictures", "--organization", "Acme"]
    ask = lambda key: subprocess.run([*words, key], cwd=places.ROOT, env=env, capture_output=True, text=True)
    done = ask(stack["certificate_key"])
    assert done.returncode == 0, done.stderr
    request = x509.load_pem_x509_csr(done.stdout.encode())
    assert request.is_signature_valid and request.subject.rfc4514_string() == "CN=Acme pictures,O=Acme"
    public = emulator.client("kms", stack["endpoint_url"]).get_public_key(KeyId=stack["certificate_key"])["PublicKey"]
    assert request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public
    absent = "00000000-0000-0000-0000-000000000000"
    done = ask(absent)
    assert done.returncode == 1 and f"kms public key of {absent}: 400 NotFoundException" in done.stderr and "kms:GetPublicKey" in done.stderr
