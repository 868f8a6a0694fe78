"""One person in a LiveKit room, in a process of their own (so that it can be killed).

`python -m tests.livekit_client URL TOKEN`: joins, says `in`, publishes silence, and leaves when
its standard input ends.
"""

import asyncio
import sys

from livekit import rtc


async def stay(url: str, token: str) -> None:
    room = rtc.Room()
    await room.connect(url, token)
    source = rtc.AudioSource(48_000, 1)
    track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
    await room.local_participant.publish_track(track)
    print("in", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await room.disconnect()


if __name__ == "__main__":
    asyncio.run(stay(sys.argv[1], sys.argv[2]))
