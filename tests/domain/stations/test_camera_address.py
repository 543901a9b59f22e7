"""What people see of an address, and what becomes of it when it comes back."""

from __future__ import annotations

import pytest
from unison_domain.stations.camera_address import is_same_camera, with_password_of, without_password

SHOWN = {
    "rtsp://me:secret@10.0.0.5:554/live": "rtsp://me:***@10.0.0.5:554/live",
    "http://me:s@cret@10.0.0.5": "http://me:***@10.0.0.5",
    "http://me@10.0.0.5/a": "http://me@10.0.0.5/a",
    "http://10.0.0.5/video?user=me&pwd=secret&w=640": "http://10.0.0.5/video?user=me&pwd=***&w=640",
    "http://10.0.0.5?Password=secret": "http://10.0.0.5?Password=***",
    "usb-046d_C920-video-index0": "usb-046d_C920-video-index0",
    "/srv/pictures/a:b@c": "/srv/pictures/a:b@c",
}


@pytest.mark.parametrize(("address", "shown"), SHOWN.items())
def test_a_password_is_not_shown_and_comes_back(address: str, shown: str) -> None:
    assert without_password(address) == shown
    assert without_password(shown) == shown
    assert with_password_of(shown, address) == address


def test_another_path_at_the_same_camera_keeps_the_password() -> None:
    known = "rtsp://me:secret@cam/live"
    assert with_password_of("rtsp://me:***@cam/still", known) == "rtsp://me:secret@cam/still"
    assert with_password_of("rtsp://me:new@cam/live", known) == "rtsp://me:new@cam/live"
    assert with_password_of("rtsp://cam/live", known) == "rtsp://cam/live"


@pytest.mark.parametrize("address", ["rtsp://me:***@elsewhere/live", "rtsp://you:***@cam/live", "http://me:***@cam/"])
@pytest.mark.parametrize("known", ["rtsp://me:secret@cam/live", None, "cam0"])
def test_a_password_goes_to_nobody_else(address: str, known: str | None) -> None:
    with pytest.raises(ValueError, match=r"is another address than before: write its password instead of \*\*\*"):
        with_password_of(address, known)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ("http://me:new@host/video?cam=1&token=a", True),
        ("http://me:secret@host/video?cam=1&token=b", False),
        ("http://me:secret@host/video?cam=2&token=a", False),
        ("http://you:secret@host/video?cam=1&token=a", False),
    ],
)
def test_another_password_is_the_same_camera_and_another_token_may_be_another(other: str, is_same: bool) -> None:
    assert is_same_camera("http://me:secret@host/video?cam=1&token=a", other) is is_same
    assert is_same_camera("http://host/video?pwd=a", "http://host/video?pwd=b")
    assert not is_same_camera("cam0", "cam1")
