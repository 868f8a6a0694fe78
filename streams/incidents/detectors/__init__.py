"""The rules about all rooms together, listed by hand."""

from typing import Any

from streams.incidents.detectors import platform_incident

DETECTORS: tuple[Any, ...] = (platform_incident,)
