"""The platforms whose webhooks are understood; a new one is a file here and a line below."""

from producers.gateway.adapter import Platform
from producers.gateway.platforms import bigbluebutton, daily, jitsi, livekit, twilio, zoom

PLATFORMS: dict[str, Platform] = {
    "zoom": zoom,
    "livekit": livekit,
    "daily": daily,
    "twilio": twilio,
    "jitsi": jitsi,
    "bigbluebutton": bigbluebutton,
}
