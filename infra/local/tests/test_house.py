"""The house rules that a reader relies on: who may depend on whom, and how long a page gets."""

import pathlib
import subprocess
import tomllib

import places

ADAPTERS = {"aws", "providers", "publishers"}


def manifest(crate: str) -> dict:
    return tomllib.loads((places.ROOT / crate / "Cargo.toml").read_text())


def depends(crate: str) -> set[str]:
    return set(manifest(crate).get("dependencies", {}))


def tracked(*patterns: str) -> list[pathlib.Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=places.ROOT, check=True, capture_output=True, text=True).stdout
    return [places.ROOT / name for name in listed.split("\0") if name]


def test_the_domain_knows_no_platform_and_no_runtime():
    strangers = {name for name in depends("shared/domain") if name.startswith(("aws", "tokio", "reqwest", "lambda")) or name in ADAPTERS}
    assert not strangers


def test_adapters_depend_on_the_domain_and_not_on_one_another():
    for crate in ADAPTERS:
        assert depends(f"shared/{crate}") & (ADAPTERS | {"media"}) == set(), crate
        assert "domain" in depends(f"shared/{crate}"), crate


def test_pixels_know_nothing_of_galley():
    assert depends("shared/media") & (ADAPTERS | {"domain"}) == set()


def test_what_plays_knows_nothing_of_galley():
    assert depends("shared/playback") & (ADAPTERS | {"domain", "media"}) == set()


def test_a_main_only_plugs_things_in():
    for function in places.FUNCTIONS:
        text = (places.ROOT / "functions" / function / "src" / "main.rs").read_text()
        assert len(text.splitlines()) <= 40, function
        assert not any(word in text for word in (" if ", " match ", " for ", " while ")), function


def test_only_one_file_reads_the_environment_and_one_the_clock():
    for path in tracked("functions/*.rs", "shared/*.rs"):
        name = str(path.relative_to(places.ROOT))
        text = path.read_text()
        if name.startswith("shared/client/") or "/examples/" in name:
            continue
        assert "std::env::var" not in text or name == "shared/aws/src/env.rs", name
        assert "SystemTime::now" not in text or name == "shared/aws/src/clock.rs", name


def test_no_page_is_longer_than_four_hundred_lines():
    long = {str(p.relative_to(places.ROOT)): n for p in tracked("*.rs", "*.py") if (n := len(p.read_text().splitlines())) > 400}
    assert not long


def test_no_test_is_ignored_and_nothing_is_left_to_do():
    words = ["#[ign" + "ore", "to" + "do!(", "unimple" + "mented!(", "pytest.mark.sk" + "ip"]
    found = {str(p.relative_to(places.ROOT)): w for p in tracked("*.rs", "*.py") for w in words if w in p.read_text()}
    assert not found
