"""The participant monitor's settings; `sessionwatch/settings.py` reads them."""

from streams.engine.settings import EngineSettings


class ParticipantSettings(EngineSettings, frozen=True, forbid_unknown_fields=True):
    """As the engine's."""
