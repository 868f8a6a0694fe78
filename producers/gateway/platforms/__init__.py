"""The platforms whose webhooks are understood; a new one is a file here and a line below."""

from producers.gateway.adapter import Platform
from producers.gateway.platforms import livekit, zoom

PLATFORMS: dict[str, Platform] = {"livekit": livekit, "zoom": zoom}
