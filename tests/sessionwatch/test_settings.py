"""Settings are checked whole at start, with errors that say where and what to do."""

from pathlib import Path

import pytest

from sessionwatch.settings import BadSettings, load


def test_a_variable_wins_over_the_file(tmp_path: Path):
    file = tmp_path / "sessionwatch.toml"
    file.write_text('data = "a"\n[kafka]\npartitions = 3\nprefix = "clinic."\n')
    settings = load({"SESSIONWATCH_SETTINGS": str(file), "SESSIONWATCH_KAFKA_PARTITIONS": "7"})
    assert (settings.kafka.partitions, settings.kafka.prefix, settings.data) == (7, "clinic.", "a")


@pytest.mark.parametrize(("word", "on"), [("true", True), ("1", True), ("false", False)])
def test_shadow_mode_is_one_word(word, on):
    assert load({"SESSIONWATCH_SHADOW": word}).shadow is on
    with pytest.raises(BadSettings, match=r"\[shadow\]: expected `bool`"):
        load({"SESSIONWATCH_SHADOW": "perhaps"})


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
            {"SESSIONWATCH_DATABASES_ALERTS": "sqlite:///secret.db"},
            r"\[databases\] alerts: must be sqlite\+aiosqlite:.* or postgresql\+asyncpg:",
        ),
        ({"SESSIONWATCH_GATEWAY_DIRECTORY": "secret"}, r"\[gateway\] directory: must be sqlite"),
        ({"SESSIONWATCH_KAFKA": "kafka.example"}, r"\[kafka\] bootstrap: must be host:port"),
        ({"SESSIONWATCH_KAFKA": "kafka.example:90920"}, r"\[kafka\] bootstrap: must be host:port"),
        ({"SESSIONWATCH_KAFKA_PARTITIONS": "0"}, r"\[kafka\] partitions: expected `int` >= 1"),
        (
            {"SESSIONWATCH_KAFKA_PREFIX": "our clinic/"},
            r"\[kafka\] prefix: expected `str` matching",
        ),
        ({"SESSIONWATCH_KAFKA_SECURITY": "TLS"}, r"\[kafka\] security: invalid enum value"),
        ({"SESSIONWATCH_TIME_SPEED": "0"}, r"\[time\] speed: expected `float` > 0"),
        ({"SESSIONWATCH_CLOCK_TICK_SECONDS": "0"}, r"\[clock\] tick_seconds: expected `int` >= 1"),
        ({"SESSIONWATCH_GATEWAY_FEED_SECONDS": "-5"}, r"\[gateway\] feed_seconds: must not be neg"),
        ({"SESSIONWATCH_CONSOLE_PORT": "70000"}, r"\[console\] port: must be at most 65535"),
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[kafkaa]\npartitions = 3\n", "top level: .*unknown field `kafkaa`; known: .*, kafka, "),
        ("[kafka]\nbroker = 3\n", r"\[kafka\]: .*unknown field `broker`; known: bootstrap, "),
        ("[[schedule.feeds]]\nuri = 3\n", r"feeds\[0\]: .*field `uri`; known: name, url, "),
        ("[gateway.apis.zoom]\nsecret = 3\n", r"\[gateway\] apis.*`secret`; known: url, key, "),
        ("[gateway.join]\nfone = 3\n", r"\[gateway\] join: .*`fone`; known: meeting_urls, "),
    ],
)
def test_what_is_unknown_is_named_with_what_is_known(tmp_path: Path, text: str, said: str):
    file = tmp_path / "sessionwatch.toml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=said):
        load({}, file)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SESSIONWATCH_KAFKA_COLOUR", r"KAFKA_COLOUR; known of \[kafka\]: bootstrap, "),
        ("SESSIONWATCH_KAFFKA_PREFIX", "KAFFKA_PREFIX; known: environment, data, .*kafka, "),
    ],
)
def test_a_variable_that_sets_nothing_is_named_with_those_that_do(name: str, said: str):
    with pytest.raises(BadSettings, match=said):
        load({name: "red"})
