"""The evaluation as a page of the documentation."""

from collections.abc import Iterator

from sessionwatch.evaluation import PATTERNS, Elsewhere, Evaluation, Figures, length

HEAD = """# How right the detectors are

Made by the program itself; do not edit. To compute it anew (some minutes):

```
{command} --picture docs/pictures/evaluation.png --page docs/evaluation.md
```

`--scenario NAME` looks at one, `--list` names them all, `--json FILE` writes the figures. Rules
`{rules}` (the hash in every signal).

![Found, missed and false; delays; trade-offs](pictures/evaluation.png)

## On the labelled scenarios

{scenarios} scenarios under {seeds} seeds each: other people, times, and order of what arrives. Each
names what must be said, of whom and at which instant; whatever else is raised counts as false, also
of rules that the scenario is not about. A clear-cut rule must be right about everything, with the
`ts` of its very instant; a pattern (marked *) has a window instead. *Tempted* are scenarios made to
mislead the rule. *Written* is when the signal was there, on the log's clock: 5 s of allowed
lateness and, here, a tick every 5 s (in service every second; over weeks an hour here).

{columns}
"""
COLUMNS = (
    "detector",
    "scenarios",
    "tempted",
    "expected",
    "found",
    "false",
    "recall",
    "precision",
    "`ts` off, p95",
    "written, p50",
    "p95",
)
PATTERN_HEAD = """
## Patterns: found, and what that costs

Rules that weigh noisy signs, over simulated people at base rates: {people}
The trade-off for other thresholds is in the picture (ringed: the default).

| detector | default | changed | recall | false alerts per clinician and day | half found after |
| --- | --- | --- | --- | --- | --- |
"""
PEOPLE = """a caseload of 24 over twelve weeks
of three groups a week for the trends, found when the alert stands within six weeks of the change;
groups of eight for two hours, two a day and clinician, for the rules within a session. How people
differ and how they change was chosen, so these figures compare thresholds; they do not foretell a
clinic."""
ELSEWHERE_HEAD = """
### Where people are otherwise

The same rules over people who are not as those they were tuned on: recall / false alerts per
clinician and day. Below 0.90, or above 1, in bold.

"""
CHANCE_HEAD = """
## By chance

What the rules say of people about whom there is nothing to say: every session independent. Of the
looks at tables the worst of three shares of trouble, or sizes of clinic, is shown; "at most" of
several traits is what the limit adds up to, divided as it is by the number of values tried.
The 0.004 is one table's alone, its p undivided (summed exactly: 0.0030 to 0.0043), and so no limit
for 13 values at once: each at p < 0.01 / 13, by the same sum all come to 0.0041 to 0.0045 together.

| what | computed beforehand | simulated | people, or looks |
| --- | --- | --- | --- |
"""


def page(found: Evaluation) -> str:
    """Markdown."""
    return "".join(_parts(found))


def _parts(found: Evaluation) -> Iterator[str]:
    yield HEAD.format(
        command=found.command,
        rules=found.rules,
        scenarios=len(found.scenarios),
        seeds=found.seeds,
        columns=f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}",
    )
    for rule, one in found.detectors.items():
        yield _row(rule, one)
    if found.wrong:
        yield "\nNot right: " + ", ".join(
            f"{name} (seeds {', '.join(map(str, seeds))})" for name, seeds in found.wrong.items()
        )
        yield ".\n"
    if found.named:
        yield (
            f"\nOf {found.named} alerts around incidents it is known which ones the incident names,"
            " or whether they are\nheld back when somebody would be told, and until when:"
            f" {found.misnamed} times it was otherwise.\n"
        )
    if found.curves:
        yield PATTERN_HEAD.format(people=PEOPLE)
        for curve in found.curves:
            recall, false = curve.at_default
            yield (
                f"| `{curve.rule}` | `{curve.key}` {curve.chosen:g} | {curve.changed} |"
                f" {recall:.2f} | {false:.2f} | {curve.delay} |\n"
            )
    yield from _elsewhere(found)
    if found.chances:
        yield CHANCE_HEAD
        for chance in found.chances:
            yield (f"| {chance.what} | {chance.computed} | {chance.shown} | {chance.people} |\n")
    yield from _day(found)
    yield "\n## The scenarios\n\n"
    for name, what in found.scenarios.items():
        yield f"- `{name}`: {what}\n"


def _elsewhere(found: Evaluation) -> Iterator[str]:
    """One table for rooms and one for weeks, since each has rules of its own."""
    by_what: dict[str, list[Elsewhere]] = {}
    for one in found.elsewhere:
        by_what.setdefault(one.what, []).append(one)
    if by_what:
        yield ELSEWHERE_HEAD
    before: list[str] = []
    for what, cells in by_what.items():
        rules = [one.rule for one in cells]
        if rules != before:
            yield "\n" if before else ""
            yield f"| people | {' | '.join(f'`{rule}`' for rule in rules)} |\n"
            yield f"| --- |{' --- |' * len(rules)}\n"
            before = rules
        yield f"| {what} | {' | '.join(map(_cell, cells))} |\n"


def _cell(one: Elsewhere) -> str:
    recall, false = f"{one.recall:.2f}", f"{one.false_a_day:.2f}"
    return f"{recall if one.recall >= 0.9 else f'**{recall}**'} / " + (
        false if one.false_a_day <= 1 else f"**{false}**"
    )


def _row(rule: str, one: Figures) -> str:
    mark = "*" if rule in PATTERNS else ""
    return (
        f"| `{rule}`{mark} | {one.scenarios} | {one.tempted} | {one.expected} | {one.found} |"
        f" {one.false} | {one.recall:.3f} | {one.precision:.3f} | {length(one.off_p95)} |"
        f" {length(one.after_p50)} | {length(one.after_p95)} |\n"
    )


def _day(found: Evaluation) -> Iterator[str]:
    day = found.day
    if day is None:
        return
    whole, budget = sum(day.notices.values()), day.budget
    yield (
        "\n## A day\n\n"
        f"The default day ({day.rooms} rooms, {day.people} people, {day.hours:.0f} hours) under"
        f" {day.seeds} seeds: {day.found} of {day.expected} found, {day.false} false.\n"
        f"One person on outreach is notified {whole:.1f} times an hour, at most"
        f" {day.most_in_an_hour} times in an hour and\n{day.most_in_ten_minutes} times in ten"
        " minutes, before anything is gathered into a digest.\n\n"
        f"With the budget (six an hour, three in ten minutes) it is at most"
        f" {budget.most_in_an_hour} and {budget.most_in_ten_minutes}, beside\ncalls for help,"
        f" which always interrupt: a digest stepped in"
        f" {budget.digests:.1f} times a day and took {budget.in_digests:.1f} notices,"
        f" {budget.most_in_a_digest} at the most at once.\n\nBy rule, before the budget, an"
        " hour:\n\n"
        "| rule | notices an hour |\n| --- | --- |\n"
    )
    for rule, number in day.notices.items():
        yield f"| `{rule}` | {number:.2f} |\n"
