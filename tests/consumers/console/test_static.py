"""What the browser gets: the page's own modules under Node, its texts, its colours."""

import json
import re
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest

import consumers.console
from alerts.phrasing import loaded
from producers.gateway.platforms import PLATFORMS
from streams.session.board import TROUBLES

STATIC = Path(consumers.console.__file__).parent / "static"
MODULES = sorted(STATIC.rglob("*.js"))
TEXTS = {
    language: json.loads((STATIC / "texts" / f"{language}.json").read_text())
    for language in ("en", "es")
}
CSS = "\n".join(file.read_text() for file in sorted(STATIC.glob("*.css")))


def test_the_pages_own_modules_under_node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("NODE IS MISSING: the page's own modules were not tested")
    tests = sorted((Path(__file__).parent / "static").glob("*.test.mjs"))
    ran = subprocess.run(
        [node, "--test", *map(str, tests)], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stdout[-4_000:]
    assert "# fail 0" in ran.stdout


@pytest.mark.parametrize("file", [*MODULES, STATIC / "index.html"], ids=lambda file: file.name)
def test_nothing_parses_markup_or_runs_text(file: Path):
    forbidden = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|\sstyle="
    assert not re.search(forbidden, file.read_text())


# --- texts --------------------------------------------------------------------------------------


def test_both_catalogues_say_the_same_with_the_same_blanks():
    assert TEXTS["en"].keys() == TEXTS["es"].keys()
    for key, english in TEXTS["en"].items():
        spanish = TEXTS["es"][key]
        assert blanks(english) == blanks(spanish), key


def blanks(text: str | dict[str, str]) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", json.dumps(text)))


def test_every_text_that_is_asked_for_is_there_and_none_is_left_over():
    code = "\n".join(file.read_text() for file in MODULES)
    asked = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', code))
    patterns = [
        re.compile(re.escape(made).replace(r"\$\{\}", r"\w+") + "$")
        for made in {
            re.sub(r"\$\{[^}]*\}", "${}", found)
            for found in re.findall(r"`([a-z_]+\.[\w.${}]*\$\{[^`]*?\}[\w.]*)`", code)
        }
    ]
    for key in TEXTS["en"]:
        assert key in asked or any(p.match(key) for p in patterns), f"nobody asks for {key}"
    known = tuple(TEXTS["en"])
    spoken = {key for key in asked if key.split(".")[0] in {k.split(".")[0] for k in known}}
    assert spoken <= set(known)


@pytest.mark.parametrize("rule", TROUBLES)
def test_a_tile_has_words_for_every_trouble(rule: str):
    assert f"trouble.{rule}" in TEXTS["en"]


def test_every_platform_has_its_own_name():
    frame = (STATIC / "frame.js").read_text()
    names = re.search(r"const PLATFORMS = \{(.*?)\};", frame, flags=re.S)
    assert names
    assert re.findall(r"(\w+): \"", names[1]) == list(PLATFORMS)
    for language in TEXTS:
        codes = loaded(language)["codes"]
        assert codes["platform"].keys() == PLATFORMS.keys()
        assert PLATFORMS.keys() <= codes["value"].keys()


# --- colours ------------------------------------------------------------------------------------

TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", CSS
    )
}
GROUNDS = ("ground", "surface", "sunken")
TEXT, GRAPHIC = 4.5, 3.0


def test_the_token_table_is_whole():
    assert len(TOKENS) == 21
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS))
    sizes = {name for name in used if re.match(r"(t|s)-\d|radius|font", name)}
    assert used - sizes <= TOKENS.keys()
    # No other colour anywhere but the white on red, its dark red on white, and shadows.
    rest = re.sub(r":root \{.*?\n\}", "", CSS, count=1, flags=re.S)
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", rest)) <= {"#ffffff", "#8e1a14"}


def pairs() -> list[tuple[str, str, float]]:
    texts = ("ink", "ink-2", "ink-3", "accent", "notice", "alarm", "live")
    graphics = ("edge", "presence", "absent", "notice-mark")
    return [
        *((front, back, TEXT) for front, back in product(texts, GROUNDS)),
        *((front, back, GRAPHIC) for front, back in product(graphics, GROUNDS)),
        ("on-accent", "accent", TEXT),
        ("ink", "presence-soft", TEXT),
        ("ink", "notice-soft", TEXT),
        ("notice", "notice-ground", TEXT),
        ("notice-mark", "notice-ground", GRAPHIC),
        ("alarm", "alarm-ground", TEXT),
        ("#ffffff", "alarm-fill", TEXT),
        ("#8e1a14", "#ffffff", TEXT),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), pairs())
def test_contrast(theme: str, front: str, back: str, least: float):
    light, dark = sorted((luminance(front, theme), luminance(back, theme)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def luminance(name: str, theme: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    colour = name if name.startswith("#") else TOKENS[name][theme == "dark"]
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
