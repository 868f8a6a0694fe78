"""Writes `docs/rules.md` from the rules and their meanings: `python -m docs.generate_rules`."""

from pathlib import Path
from typing import Final

from sessionwatch.rulebook import DEFAULT_KIND, Threshold, general, rulebook
from streams.rules import load

TARGET: Final = Path(__file__).parent / "rules.md"
HEAD: Final = """# The rules and their thresholds

Made from the detectors' own files, `streams/rules.toml` and `streams/meanings.toml` by
`python -m docs.generate_rules`; do not edit. `sessionwatch rules show` prints what is in force
here, for a program and a kind of session, with what a file of yours sets otherwise.

A file of your own (`rules_file` in the settings) names only what differs:

```toml
[rule.missed_session]                          # for all
grace_minutes = 12

[kind.individual.rule.missed_session]          # for one kind of session
grace_minutes = 5

[program.k3v...rule.often_late]                # for one program
state = "off"                                  # "on", "off", or "trial": found, shown to nobody

[program.k3v...]
presets = ["adolescent"]
inference = "off"                              # nothing inferred of how a person is
```

Rules over weeks look at sessions of every kind together, and `platform_incident` at all rooms: the
former have no figures of their own for a kind, the latter neither for a kind nor for a program.

`sessionwatch rules check FILE` says whether it can be used;
`sessionwatch replay --rules FILE --against built-in LOG` says what it would have changed. It is
read at start. Every signal carries the hash of the rules that made it. Calls for help
(`crisis_reported`, `help_requested`, `left_after_crisis`) are always on.
"""
COLUMNS: Final = (
    "| threshold | default | unit | meaning | source |\n| --- | --- | --- | --- | --- |\n"
)


def generated() -> str:
    rules = load()
    parts = [HEAD, "\n## general\n\n", _table(general(rules))]
    for rule in rulebook(rules, "", DEFAULT_KIND):
        why = f"\n{rule.about.why}\n" if rule.about.why else ""
        parts.append(f"\n## {rule.name}\n\n{rule.about.what}\n{why}")
        if rule.thresholds:
            parts += ["\n", _table(rule.thresholds)]
    return "".join(parts)


def _table(thresholds: list[Threshold]) -> str:
    rows = (
        f"| `{one.key}` | {one.value} | {one.meaning.unit} | {one.meaning.means} "
        f"| {one.meaning.source} |\n"
        for one in thresholds
    )
    return COLUMNS + "".join(rows)


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
