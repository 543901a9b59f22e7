"""Parts of a stream come out whole however the bytes are cut; and what a camera over HTTP may do to us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Flag
from threading import Thread
from typing import ClassVar

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.camera_settings import CameraSettings
from unison_station.cameras.mjpeg import Mjpeg, open_mjpeg
from unison_station.cameras.multipart import MOST_BYTES, NotMultipart, Parts, boundary_of
from unison_station.cameras.patience import Patience
from unison_station.cameras.source import NoPictures

BODIES = st.lists(st.binary(min_size=1, max_size=60).filter(lambda body: b"--cut" not in body), max_size=6)
CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=10)


def cut(content: bytes, lengths: list[int]) -> Iterator[bytes]:
    at, number = 0, 0
    while at < len(content):
        length = lengths[number % len(lengths)]
        yield content[at : at + length]
        at, number = at + length, number + 1


def fed(content: bytes, lengths: list[int]) -> list[bytes]:
    parts = Parts(b"cut")
    return [body for piece in cut(content, lengths) for body in parts.feed(piece)]


@given(bodies=BODIES, lengths=CUTS, dashes=st.sampled_from([b"--", b"----"]), line=st.sampled_from([b"\r\n", b"\n"]))
def test_parts_with_a_length_come_out_as_they_went_in(
    bodies: list[bytes], lengths: list[int], dashes: bytes, line: bytes
) -> None:
    stream = b"".join(
        dashes + b"cut" + line + b"content-LENGTH: %d" % len(body) + line + b"X: 1" + line * 2 + body + line
        for body in bodies
    )
    assert fed(stream, lengths) == bodies


@given(bodies=BODIES, lengths=CUTS)
def test_parts_without_a_length_end_where_the_next_begins(bodies: list[bytes], lengths: list[int]) -> None:
    bodies = [b"\x01" + body.replace(b"\xff\xd9", b"") + b"\x01" for body in bodies]
    stream = b"".join(b"--cut\r\nContent-Type: image/jpeg\r\n\r\n" + body + b"\r\n" for body in bodies)
    assert fed(stream + b"--cut--\r\n", lengths) == bodies


def test_a_picture_is_there_when_its_last_byte_is() -> None:
    body = b"\xff\xd8 picture \xff\xd9"
    assert Parts(b"cut").feed(b"--cut\r\nContent-Length: %d\r\n\r\n" % len(body) + body) == [body]
    assert Parts(b"cut").feed(b"--cut\r\nContent-Type: image/jpeg\r\n\r\n" + body) == [body]


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('Multipart/X-Mixed-Replace;boundary="--a b"; charset=x', b"a b"),
        ("multipart/x-mixed-replace", None),
        ("video/mp4; boundary=frame", None),
    ],
)
def test_a_boundary_is_what_the_camera_names(kind: str, boundary: bytes | None) -> None:
    assert boundary_of(kind) == boundary


def test_what_grows_without_end_is_no_stream() -> None:
    with pytest.raises(NotMultipart, match="head"):
        Parts(b"cut").feed(b"--cut\r\n" + b"x" * 20_000)
    with pytest.raises(NotMultipart, match=str(MOST_BYTES + 1)):
        Parts(b"cut").feed(b"--cut\r\nContent-Length: %d\r\n\r\n" % (MOST_BYTES + 1))


class Answers(BaseHTTPRequestHandler):
    """A camera that sends one picture and waits, after whatever the test wants before it."""

    status: ClassVar[int] = 200
    kind: ClassVar[str] = "multipart/x-mixed-replace; boundary=--cut"
    content: ClassVar[bytes] = b""
    wanted: ClassVar[str] = ""
    ending: ClassVar[Flag] = Flag()

    def do_GET(self) -> None:
        if self.wanted and not self.headers.get("Authorization", "").startswith(self.wanted):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Digest realm="camera", nonce="1", qop="auth"')
            self.end_headers()
            return
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.end_headers()
        self.wfile.write(self.content)
        self.ending.wait(60)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def part(body: bytes) -> bytes:
    return b"--cut\r\nContent-Length: %d\r\n\r\n" % len(body) + body


PICTURE = np.full((48, 64, 3), 200, dtype=np.uint8)
JPEG = cv2.imencode(".jpg", PICTURE)[1].tobytes()


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, **how: object) -> Iterator[str]:
    for name, value in {"ending": Flag(), "content": part(JPEG), **how}.items():
        monkeypatch.setattr(Answers, name, value)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}/video"
    finally:
        Answers.ending.set()
        server.shutdown()
        server.server_close()


def tried(address: str) -> Mjpeg | None:
    return open_mjpeg(address, Patience(CameraSettings(name="camera", source=address)))


def opened(address: str) -> Mjpeg:
    mjpeg = tried(address)
    assert mjpeg is not None
    return mjpeg


def test_the_only_picture_is_given_though_no_other_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch) as place:
        mjpeg = opened(f"http://{place}")
        assert np.array_equal(mjpeg.newest().picture, PICTURE)
        Answers.ending.set()
        with pytest.raises(NoPictures, match="gives no pictures any more: it ended"):
            mjpeg.newest()
        mjpeg.close()


def test_the_newest_is_given_and_a_damaged_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    other = np.zeros((48, 64, 3), dtype=np.uint8)
    content = part(JPEG) + part(cv2.imencode(".jpg", other)[1].tobytes())
    with answering(monkeypatch, content=content) as place:
        mjpeg = opened(f"http://{place}")
        assert np.array_equal(mjpeg.newest().picture, other)
        Answers.ending.set()
        mjpeg.close()
    with answering(monkeypatch, content=part(b"\xff\xd8 none")) as place:
        mjpeg = opened(f"http://{place}")
        Answers.ending.set()
        with pytest.raises(NoPictures):
            mjpeg.newest()
        mjpeg.close()


def test_a_password_is_sent_as_the_camera_wants_it_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, wanted="Digest ") as place:
        mjpeg = opened(f"http://me:secret@{place}")
        assert np.array_equal(mjpeg.newest().picture, PICTURE)
        Answers.ending.set()
        mjpeg.close()
    with (
        answering(monkeypatch, wanted="never ") as place,
        pytest.raises(NoPictures, match="refuses name and password") as caught,
    ):
        tried(f"http://me:secret@{place}")
    assert "secret" not in str(caught.value)


def test_what_is_no_stream_of_pictures_is_left_to_others_and_what_fails_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering(monkeypatch, kind="video/mp4") as place:
        assert tried(f"http://{place}") is None
    with answering(monkeypatch, status=404) as place, pytest.raises(NoPictures, match="answers 404"):
        tried(f"http://{place}")
    with pytest.raises(NoPictures, match="does not answer: nothing listens at that port"):
        tried(f"http://{place}")
    with pytest.raises(NoPictures, match="does not answer: nobody knows that name"):
        tried("http://no-such-camera.invalid/video")
    with pytest.raises(NoPictures, match="does not answer"):
        tried("http://127.0.0.1:none/video")
