"""What a scanner or gauge really sends: its bytes as they come, where its messages end, and what they mean."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from threading import Event as Flag

from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import read_text
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_formats import GaugeFault, poll_command, read_gauge, told_fault
from unison_domain.stations.gauge_reading import GaugeReading, read_for
from unison_domain.stations.gauge_settings import GaugeFormat, GaugeSettings
from unison_domain.stations.peripherals import GaugeConfiguration, ScannerConfiguration
from unison_domain.stations.scanner_settings import TYPING_IDLE_MILLISECONDS
from unison_domain.stations.serial_settings import FrameEnd, Framing, SerialSettings

from unison_station.peripherals.byte_source import ByteSource, FrameReader, Opening, SerialSource
from unison_station.peripherals.keyboard_source import KeyboardSource
from unison_station.peripherals.scanner import read_frame
from unison_station.platform.input_device import InputDevice
from unison_station.wording import visible

_LOOK_SECONDS = 0.1
_ROW_BYTES = 16
_OWN_FORMATS = (GaugeFormat.MITUTOYO, GaugeFormat.MT_SICS, GaugeFormat.MARK_10)
_MEANS = Callable[[Frame], list[str]]


@dataclass(frozen=True)
class Listener:
    """A port to be listened to.

    Attributes:
        question: what is sent first, so that a gauge answers; None: nothing.
        means: what one message says, in lines; ValueError: why it says nothing.
    """

    name: str
    place: str
    opening: Opening
    framing: Framing
    question: bytes | None
    means: _MEANS


def listener_of(
    peripheral: ScannerConfiguration | GaugeConfiguration,
    characteristics: Sequence[CharacteristicConfiguration],
    patterns: Sequence[ItemPattern],
) -> Listener:
    """A configured one, read as it is configured."""
    if isinstance(peripheral, GaugeConfiguration):
        opening, place = serial(peripheral.serial)
        return Listener(
            peripheral.name,
            place,
            opening,
            peripheral.framing,
            poll_command(peripheral),
            lambda frame: _as_readings(frame, peripheral, characteristics),
        )
    opening, place = serial(peripheral.serial) if peripheral.serial else keyboard(peripheral.keyboard or "")
    return Listener(
        peripheral.name, place, opening, peripheral.framing, None, lambda frame: _as_scan(frame, peripheral, patterns)
    )


def unknown_listener(name: str, opening: Opening, place: str, question: bytes | None) -> Listener:
    """A port nobody configured yet: what comes at once is one message, and every meaning it may have is told."""
    framing = Framing(end=FrameEnd.IDLE, idle_milliseconds=TYPING_IDLE_MILLISECONDS)
    heard = bytearray()

    def means(frame: Frame) -> list[str]:
        heard.extend(frame.content)
        return [*_guesses(frame.content), f"framing: {_ending(bytes(heard))}"]

    return Listener(name, place, opening, framing, question, means)


def serial(settings: SerialSettings) -> tuple[Opening, str]:
    """How a serial port is opened, and where it is in words."""
    line = f"{settings.baud_rate} {settings.data_bits}{settings.parity[0].upper()}{settings.stop_bits}"
    return lambda ending: SerialSource(settings, ending), f"{settings.port}, {line}"


def keyboard(name: str) -> tuple[Opening, str]:
    """How a scanner that types is opened, and where it is in words."""
    return lambda _: KeyboardSource(InputDevice(name)), f"{name}, taken for this program alone"


_SILENT = (
    "  nothing came: scan something or press its key while this listens; one that only answers is asked with --ask; "
    "else the cable is in another port (unison-station ports), or it is set to another way to send"
)
_SILENT_KEYS = "  nothing came: scan something while this listens; else it is set to send on a serial port, not to type"


def listen(listener: Listener, seconds: float, tell: Callable[[str], None]) -> int:
    """Tell what comes within so many seconds; how many messages could be read.

    Raises:
        ConnectionError: the port can't be opened or was lost, with the reason in words.
    """
    read = 0
    with closing(listener.opening(Flag())) as source:
        tell(f"{listener.name} ({listener.place}): listening for {seconds:g} s")
        began = time.monotonic()
        if listener.question is not None and isinstance(source, SerialSource):
            source.write(listener.question)
            tell(f"  asked with {visible(listener.question.decode('latin-1'))}")
        tapped = _Tapped(source, began, tell)
        reader = FrameReader(tapped, listener.framing)
        while time.monotonic() - began < seconds:
            for frame in reader.next(_LOOK_SECONDS):
                read += _told(frame, listener.means, tell)
        if tapped.is_silent:
            tell(_SILENT if isinstance(source, SerialSource) else _SILENT_KEYS)
    return read


class _Tapped:
    """A source whose bytes are told as they come."""

    def __init__(self, source: ByteSource, began: float, tell: Callable[[str], None]) -> None:
        self._source, self._began, self._tell = source, began, tell
        self.is_silent = True

    def read(self, seconds: float) -> bytes:
        """See `ByteSource`."""
        content = self._source.read(seconds)
        self.is_silent = self.is_silent and not content
        after = f"{time.monotonic() - self._began:7.3f} s"
        for row in _rows(content):
            self._tell(f"  {after}  {row.hex(' ').upper():<{3 * _ROW_BYTES - 1}}  {visible(row.decode('latin-1'))}")
        return content

    def close(self) -> None:
        """See `ByteSource`."""
        self._source.close()


def _rows(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), _ROW_BYTES):
        yield content[begin : begin + _ROW_BYTES]


def _told(frame: Frame, means: _MEANS, tell: Callable[[str], None]) -> bool:
    tell(f"    message of {len(frame.content)} bytes: {visible(frame.content.decode('latin-1'))}")
    try:
        lines = means(frame)
    except ValueError as error:
        tell(f"      refused: {error}")
        return False
    for line in lines:
        tell(f"      {line}")
    return bool(lines)


def _as_scan(frame: Frame, scanner: ScannerConfiguration, patterns: Sequence[ItemPattern]) -> list[str]:
    symbol, text = read_frame(frame, identifies=scanner.identifies)
    return _scan_words(text, symbol.identifier, patterns)


def _scan_words(text: str, symbology: str, patterns: Sequence[ItemPattern] = ()) -> list[str]:
    read = reading_of(read_text(text, symbology, patterns), date.today())  # noqa: DTZ011 - only the century counts
    carrier = f"{read.symbology_name}, " if read.symbology_name else ""
    words = read.words if read.is_certain else f"perhaps {read.words}"
    return [f"scan: {carrier}{words or 'a text of no known form'}", *(f"warning: {odd}" for odd in read.warnings)]


def _as_readings(
    frame: Frame, gauge: GaugeConfiguration, characteristics: Sequence[CharacteristicConfiguration]
) -> list[str]:
    found = read_for(frame, gauge, characteristics)
    return [f"refused: {one}" if isinstance(one, ValueError) else _reading_words(one) for one in found]


def _reading_words(read: GaugeReading) -> str:
    return f"measurement: {read.characteristic.name} {read.value:f} {read.characteristic.unit}".rstrip()


def _guesses(content: bytes) -> Iterator[str]:
    """What each text in it may be; a text that is a code is not told as a bare number of a gauge too."""
    for line in filter(None, content.replace(b"\x02", b"\n").replace(b"\x03", b"\n").splitlines()):
        said = visible(line.decode("latin-1"))
        symbol, text = read_frame(Frame(line), identifies=True)
        yield from (f"{said}: as a {words}" for words in _scan_words(text, symbol.identifier))
        if symbol.identifier or read_text(text, "").meanings:
            continue
        yield from (f"{said}: {words}" for words in _as_gauge(line.decode("latin-1")))


def _ending(heard: bytes) -> str:
    """How messages end by all that was heard: a pause may fall into the middle of one."""
    if b"\x03" in heard.partition(b"\x02")[2]:
        return "messages stand between STX and ETX: set end stx_etx"
    sign = next((name for end, name in _LINE_ENDS.items() if end in heard), None)
    return f"it ends with {sign}: set end line" if sign else _NO_END


_LINE_ENDS = {b"\r\n": "CR LF", b"\r": "CR", b"\n": "LF"}
_NO_END = "no CR, LF or STX and ETX came yet; set end idle if none comes with any message"


def _as_gauge(message: str) -> Iterator[str]:
    """Faults before values: 911 may be a bare number, but a gauge that nobody connected says it far more often."""
    faults = {one: words for one in _OWN_FORMATS if (words := told_fault(message, one))}
    yield from (f"as {one}: {words}" for one, words in faults.items())
    if not faults or any(sign in message for sign in ".,"):
        yield from filter(None, (_as_format(message, one) for one in _OWN_FORMATS if one not in faults))


def _as_format(message: str, format_: GaugeFormat) -> str | None:
    for comma in (False, True):
        settings = GaugeSettings(
            name="gauge", serial=SerialSettings(port="-"), format=format_, stable_only=False, decimal_comma=comma
        )
        try:
            read = read_gauge(message, settings)
        except GaugeFault:
            continue
        channel = f", channel {read.channel}" if read.channel else ""
        moving = "" if read.settled else ", still moving"
        sign = ", with a decimal comma: set decimal_comma" if comma else ""
        return f"as {format_}: {read.value:f} {read.unit}".rstrip() + channel + moving + sign
    return None
