"""Cameras that speak RTSP (RFC 2326), as far as a player needs: one stream, within its connection."""

from __future__ import annotations

import socket
import socketserver
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import cv2
import numpy as np
from unison_station.cameras.code import Grey

from tests.station_agent.cameras import rtp_h264, rtp_jpeg

CHUNK = 7 * 188
"""Of MPEG-TS in a packet (RFC 2250)."""

_TS = 33
_CLOCK = 90_000


class _Packet(NamedTuple):
    """What goes out, whether it ends a picture, and its time in ticks of the stream's clock."""

    content: bytes
    is_marked: bool
    time: int


class _Camera(socketserver.ThreadingTCPServer):
    """Attributes:
    asked: what players asked. cut: set, it hangs up.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self, port: int, payload_type: int, packets: Callable[[Event], Iterator[_Packet]], attributes: str = ""
    ) -> None:
        self.asked: list[str] = []
        self.cut = Event()
        self.payload_type, self.packets, self.attributes = payload_type, packets, attributes
        super().__init__(("127.0.0.1", port), _Player)


class _Player(socketserver.StreamRequestHandler):
    server: _Camera

    def handle(self) -> None:
        sdp = (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"
            f"m=video 0 RTP/AVP {self.server.payload_type}\r\n{self.server.attributes}a=control:one\r\n"
        )
        while request := self.rfile.readline().decode():
            method = request.split()[0]
            heads = dict(line.split(": ", 1) for line in iter(lambda: self.rfile.readline().decode().strip(), ""))
            self.server.asked.append(f"{method} {heads.get('Transport', '')}".strip())
            more = {
                "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n",
                "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n",
            }.get(method, "Public: DESCRIBE, SETUP, PLAY\r\n")
            body = sdp if method == "DESCRIBE" else ""
            self.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {heads['CSeq']}\r\nSession: 1\r\n{more}\r\n{body}".encode())
            if method == "PLAY":
                with suppress(OSError):
                    self._play()
                return

    def _play(self) -> None:
        kind = self.server.payload_type
        for number, packet in enumerate(self.server.packets(self.server.cut)):
            marked = kind | (0x80 if packet.is_marked else 0)
            head = struct.pack(">BBHII", 0x80, marked, number & 0xFFFF, packet.time & 0xFFFFFFFF, 7)
            content = head + packet.content
            self.wfile.write(struct.pack(">cBH", b"$", 0, len(content)) + content)
        self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def _serving(camera: _Camera) -> Iterator[tuple[str, _Camera]]:
    with camera:
        Thread(target=camera.serve_forever, args=(0.05,), daemon=True).start()
        yield f"rtsp://user:secret@127.0.0.1:{camera.server_address[1]}/one", camera
        camera.cut.set()
        camera.shutdown()


@contextmanager
def rtsp_camera(folder: Path, picture: Grey, pictures: int) -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it was asked; it shows so many pictures of a film and hangs up."""
    height, width = picture.shape
    path = folder / "film.ts"
    film = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), 15, (width, height))
    for _ in range(pictures):
        film.write(np.repeat(picture[:, :, None], 3, axis=2))
    film.release()
    content = path.read_bytes()

    def packets(_cut: Event) -> Iterator[_Packet]:
        for number, first in enumerate(range(0, len(content), CHUNK)):
            yield _Packet(content[first : first + CHUNK], False, number * 600)

    with _serving(_Camera(0, _TS, packets)) as (address, camera):
        yield address, camera.asked


@contextmanager
def rtsp_jpeg_camera(picture: Grey, port: int = 0) -> Iterator[tuple[str, int]]:
    """Its address and port; it shows the picture again and again, as JPEG in RTP, until the end of the block."""
    packets = _again_and_again([*rtp_jpeg.fragments(picture)], rate=15.0)
    with _serving(_Camera(port, rtp_jpeg.PAYLOAD_TYPE, packets)) as (address, camera):
        yield address, int(camera.server_address[1])


@contextmanager
def rtsp_h264_camera(picture: Grey, port: int = 0) -> Iterator[tuple[str, int]]:
    """The same as H.264."""
    packets = _again_and_again([*rtp_h264.fragments(picture)], rate=8.0)
    with _serving(_Camera(port, rtp_h264.PAYLOAD_TYPE, packets, rtp_h264.ATTRIBUTES)) as (address, camera):
        yield address, int(camera.server_address[1])


def _again_and_again(fragments: list[tuple[bytes, bool]], rate: float) -> Callable[[Event], Iterator[_Packet]]:
    def packets(cut: Event) -> Iterator[_Packet]:
        time = 0
        while not cut.wait(1 / rate):
            time += round(_CLOCK / rate)
            yield from (_Packet(content, is_last, time) for content, is_last in fragments)

    return packets
