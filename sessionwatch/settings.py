"""Settings: one TOML file, and `SESSIONWATCH_*` variables over it; checked whole at start.

Only this module reads the environment. `SESSIONWATCH_SETTINGS` names the file,
`SESSIONWATCH_<TABLE>_<KEY>` sets one key (lists and tables as JSON), `SESSIONWATCH_KAFKA` is
short for `SESSIONWATCH_KAFKA_BOOTSTRAP`, `SESSIONWATCH_<KEY>` sets a key outside the tables.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Struct

from alerts.settings import AlertsSettings
from consumers.archive.settings import ArchiveSettings
from consumers.console.settings import ConsoleSettings
from consumers.exporter import ExporterSettings
from privacy.database import check_url
from producers.clock import ClockSettings
from producers.directory.settings import ScheduleSettings
from producers.gateway.settings import GatewaySettings
from streams.incidents.worker import IncidentsSettings
from streams.kafka import KafkaSettings
from streams.now import Clock
from streams.participant.settings import ParticipantSettings
from streams.quality.worker import QualitySettings
from streams.session.settings import SessionSettings

PREFIX = "SESSIONWATCH_"
FILE = PREFIX + "SETTINGS"
SHORT = {"KAFKA": "KAFKA_BOOTSTRAP", "ENV": "ENVIRONMENT"}
UNKNOWN = "unknown field"
STEP = re.compile(r"\.(\w+)(\[)?")
HIGHEST_PORT = 65_535
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class BadSettings(ValueError):
    """What is wrong, where, and what to do; never a value, since a value may be a secret."""


class Databases(Struct, frozen=True, forbid_unknown_fields=True):
    """URLs as SQLAlchemy has them; empty: an SQLite file in the data folder."""

    directory: str = ""
    alerts: str = ""
    accounts: str = ""


class Ports(Struct, frozen=True, forbid_unknown_fields=True):
    """`alerts` and `directory` serve their API on a port of their own only where they run in
    another process than the console; `metrics` 0 gives each process its part's own port."""

    alerts: int = 8003
    directory: int = 8004
    metrics: int = 0


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`data` is the folder of the databases and of the master key, where no other is named.

    Each table is a part's own settings, except `time`, the clock that all parts share.
    """

    environment: Literal["development", "production"] = "development"
    data: str = "var"
    key_file: str = ""
    rules_file: str = ""
    shadow: bool = False
    databases: Databases = Databases()
    ports: Ports = Ports()
    time: Clock = Clock()
    kafka: KafkaSettings = KafkaSettings()
    gateway: GatewaySettings = GatewaySettings()
    schedule: ScheduleSettings = ScheduleSettings()
    clock: ClockSettings = ClockSettings()
    quality: QualitySettings = QualitySettings()
    session: SessionSettings = SessionSettings()
    participant: ParticipantSettings = ParticipantSettings()
    incidents: IncidentsSettings = IncidentsSettings()
    alerts: AlertsSettings = AlertsSettings()
    console: ConsoleSettings = ConsoleSettings()
    exporter: ExporterSettings = ExporterSettings()
    archive: ArchiveSettings = ArchiveSettings()

    @property
    def key_path(self) -> Path:
        return Path(self.key_file or Path(self.data) / "master.key")

    @property
    def archive_folder(self) -> Path:
        return Path(self.archive.folder or Path(self.data) / "archive")

    @property
    def rules_path(self) -> Path | None:
        return Path(self.rules_file) if self.rules_file else None

    def database(self, name: Literal["directory", "alerts", "accounts"]) -> str:
        """Its URL."""
        url: str = getattr(self.databases, name)
        return url or f"sqlite+aiosqlite:///{(Path(self.data) / name).resolve()}.db"


def load(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Raises `BadSettings` for a file or a variable that cannot be meant."""
    path = file or (Path(environ[FILE]) if environ.get(FILE) else None)
    merged = _read(path) if path else {}
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX) and name != FILE:
            _put(merged, name, value)
    try:
        settings = msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(f"settings: {_where(str(error))}") from None
    _check(settings)
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"settings: cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"settings: {path} is not TOML: {error}") from None


