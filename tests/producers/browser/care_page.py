"""A clinic's own page with the agent beside its video SDK, as a browser under test opens it."""

from playwright.async_api import BrowserContext, Page, Route

from producers.gateway.beacon import Tokens
from streams.now import WALL
from tests.producers.gateway.conftest import Running

ORIGIN = "http://localhost:9999"
"""Answered by the test; secure enough for a camera."""
PAGE = """<!doctype html><title>care</title>
<script type="module">
  import {{ watch }} from "{gateway}/agent/agent.js";
  window.Native = RTCPeerConnection;
  window.beacon = "{gateway}/beacon";
  window.agent = watch();
  window.patched = RTCPeerConnection !== Native;
  window.ready = true;
</script>
"""
LOOP = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  window.stream = stream;
  const [here, there] = [new RTCPeerConnection(), new Native()];
  here.onicecandidate = ({ candidate }) => there.addIceCandidate(candidate);
  there.onicecandidate = ({ candidate }) => here.addIceCandidate(candidate);
  for (const track of stream.getTracks()) {
    here.addTrack(track, stream);
    there.addTrack(track.clone(), stream);
  }
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
  window.call = here;
}"""
"""A call between two real peer connections of one page, of which the agent measures one."""


async def open_page(context: BrowserContext, gateway: Running, who: str, consent: str) -> Page:
    """As the join link sends a person to it. Returns once the agent is there."""
    now = WALL.now()
    token = Tokens(gateway.key).issue(gateway.session(0), gateway.person(who), ORIGIN, now)
    html = PAGE.format(gateway=gateway.url)

    async def answer(route: Route) -> None:
        await route.fulfill(body=html, content_type="text/html")

    await context.route(f"{ORIGIN}/**", answer)
    page = await context.new_page()
    await page.goto(f"{ORIGIN}/room#sw={token}.{consent}")
    await page.wait_for_function("window.ready")
    return page
