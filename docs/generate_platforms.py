"""Writes `docs/platforms.md` from what the adapters answer: `python -m docs.generate_platforms`."""

from pathlib import Path
from typing import Final

from producers.gateway.adapter import Answer, Answers
from producers.gateway.platforms import PLATFORMS

TARGET: Final = Path(__file__).parent / "platforms.md"
HEAD: Final = """# Video platforms

Made from the adapters' own answers (`producers/gateway/platforms/`) by
`python -m docs.generate_platforms`; do not edit.

Each platform sends its webhooks to `/webhooks/<platform>` of the gateway. Give its secret in a
file named in `[gateway] secret_files` (one a line: all are active, so that they can be changed
without a gap). `sessionwatch doctor` checks all of it and says what is missing;
`sessionwatch doctor --rehearsal` plays a short session.

What a platform does not tell, no alert claims: `left_early` says where no reason is given, and
quality comes from the browser agent wherever the platform measures none.

What webhooks lose (a gateway that was down, a server that died) is found by asking the platform,
where it can be asked and `[gateway] apis` names its API, at the start and once a minute:

```toml
[gateway]
public_url = "https://hooks.clinic.example"

[gateway.secret_files]
zoom = "/run/secrets/zoom-webhook"

[gateway.apis.zoom]
key_file = "/run/secrets/zoom-api" # account:client:secret

[gateway.apis.livekit]
url = "https://livekit.clinic.example" # its key is the webhooks' own
```

What is found has the ids that the webhooks would have: a late one is a double. A leave that was
lost is dated when it was noticed. Who stays connected into the next group of the same room is in
that one from its start.

A note-taker that joins like a person goes by its shown name (`[gateway] bot_names`). The host's
second device is the host as long as it is signed in as the host; as a guest it is somebody
unmatched, whom staff can match in one tap. A caller is a person, on a landline.

"""
QUESTIONS: Final = {
    "waiting_room": "Waiting room",
    "leave_reasons": "Why somebody left",
    "quality": "Quality",
    "stable_identity": "Stable identity",
    "phone_callers": "Phone callers",
    "reconciling": "Reconciling",
    "recording": "Recorders told apart",
}


def generated() -> str:
    return HEAD + _table() + "".join(_section(name) for name in PLATFORMS)


def _table() -> str:
    head = ["platform", *(words.lower() for words in QUESTIONS.values())]
    lines = [_row(head), _row(["---"] * len(head))]
    for platform in PLATFORMS.values():
        told = platform.ANSWERS
        lines.append(_row([told.title, *(_answer(told, question).told for question in QUESTIONS)]))
    return "".join(lines)


def _section(name: str) -> str:
    told = PLATFORMS[name].ANSWERS
    lines = [f"\n## {told.title}: `{name}`\n\n{told.set_up}\n\n"]
    for question, words in QUESTIONS.items():
        answer = _answer(told, question)
        lines.append(f"- **{words}**: {answer.told}. {answer.why}\n")
    lines.append(f"\nShapes: <{told.source}>\n")
    return "".join(lines)


def _answer(told: Answers, question: str) -> Answer:
    answer: Answer = getattr(told, question)
    return answer


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
