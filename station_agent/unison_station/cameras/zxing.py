"""zxing-cpp, the one decoder every picture is given to; no other file knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import cv2
import zxingcpp
from unison_domain.codes.aim import split_symbol
from unison_domain.stations.camera_settings import CodeFormat

from unison_station.cameras.bars import are_as_printed
from unison_station.cameras.code import Code, Grey, Key

_NAMES = {
    CodeFormat.AZTEC: zxingcpp.BarcodeFormat.Aztec,
    CodeFormat.CODABAR: zxingcpp.BarcodeFormat.Codabar,
    CodeFormat.CODE_39: zxingcpp.BarcodeFormat.Code39,
    CodeFormat.CODE_93: zxingcpp.BarcodeFormat.Code93,
    CodeFormat.CODE_128: zxingcpp.BarcodeFormat.Code128,
    CodeFormat.DATA_BAR: zxingcpp.BarcodeFormat.DataBar,
    CodeFormat.DATA_BAR_EXPANDED: zxingcpp.BarcodeFormat.DataBarExp,
    CodeFormat.DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    CodeFormat.EAN_8: zxingcpp.BarcodeFormat.EAN8,
    CodeFormat.EAN_13: zxingcpp.BarcodeFormat.EAN13,
    CodeFormat.ITF: zxingcpp.BarcodeFormat.ITF,
    CodeFormat.MAXICODE: zxingcpp.BarcodeFormat.MaxiCode,
    CodeFormat.MICRO_PDF_417: zxingcpp.BarcodeFormat.MicroPDF417,
    CodeFormat.MICRO_QR: zxingcpp.BarcodeFormat.MicroQRCode,
    CodeFormat.PDF_417: zxingcpp.BarcodeFormat.PDF417,
    CodeFormat.QR: zxingcpp.BarcodeFormat.QRCode,
    CodeFormat.RMQR: zxingcpp.BarcodeFormat.RMQRCode,
    CodeFormat.UPC_A: zxingcpp.BarcodeFormat.UPCA,
    CodeFormat.UPC_E: zxingcpp.BarcodeFormat.UPCE,
}

_PLAIN = zxingcpp.TextMode.Plain
"""The text as it was encoded, GS and all; not made pretty for people."""

_ENLARGED, _AROUND = (1.3, 1.7), 0.25
"""What has an odd place is read again in pictures so much larger, with so much of its size around it. Of 13 readings of
stripes and grids none was read alike in any of them; of real codes those that are not had been read by luck."""


class Zxing:
    """Reads the formats it was made for."""

    def __init__(self, formats: Iterable[CodeFormat] | None) -> None:
        """None looks for everything zxing-cpp can read; that costs four times as much as one linear format."""
        wanted = [zxingcpp.BarcodeFormat.AllReadable] if formats is None else [_NAMES[one] for one in formats]
        self._formats = zxingcpp.BarcodeFormats(wanted)
        self._found: dict[Key, zxingcpp.BarcodeFormat] = {}
        self._kinds: dict[str, zxingcpp.BarcodeFormat] = {}

    def read(self, picture: Grey, *, thoroughly: bool = True) -> list[Code]:
        """All codes it finds; a picture in which it finds none gives an empty list.

        Args:
            thoroughly: also turned by a right angle and light on dark.
        """
        found = self._read(picture, self._formats, thoroughly=thoroughly)
        self._found = {code.key: format_ for code, format_ in found}
        return [code for code, _ in found]

    def read_again(self, picture: Grey) -> list[Code]:
        """Codes of the kinds that `read` found last, and no others: that takes a twentieth of the time."""
        formats = zxingcpp.BarcodeFormats(list(self._found.values()))
        return [code for code, _ in self._read(picture, formats, thoroughly=True)]

    def reader_of(self, code: Code) -> Callable[[Grey], list[Code]]:
        """Reads the kind of a code that was found, and no other."""
        formats = zxingcpp.BarcodeFormats([self._kinds[code.key[0]]])
        return lambda picture: [one for one, _ in self._read(picture, formats, thoroughly=True)]

    def _read(
        self, picture: Grey, formats: zxingcpp.BarcodeFormats, *, thoroughly: bool
    ) -> list[tuple[Code, zxingcpp.BarcodeFormat]]:
        found = zxingcpp.read_barcodes(
            picture, formats=formats, text_mode=_PLAIN, try_rotate=thoroughly, try_invert=thoroughly
        )
        codes = [(_with_bars(picture, _code(one)), one.format) for one in found if one.text]
        self._kinds |= {code.key[0]: name for code, name in codes}
        return [(code, name) for code, name in codes if not code.looks_odd or _is_read_enlarged(picture, code, name)]


def _with_bars(picture: Grey, code: Code) -> Code:
    """Codes of bars that stripes are taken for, with what they look like."""
    return replace(code, is_printed=True) if are_as_printed(picture, code) else code


def _is_read_enlarged(picture: Grey, code: Code, name: zxingcpp.BarcodeFormat) -> bool:
    """Whether what lies around it says the same when it is enlarged."""
    x, y = zip(*code.corners, strict=True)
    around = _AROUND * max(max(x) - min(x), max(y) - min(y))
    left, top = (max(0, int(min(edge) - around)) for edge in (x, y))
    part = picture[top : int(max(y) + around) + 1, left : int(max(x) + around) + 1]
    for scale in _ENLARGED:
        larger = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        again = zxingcpp.read_barcodes(larger, zxingcpp.BarcodeFormats([name]), text_mode=_PLAIN)
        if any(_code(one).text == code.text for one in again):
            return True
    return False


def _code(found: zxingcpp.Barcode) -> Code:
    symbol, _ = split_symbol(found.symbology_identifier)
    place = found.position
    corners = tuple(
        (float(corner.x), float(corner.y))
        for corner in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    )
    return Code(found.text.replace("\0", "\u2400"), symbol, corners)
