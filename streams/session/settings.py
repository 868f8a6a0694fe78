"""The session monitor's settings; `sessionwatch/settings.py` reads them."""

from streams.engine.settings import EngineSettings


class SessionSettings(EngineSettings, frozen=True, forbid_unknown_fields=True):
    """As the engine's."""
