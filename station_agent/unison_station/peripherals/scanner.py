"""A scanner at work: bytes become texts, and each text an event on disk."""

from __future__ import annotations

from contextlib import closing
from threading import Event as Flag
from uuid import uuid4

from unison_domain.codes.aim import Symbol, split_symbol
from unison_domain.codes.events import ScanSource, ScanTaken
from unison_domain.stations.framing import Frame
from unison_domain.stations.peripherals import PeripheralState, ScannerConfiguration

from unison_station.peripherals.byte_source import FrameReader, Opening
from unison_station.peripherals.outlet import NotKept, Outlet
from unison_station.peripherals.peripheral import Standing
from unison_station.peripherals.unscanned import Unscanned
from unison_station.peripherals.worker import Tell

WAKE_SECONDS = 0.5
"""How often a quiet scanner is asked whether it shall end."""

_AGAIN = "Scan it once more"
_NUL = "\N{SYMBOL FOR NULL}"
_NOISE = b"\0\xff"
"""What a line that was quiet or broken leaves behind, as plugging in does."""
_NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"


class Scanner:
    """The work with one scanner, wherever its bytes come from."""

    def __init__(self, configuration: ScannerConfiguration, outlet: Outlet, opening: Opening) -> None:
        self._configuration = configuration
        self._outlet = outlet
        self._opening = opening

    def run(self, ending: Flag, tell: Tell) -> None:
        """See `Work`."""
        with closing(self._opening(ending)) as source:
            tell(Standing(PeripheralState.ONLINE))
            reader = FrameReader(source, self._configuration.framing)
            while not ending.is_set():
                for frame in reader.next(WAKE_SECONDS):
                    self._take(frame)

    def ask(self) -> bool:
        """A scanner scans when its trigger is pulled."""
        return False

    def _take(self, frame: Frame) -> None:
        """What ends on the way out is told at the station: nothing is dropped silently, nothing beeps for nothing."""
        at = self._outlet.now()
        try:
            symbol, text = read_frame(frame, identifies=self._configuration.identifies)
            self._outlet.keep(
                ScanTaken(
                    at=at,
                    id=uuid4(),
                    station_id=self._configuration.station_id,
                    peripheral_id=self._configuration.id,
                    source=ScanSource.SCANNER,
                    text=text,
                    symbology=symbol.identifier,
                )
            )
        except NotKept as error:
            lost = Unscanned(f"{text!r} is not kept: {error}", (text,), f"it is not kept: {error}", remedy=_AGAIN)
            self._outlet.refuse_scan(self._configuration, lost)
        except ValueError as error:
            self._outlet.refuse_scan(self._configuration, _unread(frame, str(error)))


def _unread(frame: Frame, words: str) -> Unscanned:
    """What is no scan; without a fault of the frame it was read to its end, but keys of it may be missing."""
    raw = frame.content.decode(errors="backslashreplace")
    quiet = frame.content.lstrip(_NOISE).decode(errors="backslashreplace")
    subjects = (repr(frame.content), repr(raw), repr(quiet))
    reason = next((words.removeprefix(one).lstrip() for one in subjects if words.startswith(one)), words)
    return Unscanned(words, (raw,), reason, is_whole=False, remedy=frame.remedy or _AGAIN)


def read_frame(frame: Frame, *, identifies: bool) -> tuple[Symbol, str]:
    """The symbol and the text of one message without line noise before it; UTF-8, or Latin-1 where it is none.

    Raises:
        ValueError: it is no scan, with the reason in words.
    """
    if frame.fault is not None:
        raise ValueError(frame.fault)
    content = frame.content.lstrip(_NOISE)
    try:
        whole = content.decode()
    except UnicodeDecodeError:
        whole = content.decode("latin-1")
    symbol, text = split_symbol(whole) if identifies else (Symbol(""), whole)
    if not text:
        raise ValueError(f"{whole!r} came without a text after its identifier")
    if _NO_CHARACTER in text:
        raise ValueError(f"{text!r} was not read whole: a scanner that types is set to the US layout")
    return symbol, text.replace("\0", _NUL)
