"""Events in words that can be checked by eye: pseudonyms as what they stand for."""

from collections.abc import Sequence
from datetime import UTC, datetime

from privacy.pseudonyms import Pseudonyms
from producers.gateway.names import Bots, DirectoryNames
from producers.gateway.occupancy import Occupancy
from producers.gateway.settings import BOT_NAMES
from streams.events import Sample
from tests.producers.gateway.clinic import Clinic

FIELDS = ("participant_id", "role", "connection_id", "reason", "stage", "detail", "state")
FIGURES = ("rtt_ms", "jitter_ms", "loss", "up_kbps", "down_kbps", "fps")


class Words(DirectoryNames):
    """One platform's names, which remember what they made pseudonyms of."""

    def __init__(
        self, clinic: Clinic, platform: str, occupancy: Occupancy, host: str, people: Sequence[str]
    ) -> None:
        made = Pseudonyms(clinic.key)
        super().__init__(platform, clinic.lookup, made, occupancy, Bots(BOT_NAMES))
        self._words = {made.participant(who): who for who in people} | {made.staff(host): host}
        self._told: set[str] = set()

    def participant(self, *identities: str | None) -> str:
        found = super().participant(*identities)
        if found.startswith("unmapped:"):
            self._words[found] = f"unmapped {next(filter(None, identities))}"
        return found

    def connection(self, *words: str) -> str:
        found = super().connection(*words)
        self._words[found] = "/".join(words)
        return found

    def _word(self, value: str) -> str:
        known, mark, kind = value.partition("~")
        return self._words.get(known, known) + mark + kind

    def line(self, event) -> str:
        when = datetime.fromtimestamp(event.ts / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
        values = [getattr(event, field, None) for field in FIELDS]
        words = [self._word(value) for value in values if value is not None]
        if isinstance(event, Sample):
            figures = [f"{figure}={getattr(event, figure)}" for figure in FIGURES]
            return " ".join([when, "sample", *words, *figures])
        device = getattr(event, "device", None)
        words += [device.kind] if device else []
        words += ["exclusive"] if getattr(event, "exclusive", False) else []
        words += ["(again)"] if event.id in self._told else []
        self._told.add(event.id)
        return " ".join([when, event.__struct_config__.tag, *words])
