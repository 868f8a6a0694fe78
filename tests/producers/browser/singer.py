"""Somebody in a LiveKit room who is seen and heard, and can be muted.

`python -m tests.producers.browser.singer URL TOKEN`: joins, sends a tone and a moving picture, says
`in`; on a line `mute` or `unmute` does so; leaves when its standard input ends.
"""

import asyncio
import sys

import numpy as np
from livekit import rtc

RATE, WIDTH, HEIGHT = 48_000, 320, 240


async def sing(source: rtc.AudioSource) -> None:
    samples = np.arange(RATE // 100)
    tone = (8_000 * np.sin(2 * np.pi * 440 * samples / RATE)).astype(np.int16).tobytes()
    while True:
        await source.capture_frame(rtc.AudioFrame(tone, RATE, 1, RATE // 100))


async def dance(source: rtc.VideoSource) -> None:
    generator = np.random.default_rng(1)
    while True:
        picture = generator.integers(0, 255, (HEIGHT, WIDTH, 4), dtype=np.uint8).tobytes()
        frame = rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.RGBA, picture)
        source.capture_frame(frame)
        await asyncio.sleep(0.1)


async def stay(url: str, token: str) -> None:
    room = rtc.Room()
    await room.connect(url, token)
    sound, picture = rtc.AudioSource(RATE, 1), rtc.VideoSource(WIDTH, HEIGHT)
    tracks = [
        rtc.LocalAudioTrack.create_audio_track("microphone", sound),
        rtc.LocalVideoTrack.create_video_track("camera", picture),
    ]
    for track in tracks:
        await room.local_participant.publish_track(track)
    going = [asyncio.create_task(sing(sound)), asyncio.create_task(dance(picture))]
    print("in", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        for track in tracks:
            track.mute() if line.strip() == "mute" else track.unmute()
        print(line.strip(), flush=True)
    for task in going:
        task.cancel()
    await room.disconnect()


if __name__ == "__main__":
    asyncio.run(stay(sys.argv[1], sys.argv[2]))
