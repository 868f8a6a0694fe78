"""The join page's words and files."""

import re
from pathlib import Path

import pytest

from producers.gateway.join_page import WORDS

JOIN = Path("producers/browser/join")
BLANK = re.compile(r"\{(\w+)\}")


def test_both_languages_say_the_same_and_nothing_is_left_over():
    assert WORDS["en"].keys() == WORDS["es"].keys()
    for word, english in WORDS["en"].items():
        assert BLANK.findall(english) == BLANK.findall(WORDS["es"][word])
    code = "".join(one.read_text() for kind in ("js", "html") for one in JOIN.glob(f"*.{kind}"))
    made = ("result_", "part_")  # put together by the code
    left = [word for word in WORDS["en"] if not word.startswith(made) and word not in code]
    assert left == []


def test_it_reads_easily():
    """Flesch-Kincaid grade, at most 8 (evidence: AMA and NIH advise the 6th to the 8th)."""
    text = " ".join(f"{one.rstrip('.?:')}." for one in WORDS["en"].values() if " " in one)
    words = re.findall(r"[A-Za-z’]+", text)
    sentences = len(re.findall(r"[.?!:]", text))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower()))) for word in words)
    assert 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59 <= 8


@pytest.mark.parametrize("file", sorted(JOIN.glob("*.*")), ids=lambda file: file.name)
def test_nothing_parses_markup_or_runs_text(file: Path):
    forbidden = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|\sstyle="
    assert not re.search(forbidden, file.read_text())
