"""A code that could not be read this time is held while its place looks the same."""

from pathlib import Path

import cv2
import numpy as np
from unison_domain.stations.camera_settings import CodeFormat
from unison_station.cameras.code import Code, Grey
from unison_station.cameras.decoder import Decoder
from unison_station.cameras.held import Held

from tests.station_agent.cameras.printing import on_table, printed

EMPTY = on_table(size=(480, 640))
DECODER = Decoder([CodeFormat.QR])


def shown(folder: Path, text: str) -> tuple[Grey, list[Code]]:
    picture = on_table((printed(folder, text, "-b", "QRCODE"), 200, 150), size=(480, 640))
    return picture, DECODER.read(picture, 0.0)


def noisy(picture: Grey, sigma: float) -> Grey:
    noise = np.random.default_rng(3).normal(0, sigma, picture.shape)
    return np.asarray(np.clip(cv2.GaussianBlur(picture, (0, 0), 2.0) * 0.6 + 30 + noise, 0, 255), dtype=np.uint8)


def test_what_lies_there_is_held_through_noise_and_shade_until_it_is_taken_away(tmp_path: Path) -> None:
    held, (picture, codes) = Held(), shown(tmp_path, "PART-1")
    assert held.take(picture, codes) == []
    assert held.take(noisy(picture, 30), []) == codes
    assert held.take(EMPTY, []) == []
    assert held.take(picture, []) == []


def test_what_was_put_in_its_place_is_something_else(tmp_path: Path) -> None:
    held, (picture, codes) = Held(), shown(tmp_path, "PART-1")
    other, others = shown(tmp_path, "PART-2")
    held.take(picture, codes)
    assert held.take(other, others) == []
    held.take(picture, codes)
    hand = picture.copy()
    hand[150:300, 200:280] = 90
    assert held.take(hand, []) == []
