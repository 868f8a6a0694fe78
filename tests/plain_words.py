"""How hard a text is to read, by formulas; syllables are counted by their vowels."""

import re

SENTENCE = re.compile(r"[.;:!?]+(?:\s|$)")


SILENT = re.compile(r"(?<=[^aeiouyl])e$|(?<=[^aeiouydt])ed$|(?<=[^aeiouyscxz])es$")
"""English endings in which the e is not heard."""


def _measured(text: str, letters: str, vowels: str) -> tuple[float, float]:
    """Words a sentence, and syllables a word. Figures are no words."""
    words = re.findall(f"[{letters}'’]+", text.lower())
    sentences = [one for one in SENTENCE.split(text) if re.search(f"[{letters}]", one.lower())]
    heard = [SILENT.sub("", word) for word in words] if letters == "a-z" else words
    syllables = sum(max(1, len(re.findall(f"[{vowels}]+", word))) for word in heard)
    return len(words) / max(1, len(sentences)), syllables / max(1, len(words))


def flesch_kincaid(text: str) -> float:
    """The school grade in which English text can be read (Kincaid 1975)."""
    length, syllables = _measured(text, "a-z", "aeiouy")
    return 0.39 * length + 11.8 * syllables - 15.59


def inflesz(text: str) -> float:
    """Ease of Spanish text, from 0 to 100; from 55 on it is of ordinary ease (Barrio 2008)."""
    length, syllables = _measured(text, "a-záéíóúüñ", "aeiouáéíóúü")
    return 206.835 - 62.3 * syllables - length