def _put(merged: dict[str, Any], name: str, value: str) -> None:
    word = name.removeprefix(PREFIX)
    word = SHORT.get(word, word).lower()
    hints = get_type_hints(Settings)
    table, _, key = word.partition("_")
    if word in hints and not issubclass_struct(hints[word]):
        merged[word] = value
    elif table in hints and issubclass_struct(hints[table]) and key in get_type_hints(hints[table]):
        merged.setdefault(table, {})[key] = _value(name, value)
    else:
        raise BadSettings(f"settings: no setting is called {name}; {_names(table, hints)}")


def _names(table: str, hints: Mapping[str, Any]) -> str:
    """What variables there are, of this table or in all."""
    if issubclass_struct(hints.get(table)):
        return f"known of [{table}]: {', '.join(get_type_hints(hints[table]))}"
    return f"known: {', '.join(hints)}"


def issubclass_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _value(name: str, value: str) -> Any:
    if value[:1] not in "[{" or not value:
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise BadSettings(f"settings: {name} is not valid JSON") from None


def _where(error: str) -> str:
    """`Expected int, got str - at $.kafka.partitions` -> `[kafka] partitions: expected ...`."""
    said, _, at = error.partition(" - at ")
    words = at.strip("`").removeprefix("$").strip(".").split(".")
    place = f"[{words[0]}] {'.'.join(words[1:])}".strip() if words != [""] else "top level"
    known = f"; known: {', '.join(_fields(at))}" if UNKNOWN in said else ""
    return f"{place}: {said[:1].lower()}{said[1:]}{known}"


def _fields(at: str) -> tuple[str, ...]:
    """The keys of the table at `$.kafka`, at `$.schedule.feeds[0]` or at `$.gateway.apis[...]`."""
    kind: Any = Settings
    for name, of_many in STEP.findall(at):
        kind = get_type_hints(kind)[name]
        kind = get_args(kind)[-1] if of_many else kind
    fields: tuple[str, ...] = kind.__struct_encode_fields__
    return fields


def _check(settings: Settings) -> None:
    for place, url in (
        ("[databases] directory", settings.databases.directory),
        ("[databases] alerts", settings.databases.alerts),
        ("[databases] accounts", settings.databases.accounts),
        ("[gateway] directory", settings.gateway.directory),
    ):
        if url and (wrong := check_url(url)):
            raise BadSettings(f"settings: {place}: {wrong}")
    for place, port in (
        ("[gateway] port", settings.gateway.port),
        ("[console] port", settings.console.port),
        ("[console] hub_port", settings.console.hub_port),
        ("[ports] alerts", settings.ports.alerts),
        ("[ports] directory", settings.ports.directory),
        ("[ports] metrics", settings.ports.metrics),
    ):
        if port > HIGHEST_PORT:
            raise BadSettings(f"settings: {place}: must be at most {HIGHEST_PORT}")
    for table in settings.__struct_fields__:
        _check_figures(f"[{table}]", getattr(settings, table))
    brokers = settings.kafka.bootstrap.split(",")
    ends = [broker.rpartition(":")[2] for broker in brokers]
    if not all(end.isdecimal() and 0 < int(end) <= HIGHEST_PORT for end in ends):
        raise BadSettings("settings: [kafka] bootstrap: must be host:port, several with commas")
    if settings.environment != "production":
        return
    if settings.time.simulated:
        raise BadSettings("settings: [time] a simulated clock is refused in production")
    plain = not settings.kafka.security.endswith("SSL")
    if plain and not all(broker.rpartition(":")[0] in LOOPBACK for broker in brokers):
        raise BadSettings(
            "settings: [kafka] security: an unencrypted broker on another machine is refused "
            "in production; set security to SASL_SSL"
        )


def _check_figures(place: str, held: object) -> None:
    """Times, sizes and numbers of whatever a table holds."""
    for key in getattr(held, "__struct_fields__", ()):
        value = getattr(held, key)
        if isinstance(value, int | float) and value < 0:
            raise BadSettings(f"settings: {place} {key}: must not be negative")
        _check_figures(f"{place} {key}", value)
