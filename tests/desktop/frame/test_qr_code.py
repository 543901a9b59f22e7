"""A text as a picture that other devices read."""

import numpy as np
import pytest
import zxingcpp
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot
from unison_desktop.frame.qr_code import QrCode
from unison_desktop.frame.theme import Scheme, Theme

TEXT = "otpauth://totp/Werke%20S%C3%BCd:paula?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Unison"


def read(code: QrCode) -> list[str]:
    """What a camera before the screen would read."""
    grey = code.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return [one.text for one in zxingcpp.read_barcodes(pixels[:, : grey.width()])]


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize("text", [TEXT, "x" * 900, "ÄÖÜ 部品"])
def test_it_says_the_text_in_any_colours(qtbot: QtBot, theme: Theme, scheme: Scheme, text: str) -> None:
    theme.choose(scheme)
    code = QrCode()
    qtbot.addWidget(code)
    code.show_text(text)
    code.show()
    assert read(code) == [text]


def test_a_text_that_is_too_long_is_refused(qtbot: QtBot) -> None:
    code = QrCode()
    qtbot.addWidget(code)
    with pytest.raises(ValueError, match="Input too long"):
        code.show_text("x" * 3000)
