"""A camera that speaks RTSP (RFC 2326), as far as a player needs: one stream of a film, within its connection."""

from __future__ import annotations

import socketserver
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import ClassVar

import cv2
import numpy as np
from unison_station.cameras.code import Grey

CHUNK = 7 * 188
"""Of MPEG-TS in a packet (RFC 2250)."""

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:one\r\n"


class _Player(socketserver.StreamRequestHandler):
    film: ClassVar[bytes] = b""
    asked: ClassVar[list[str]] = []

    def handle(self) -> None:
        while request := self.rfile.readline().decode():
            method = request.split()[0]
            heads = dict(line.split(": ", 1) for line in iter(lambda: self.rfile.readline().decode().strip(), ""))
            self.asked.append(f"{method} {heads.get('Transport', '')}".strip())
            more = {
                "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n",
                "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n",
            }.get(method, "Public: DESCRIBE, SETUP, PLAY\r\n")
            body = SDP if method == "DESCRIBE" else ""
            self.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {heads['CSeq']}\r\nSession: 1\r\n{more}\r\n{body}".encode())
            if method == "PLAY":
                self._play()
                return

    def _play(self) -> None:
        for number, first in enumerate(range(0, len(self.film), CHUNK)):
            packet = struct.pack(">BBHII", 0x80, 33, number, number * 600, 7) + self.film[first : first + CHUNK]
            self.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)


@contextmanager
def rtsp_camera(folder: Path, picture: Grey, pictures: int) -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it was asked; it shows so many pictures and hangs up."""
    height, width = picture.shape
    path = folder / "film.ts"
    film = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), 15, (width, height))
    for _ in range(pictures):
        film.write(np.repeat(picture[:, :, None], 3, axis=2))
    film.release()
    _Player.film, _Player.asked = path.read_bytes(), []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Player) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"rtsp://user:secret@127.0.0.1:{server.server_address[1]}/one", _Player.asked
        server.shutdown()
