"""Settings are checked whole at start, with errors that say where and what to do."""

from pathlib import Path

import pytest

from sessionwatch.settings import BadSettings, load


def test_a_variable_wins_over_the_file(tmp_path: Path):
    file = tmp_path / "sessionwatch.toml"
    file.write_text('data = "a"\n[kafka]\npartitions = 3\nprefix = "clinic."\n')
    settings = load({"SESSIONWATCH_SETTINGS": str(file), "SESSIONWATCH_KAFKA_PARTITIONS": "7"})
    assert (settings.kafka.partitions, settings.kafka.prefix, settings.data) == (7, "clinic.", "a")


def test_the_short_name_of_the_broker():
    assert (
        load({"SESSIONWATCH_KAFKA": "kafka.example:9092"}).kafka.bootstrap == "kafka.example:9092"
    )


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SESSIONWATCH_KAFKA_PARTITIONS": "many"}, r"\[kafka\] partitions: expected `int`"),
        ({"SESSIONWATCH_KAFKA_COLOUR": "red"}, "no setting is called SESSIONWATCH_KAFKA_COLOUR"),
        ({"SESSIONWATCH_ENVIRONMENT": "prod"}, r"\[environment\]: invalid enum value"),
        ({"SESSIONWATCH_SETTINGS": "/nowhere.toml"}, "cannot read /nowhere.toml"),
        (
            {"SESSIONWATCH_ENV": "production", "SESSIONWATCH_TIME_SPEED": "60"},
            "simulated clock is refused in production",
        ),
        (
            {"SESSIONWATCH_ENV": "production", "SESSIONWATCH_KAFKA": "kafka.example:9092"},
            "unencrypted broker on another machine",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(environ, said):
    with pytest.raises(BadSettings, match=said):
        load(environ)


def test_an_unknown_table_is_named(tmp_path: Path):
    file = tmp_path / "sessionwatch.toml"
    file.write_text("[kafkaa]\npartitions = 3\n")
    with pytest.raises(BadSettings, match="unknown field `kafkaa`"):
        load({}, file)
