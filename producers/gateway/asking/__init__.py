"""The platforms' APIs that are asked who is in; a new one is a file here and a line below."""

from collections.abc import Callable

from producers.gateway.asking.bigbluebutton import BigBlueButton
from producers.gateway.asking.daily import Daily
from producers.gateway.asking.listing import Asker
from producers.gateway.asking.livekit import LiveKit
from producers.gateway.asking.zoom import Zoom
from producers.gateway.settings import GatewaySettings

ASKERS: dict[str, Callable[[str, str, str], Asker]] = {
    "zoom": Zoom,
    "livekit": lambda url, key, _: LiveKit(url, key),
    "daily": lambda url, key, _: Daily(url, key),
    "bigbluebutton": lambda url, key, _: BigBlueButton(url, key),
}
"""From address, key and (Zoom's) address of tokens."""


def askers(settings: GatewaySettings) -> dict[str, Asker]:
    """Of the platforms whose API is set up. Raises `OSError` for a file that cannot be read."""
    return {
        platform: ASKERS[platform](api.url, settings.api_key(platform), api.token_url)
        for platform, api in settings.apis.items()
        if platform in ASKERS
    }
