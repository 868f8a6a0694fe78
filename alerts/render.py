"""An alert in plain words: what happened (never who), the reason with its figure and its limit.

The words are in `texts/<language>.toml`. A sentence is left out when the evidence lacks what it
needs, so that an older or a newer detector's signal still reads as far as it goes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from alerts.phrasing import Running, Values, loaded, phrase
from streams.events import MINUTE, Signal


def title(signal: Signal, language: str, *, closed: bool = False) -> str:
    """What happened. `closed`: the session is over ("Missed" in place of "Not here yet")."""
    texts = _texts(signal, language)
    return str(texts.get("closed", texts["title"]) if closed else texts["title"])


def reason(signal: Signal, language: str, time_zone: str, *, running: bool = False) -> str:
    """One line: what was seen and the limit it was held to, times in `time_zone` (IANA).

    What is about weeks says itself whose days they are. Minutes are as of the signal; `running`:
    those that go on are left to be filled in by who shows them (`phrasing.Running`).
    """
    values = _values(signal, language, time_zone, running)
    said = _first_of_each(_texts(signal, language).get("reason", []), values)
    if signal.status == "cleared":
        said = [*said, *_first_of_each([loaded(language)["cleared"]], values)]
    return " ".join(said)


def looked_at(
    signal: Signal, language: str, time_zone: str, *, running: bool = False
) -> list[tuple[str, str, str]]:
    """What was looked at: label, what was seen, the limit ("" where there is none).

    `running` as in `reason`.
    """
    values = _values(signal, language, time_zone, running)
    rows: list[tuple[str, str, str]] = []
    for row in _texts(signal, language).get("looked_at", []):
        seen = next(iter(_first_of_each([row["seen"]], values)), None)
        if seen is not None:
            limit = next(iter(_first_of_each([row.get("limit", [])], values)), "")
            rows.append((row["label"], seen, limit))
    return rows


def absences(absent: int, expected: int, language: str, *, closed: bool = False) -> str:
    """A room's absences in one line: "3 of 10 not here yet"."""
    texts = loaded(language)["absences"]
    values = Values({"absent": absent, "expected": expected}, language, "UTC")
    return phrase(texts["closed" if closed else "open"], values) or ""


def words_to_say(rule: str, language: str, name: str, caller: str) -> list[tuple[str, str]]:
    """What one may say or write to the person: situation and words.

    They name neither clinic nor group nor treatment: somebody else may hear or read them.
    """
    scripts = loaded(language)["words_to_say"]
    values = Values({"name": name, "caller": caller}, language, "UTC")
    chosen = scripts.get(rule, scripts["other"])
    return [
        (scripts["situations"][key], phrase(text, values) or "") for key, text in chosen.items()
    ]


def result_label(result: str, language: str) -> str:
    """A coded result as people read it."""
    return str(loaded(language)["results"].get(result, result.replace("_", " ")))


def _texts(signal: Signal, language: str) -> Mapping[str, Any]:
    rules = loaded(language)["rules"]
    found: Mapping[str, Any] = rules.get(signal.rule, rules["other"])
    return found


def _first_of_each(sentences: Iterable[Any], values: Values) -> list[str]:
    """Of each sentence, or list of alternatives, the first that can be said."""
    said: list[str] = []
    for sentence in sentences:
        alternatives = sentence if isinstance(sentence, list) else [sentence]
        for alternative in alternatives:
            text = _say(alternative, values)
            if text is not None:
                said.append(text)
                break
    return said


def _say(sentence: str | Mapping[str, str], values: Values) -> str | None:
    if isinstance(sentence, str):
        return phrase(sentence, values)
    return phrase(sentence["text"], values) if values.holds(sentence["when"]) else None


def _values(signal: Signal, language: str, time_zone: str, running: bool) -> Values:
    """The evidence, and what follows from it."""
    evidence = signal.evidence
    known: dict[str, object] = {**evidence, "ts": signal.ts, **_minutes(signal)}
    first, last = (evidence.get(key) for key in ("first_at", "last_at"))
    if isinstance(first, int) and isinstance(last, int):
        known["span"] = max(1, -(-(last - first) // MINUTE))
    flags = {f"{key}_{value}" for key, value in evidence.items() if isinstance(value, str)}
    flags |= {key if value else f"no_{key}" for key, value in evidence.items()}
    flags.add(signal.status)
    if _reached(known, "waited", "tech_minutes"):
        flags.add("for_tech")
    if _reached(known, "waited", "high_after_minutes"):
        flags.add("high")
    if running and signal.status != "cleared":
        known |= _running(signal, known)
    return Values(known, language, zone_of(signal, time_zone), frozenset(flags))


def _minutes(signal: Signal) -> dict[str, object]:
    """Minutes as of the signal: how long it has been so, how long somebody has been gone, how
    long it still goes on."""
    since, at = signal.evidence.get("since"), signal.evidence.get("at")
    made: dict[str, object] = {}
    if isinstance(since, int):
        made["waited"] = max(0, signal.ts - since) // MINUTE
    if isinstance(at, int):
        made["gone"] = max(0, signal.ts - at) // MINUTE
    if "minutes_left" in signal.evidence:
        made["still_left"] = signal.evidence["minutes_left"]
    return made


def _running(signal: Signal, known: Mapping[str, object]) -> dict[str, object]:
    """Those of the minutes that go on while nothing changes."""
    starts = {"minutes": "opened_at", "waited": "since", "gone": "at"}
    made: dict[str, object] = {}
    for figure, start in starts.items():
        since = known.get(start)
        if figure in known and isinstance(since, int):
            made[figure] = Running(since=since)
    if "still_left" in known and signal.ends_at is not None:
        made["still_left"] = Running(until=signal.ends_at)
    return made


def zone_of(signal: Signal, otherwise: str) -> str:
    """The time zone that a signal names itself: one about weeks, which has no session."""
    named = signal.evidence.get("time_zone")
    return named if isinstance(named, str) else otherwise


def _reached(known: Mapping[str, object], key: str, limit: str) -> bool:
    value, bound = known.get(key), known.get(limit)
    return isinstance(value, int) and isinstance(bound, int | float) and value >= bound
