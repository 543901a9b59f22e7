"""Scanners that type: records of the kernel become the text that was scanned, with its separators, for us alone."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.peripherals import ScannerConfiguration
from unison_station.agent import Agent
from unison_station.peripherals.keyboard_source import KeyboardSource
from unison_station.peripherals.outlet import Outlet
from unison_station.peripherals.scanner import Scanner
from unison_station.peripherals.us_keyboard import Keyboard
from unison_station.peripherals.worker import Worker
from unison_station.platform.input_device import EV_KEY, EV_SYN, RECORD, SYN_DROPPED, InputDevice, KeyEvent

from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.peripherals.station import refusals, scans, station
from tests.station_agent.waiting import until

SHIFT, CTRL, ALT, ALT_GR, ENTER, CAPS, F1 = 42, 29, 56, 100, 28, 58, 59
PLAIN = dict(zip("1234567890-=", range(2, 14), strict=True)) | dict(zip("qwertyuiop[]", range(16, 28), strict=True))
PLAIN |= dict(zip("asdfghjkl;'`", range(30, 42), strict=True)) | dict(zip("\\zxcvbnm,./", range(43, 54), strict=True))
PLAIN |= {" ": 57}
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))
PAD = dict(zip("7894561230", (71, 72, 73, 75, 76, 77, 79, 80, 81, 82), strict=True))
Stroke = tuple[int, int]


def struck(key: int) -> list[Stroke]:
    return [(key, 1), (key, 0)]


def with_held(held: int, key: int) -> list[Stroke]:
    return [(held, 1), *struck(key), (held, 0)]


def alt_code(digits: str) -> list[Stroke]:
    return [(ALT, 1), *(stroke for digit in digits for stroke in struck(PAD[digit])), (ALT, 0)]


def typed(text: str, separator: list[Stroke]) -> list[Stroke]:
    """As a scanner set to the US layout types it."""
    strokes: list[Stroke] = []
    for character in text:
        if character == "\x1d":
            strokes += separator
        elif character in PLAIN:
            strokes += struck(PLAIN[character])
        else:
            strokes += with_held(SHIFT, PLAIN[SHIFTED.get(character, character.lower())])
    return [*strokes, *struck(ENTER)]


def records(strokes: list[Stroke]) -> bytes:
    """With what the kernel sends around each: the scan code before, the report after."""
    return b"".join(
        RECORD.pack(1, 2, 4, 4, key) + RECORD.pack(1, 2, EV_KEY, key, value) + RECORD.pack(1, 2, EV_SYN, 0, 0)
        for key, value in strokes
    )


class Cable:
    """A keyboard as a named pipe; `taken` counts how often it was taken for one program."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "usb-Maker_Scanner-event-kbd"
        self.taken = 0
        self.plug()

    def plug(self) -> None:
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDWR)

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self._end)

    def send(self, content: bytes) -> None:
        os.write(self._end, content)

    def open(self) -> KeyboardSource:
        return KeyboardSource(InputDevice(self.path.name, grab=self._grab, by_id=self.path.parent))

    def _grab(self, file: int) -> None:
        assert file > 2
        self.taken += 1


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    cable = Cable(tmp_path)
    yield cable
    if cable.path.exists():
        cable.unplug()


PRINTABLE = st.text("".join(map(chr, range(32, 127))) + "\x1d", min_size=1, max_size=30)
SEPARATORS = st.sampled_from([with_held(CTRL, PLAIN["]"]), alt_code("029"), alt_code("29")])


def written(strokes: list[Stroke]) -> str:
    keyboard, text = Keyboard(), ""
    for key, value in strokes:
        keyboard, character = keyboard.pressed(key) if value else keyboard.released(key)
        text += character
    assert keyboard == Keyboard()
    return text


@given(PRINTABLE, SEPARATORS)
def test_every_text_comes_out_as_it_was_scanned(text: str, separator: list[Stroke]) -> None:
    assert written(typed(text, separator)) == f"{text}\r"


@given(PRINTABLE, SEPARATORS)
def test_caps_lock_turns_letters_alone(text: str, separator: list[Stroke]) -> None:
    locked = [*struck(CAPS), *typed(text, separator), *struck(CAPS)]
    assert written(locked) == f"{text.swapcase()}\r"


