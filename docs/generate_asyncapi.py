"""Writes `docs/asyncapi.json`, the event contract for machines: `python -m docs.generate_asyncapi`.

AsyncAPI 3.0 (www.asyncapi.com/docs/reference/specification/v3.0.0), from the structs and topics.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from streams import events, metrics, topics
from streams.kafka import KafkaSettings
from streams.topics import TOPICS, Topic

TARGET: Final = Path(__file__).parent / "asyncapi.json"
DEFAULTS: Final = KafkaSettings()
CARRIES: Final[dict[Topic, tuple[type, ...]]] = {
    topics.CONNECTION_QUALITY: (events.SampleBatch,),
    topics.SESSION_EVENTS: get_args(events.SessionEvent),
    topics.PARTICIPANT_EVENTS: get_args(events.ParticipantEvent),
    topics.SIGNALS: get_args(events.SignalRecord),
    topics.SESSION_BOARD: (events.BoardChanged,),
    topics.ALERT_FEED: get_args(events.FeedRecord),
}
"""The structs of each topic; `dead-letters` carries sealed bytes."""
SEALED: Final = {
    "name": "dead.letter",
    "summary": "A record that could not be read: its bytes, encrypted with the installation's key.",
    "headers": {
        "type": "object",
        "required": ["origin", "reason"],
        "properties": {
            "origin": {
                "type": "string",
                "description": "topic/partition/offset, or gateway/source",
            },
            "reason": {"type": "string", "description": "a reason code"},
        },
    },
    "payload": {"type": "string", "format": "binary"},
    "contentType": "application/octet-stream",
}


def document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    structs = sorted({s for carried in CARRIES.values() for s in carried}, key=lambda s: s.__name__)
    _, schemas = msgspec.json.schema_components(
        structs, schema_hook=_anything, ref_template="#/components/schemas/{name}"
    )
    messages = {struct.__name__: _message(struct, schemas) for struct in structs}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "sessionwatch",
            "version": version("sessionwatch"),
            "description": "What flows between the parts. In words: docs/contract.md.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": DEFAULTS.bootstrap,
                "protocol": "kafka",
                "description": "The installation's brokers (setting kafka.bootstrap).",
            }
        },
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {"messages": messages | {"DeadLetter": SEALED}, "schemas": schemas},
    }


def _anything(kind: type) -> dict[str, Any]:
    if kind is object:
        return {"description": "a figure, a code or a list of codes; keys are each rule's own"}
    raise NotImplementedError


def _message(struct: type, schemas: dict[str, Any]) -> dict[str, Any]:
    name = struct.__name__
    tag = struct.__struct_config__.tag  # type: ignore[attr-defined]  # every struct has it
    made = {"name": tag or "batch", "payload": {"$ref": f"#/components/schemas/{name}"}}
    if "description" in schemas[name]:
        made["summary"] = schemas[name]["description"].split("\n\n")[0].replace("\n", " ")
    return made


def _channel(topic: Topic) -> dict[str, Any]:
    names = [struct.__name__ for struct in CARRIES.get(topic, ())] or ["DeadLetter"]
    retention = {} if topic.retention_ms is None else {"retention.ms": topic.retention_ms}
    return {
        "address": DEFAULTS.topic(topic),
        "description": f"{topic.what}. Key: {topic.key}. The prefix is a setting (kafka.prefix).",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": DEFAULTS.topic(topic),
                "partitions": DEFAULTS.partitions if topic.partitioned else 1,
                "replicas": DEFAULTS.replication,
                "topicConfiguration": {"cleanup.policy": topic.cleanup.split(",")} | retention,
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations() -> dict[str, Any]:
    made = {}
    for action, word, table in (
        ("send", "writes", metrics.WRITES),
        ("receive", "reads", metrics.READS),
    ):
        for part, used in table.items():
            for topic in used:
                made[f"{part}.{word}.{topic.name}"] = {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{topic.name}"},
                    "summary": f"The part {part} {word} {topic.name}.",
                }
    return made


def generated() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