@pytest.mark.parametrize(
    ("strokes", "text"),
    [
        (alt_code("0128"), "€"),
        (alt_code("0252"), "ü"),
        (alt_code("129"), "ü"),
        (alt_code("004"), "\x04"),
        (with_held(CTRL, PLAIN["\\"]), "\x1c"),
        ([(CTRL, 1), *with_held(SHIFT, PLAIN["6"]), (CTRL, 0)], "\x1e"),
        (with_held(CTRL, PLAIN["2"]), "\0"),
        (struck(F1), "\N{REPLACEMENT CHARACTER}"),
        (struck(69), ""),
        (with_held(ALT_GR, PLAIN["9"]) + struck(PLAIN["c"]), "\N{REPLACEMENT CHARACTER}c"),
        (with_held(ALT, PLAIN["a"]), "\N{REPLACEMENT CHARACTER}"),
        ([(CTRL, 1), *with_held(ALT, PLAIN["]"]), (CTRL, 0)], "\N{REPLACEMENT CHARACTER}"),
        (with_held(ALT_GR, 78), "\N{REPLACEMENT CHARACTER}"),
        (with_held(ALT_GR, ENTER), "\N{REPLACEMENT CHARACTER}\r"),
    ],
)
def test_what_scanners_send_beside_plain_keys(strokes: list[Stroke], text: str) -> None:
    assert written(strokes) == text


@given(PRINTABLE, st.lists(st.integers(1, 200), max_size=20))
def test_records_may_come_cut_anywhere(text: str, sizes: list[int]) -> None:
    ours, theirs = os.pipe()
    stream, strokes = records(typed(text, alt_code("029"))), list[Stroke]()
    with closing(InputDevice(f"/dev/fd/{ours}", grab=lambda _: None)) as device:
        for size in [*sizes, len(stream)]:
            os.write(theirs, stream[:size])
            stream = stream[size:]
            while (events := device.read(0.0)) is not None:
                strokes += [(event.key or 0, int(event.is_down)) for event in events]
    os.close(ours)
    os.close(theirs)
    assert strokes == typed(text, alt_code("029"))


class Hanging(InputDevice):
    """A device whose key hangs: `repeated` is what it says again and again."""

    def __init__(self, repeated: list[KeyEvent]) -> None:
        self._repeated = repeated
        self._patience = time.monotonic() + 30.0

    def read(self, seconds: float) -> list[KeyEvent] | None:
        assert time.monotonic() < self._patience, "the thread is held"
        return self._repeated

    def close(self) -> None:
        """Nothing to let go."""


@pytest.mark.parametrize("repeated", [[], [KeyEvent(SHIFT), KeyEvent(SHIFT, is_down=False)]])
def test_a_key_that_hangs_holds_nobody_up(repeated: list[KeyEvent]) -> None:
    assert KeyboardSource(Hanging(repeated)).read(0.01) == b""


def test_it_is_taken_for_us_alone_and_found_again(tmp_path: Path, cable: Cable) -> None:
    configured = ScannerConfiguration(
        id=uuid5(SPACE, "typing"), station_id=STATION, name="typing", keyboard=cable.path.name
    )
    with Agent(tmp_path / "data", configuration=station()) as agent:
        scanner = Scanner(configured, Outlet(agent.desk, agent.engine), lambda _: cable.open())
        worker = Worker("typing", scanner)
        worker.start()
        until(lambda: cable.taken == 1)
        cable.send(records(typed("]C110ABC\x1d21X", with_held(CTRL, PLAIN["]"]))))
        until(lambda: scans(agent) == ["10ABC\x1d21X"])
        cable.send(records([*struck(PLAIN["a"]), *struck(F1), *struck(ENTER)]))
        cable.send(RECORD.pack(1, 2, EV_SYN, SYN_DROPPED, 0) + records(typed("TAIL", [])))
        cable.send(records([*with_held(ALT_GR, PLAIN["9"]), *typed("C1GERMAN", [])]))
        until(lambda: len(refusals(agent)) == 3)
        assert all("was not read whole" in words for words in refusals(agent))
        cable.unplug()
        until(lambda: "was lost" in (worker.standing.message or ""))
        cable.plug()
        until(lambda: cable.taken == 2)
        cable.send(records(typed("AGAIN", [])))
        until(lambda: scans(agent) == ["10ABC\x1d21X", "AGAIN"])
        worker.stop()
        assert worker.join(60.0)


def test_why_one_can_not_be_taken_is_said_in_words(tmp_path: Path, cable: Cable) -> None:
    with pytest.raises(ConnectionError, match=f"is not there; those of this PC: {cable.path.name}"):
        InputDevice("other", by_id=tmp_path)

    def busy(_file: int) -> None:
        raise OSError(errno.EBUSY, "busy")

    with pytest.raises(ConnectionError, match="in use by another program that took it"):
        InputDevice(str(cable.path), grab=busy)
    with pytest.raises(ConnectionError, match="is no input device"):
        InputDevice(str(cable.path))


def test_a_configured_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    configured = ScannerConfiguration(id=SPACE, station_id=STATION, name="typing", keyboard="no-such-kbd")
    with Agent(tmp_path, configuration=station(configured)) as agent:
        until(
            lambda: any("device no-such-kbd is not there" in (one.message or "") for one in agent.peripherals.reports)
        )
