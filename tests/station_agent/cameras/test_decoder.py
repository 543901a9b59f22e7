import signal
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from unison_domain.codes.aim import Symbol
from unison_domain.codes.scanned_text import read_text
from unison_domain.stations.camera_settings import CodeFormat
from unison_station.cameras.code import Code, Grey, reading_order
from unison_station.cameras.decoder import PASSED_OVER, Decoder
from unison_station.cameras.gate import LOOKS
from unison_station.cameras.picture_files import NoPicture, load_grey
from unison_station.cameras.presence import Presence
from unison_station.cameras.second_opinion import DEATHS, SecondOpinion, upc_a
from unison_station.cameras.zxing import Zxing

from tests.station_agent.cameras.printing import GS1, on_table, printed, scratched


def shown(decoder: Decoder, picture: Grey, pictures: int = 40) -> list[Code]:
    """What the first of so many pictures that show the same gives in which something is found."""
    return next(filter(None, (decoder.read(picture, 0.0) for _ in range(pictures))), [])


def turned_label(folder: Path, text: str, degrees: float) -> Grey:
    """Code 128 on a table, turned around the middle."""
    picture = on_table((printed(folder, text, "-b", "CODE128"), 500, 280))
    turn = cv2.getRotationMatrix2D((640, 360), degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, turn, (1280, 720), borderValue=(128.0,)), dtype=np.uint8)


def test_a_separator_survives_and_the_symbol_is_named(tmp_path: Path) -> None:
    picture = on_table((printed(tmp_path, GS1, "-b", "DATAMATRIX", "--gs1", scale=4), 400, 300))
    (code,) = Decoder([CodeFormat.DATA_MATRIX]).read(picture, 0.0)
    assert (code.text, code.symbol.identifier) == ("010950600013435210ABC\x1d17251231", "d2")
    assert [one.ai for one in read_text(code.text, code.symbol.identifier).meanings[0].elements] == ["01", "10", "17"]


def test_a_nul_is_written_as_its_picture(tmp_path: Path) -> None:
    (code,) = Decoder([CodeFormat.QR]).read(printed(tmp_path, r"ab\x00c", "-b", "QRCODE", "--binary", "--esc"), 0.0)
    assert code.text == "ab␀c"


def test_only_the_formats_of_the_station_are_read(tmp_path: Path) -> None:
    picture = on_table((printed(tmp_path, "PART-1", "-b", "QRCODE"), 400, 300))
    assert Decoder([CodeFormat.CODE_128, CodeFormat.DATA_MATRIX]).read(picture, 0.1) == []
    assert [code.text for code in Decoder([CodeFormat.QR]).read(picture, 0.0)] == ["PART-1"]


@pytest.mark.parametrize(
    ("format_", "symbology", "identifier"),
    [(CodeFormat.MICRO_PDF_417, "MICROPDF417", "L"), (CodeFormat.RMQR, "RMQR", "Q")],
)
def test_small_stacked_and_rectangular_codes_are_read(
    tmp_path: Path, format_: CodeFormat, symbology: str, identifier: str
) -> None:
    picture = on_table((printed(tmp_path, "PART-17", "-b", symbology), 400, 300))
    (code,) = Decoder([format_]).read(picture, 0.0)
    assert (code.text, code.symbol.identifier[:1]) == ("PART-17", identifier)
    assert code.reads_wanted(2) == 1, "they correct their errors"


def test_several_codes_come_in_reading_order(tmp_path: Path) -> None:
    places = {"A": (800, 100), "B": (100, 110), "C": (900, 500), "D": (300, 480)}
    codes = [(printed(tmp_path, text, "-b", "QRCODE"), *place) for text, place in places.items()]
    assert [code.text for code in Decoder([CodeFormat.QR]).read(on_table(*codes), 0.0)] == ["B", "A", "D", "C"]


def test_no_code_is_lost_in_ordering() -> None:
    flat = [Code(str(n), Symbol("Q1"), ((n, 5.0), (n + 1.0, 5.0), (n + 1.0, 5.0), (n, 5.0))) for n in range(5)]
    assert sorted(code.text for code in reading_order(reversed(flat))) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("degrees", [12, 30, 56, 118])
def test_bars_at_any_angle_are_read_at_their_place(tmp_path: Path, degrees: int) -> None:
    turned = turned_label(tmp_path, "TURNED7", degrees)
    turn = cv2.getRotationMatrix2D((640, 360), degrees, 1.0)
    (code,) = shown(Decoder([CodeFormat.CODE_128]), turned)
    height, width = printed(tmp_path, "TURNED7", "-b", "CODE128").shape
    middle = turn @ np.array([500 + width / 2, 280 + height / 2, 1])
    assert code.text == "TURNED7"
    assert np.hypot(*(np.array(code.middle) - middle)) < width / 4


def test_a_faint_blurred_code_is_read_by_the_second_pass_alone(tmp_path: Path) -> None:
    picture = on_table((printed(tmp_path, "FAINT-1", "-b", "DATAMATRIX"), 600, 300))
    noise = np.random.default_rng(1).normal(0, 4, picture.shape)
    faint = np.asarray(np.clip(cv2.GaussianBlur(picture, (0, 0), 1.3) * 0.12 + 60 + noise, 0, 255), dtype=np.uint8)
    formats = [CodeFormat.DATA_MATRIX]
    assert shown(Decoder(formats, second_pass=False), faint) == []
    assert [code.text for code in shown(Decoder(formats), faint)] == ["FAINT-1"]


def test_a_stream_tries_one_way_after_the_other(tmp_path: Path) -> None:
    turned = turned_label(tmp_path, "TURNED7", 30)
    decoder = Decoder([CodeFormat.CODE_128])
    assert any(decoder.read(turned, seconds=0.0) for _ in range(20))


def test_a_clean_code_does_not_hide_one_that_wants_a_second_look(tmp_path: Path) -> None:
    picture = turned_label(tmp_path, "TURNED7", 30)
    label = printed(tmp_path, "PART-1", "-b", "QRCODE")
    picture[20 : 20 + label.shape[0], 20 : 20 + label.shape[1]] = label
    decoder = Decoder([CodeFormat.CODE_128, CodeFormat.QR])
    assert [code.text for code in decoder.read(picture, 1.0)] == ["PART-1"], "what is new is told at once"
    looks = [{code.text for code in decoder.read(picture, 0.0)} for _ in range(20)]
    assert all("PART-1" in texts for texts in looks)
    assert sum("TURNED7" in texts for texts in looks) >= 2


def test_two_codes_that_want_a_second_look_are_both_read_twice_in_a_row(tmp_path: Path) -> None:
    picture = np.hstack([turned_label(tmp_path, text, 30)[:, 320:960] for text in ("TURNED7", "OTHER-9")])
    decoder, presence = Decoder([CodeFormat.CODE_128]), Presence(1.2, 2, 6)
    held: set[tuple[str, str]] = set()
    told = []
    for number in range(60):
        codes = decoder.read(picture, 0.0)
        told += presence.see(codes, number / 15, held)
        held |= {code.key for code in codes}
    assert sorted(code.text for code in told) == ["OTHER-9", "TURNED7"]


@pytest.mark.parametrize(
    ("symbology", "text", "is_torn", "looks"),
    [
        ("CODE128", "PART-1", True, 1),
        ("CODE39", "PART-1", True, 2),
        ("EANX", "400638133393", True, 3),
        ("CODE39", "PART-1", False, 1),
        ("C25INTER", "12345678", False, 1),
        ("EANX", "400638133393", False, 1),
        ("UPCA", "01234567890", False, 1),
        ("EANX", "1234567", False, 1),
    ],
)
def test_a_look_that_confirms_a_code_is_told_at_once(
    tmp_path: Path, symbology: str, text: str, is_torn: bool, looks: int
) -> None:
    label = printed(tmp_path, text, "-b", symbology)
    picture = on_table((scratched(label) if is_torn else label, 400, 300))
    opened: list[int] = []

    def opinion(_picture: Grey) -> list[Code]:
        opened.append(number)
        return []

    decoder = Decoder(opinion=opinion)
    presence = Presence(1.2, 2, 4)
    counted = []
    for number in range(40):
        counted += [number] * len(presence.see(decoder.read(picture, 0.0), number / 15))
    assert counted == [looks - 1]
    assert opened, "the rest of the picture is tried after that"
    assert decoder.try_seconds > 0
    fresh = Decoder()
    for _look in range(looks):
        fresh.read(picture, 60.0)
    assert fresh.try_seconds == 0, "nothing is tried before the code counted"


@pytest.mark.parametrize(("looks_once", "seen"), [(False, ["4006381333931"]), (True, ["4006381333931", "NEW"])])
def test_where_pictures_are_of_one_sight_a_code_is_confirmed_alone(
    tmp_path: Path, looks_once: bool, seen: list[str]
) -> None:
    number = scratched(printed(tmp_path, "400638133393", "-b", "EANX")), 200, 300
    new = printed(tmp_path, "NEW", "-b", "QRCODE"), 800, 300
    decoder = Decoder()
    decoder.looks_once = looks_once

    chance = np.random.default_rng(1)

    def read(*codes: tuple[Grey, int, int]) -> list[str]:
        picture = on_table(*codes)
        picture[0] = chance.integers(0, 256, picture.shape[1])  # a camera never shows the same pixels twice
        return sorted(code.text for code in decoder.read(picture, 0.0))

    assert read(number) == ["4006381333931"]
    assert [read(number, new), read(number, new)] == [seen, seen]
    assert read(number, new) == ["4006381333931", "NEW"]
    other = Decoder()
    other.read(on_table(number), 0.0)
    assert [code.text for code in other.read(on_table(new), 0.0)] == ["NEW"], "what is not confirmed hides nothing"


def test_a_newer_picture_comes_first_and_yet_all_ways_are_tried(tmp_path: Path) -> None:
    turned = turned_label(tmp_path, "TURNED7", 30)
    decoder = Decoder([CodeFormat.CODE_128])
    looks = [bool(decoder.read(turned, 1.0, is_overtaken=lambda: True)) for _ in range(PASSED_OVER + 1)]
    assert looks == [False] * PASSED_OVER + [True]
    assert [code.text for code in decoder.read(turned, 0.0)] == ["TURNED7"]


def test_noise_holds_no_code() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (240, 320)).astype(np.uint8)
    assert shown(Decoder(), noise) == []


@pytest.mark.parametrize(
    ("name", "format_"), [("ean_13", zxingcpp.BarcodeFormat.EAN13), ("data_bar", zxingcpp.BarcodeFormat.DataBar)]
)
def test_stripes_that_look_like_a_code_are_none(name: str, format_: zxingcpp.BarcodeFormat) -> None:
    """Pieces of clutter that zxing-cpp reads alike under other noise too."""
    stripes = load_grey(Path(__file__).parent / "stripes" / f"{name}.png")
    assert len(zxingcpp.read_barcodes(stripes, formats=zxingcpp.BarcodeFormats([format_]))) == 1
    assert Zxing(None).read(stripes) == []
    assert shown(Decoder(), stripes) == []


@pytest.mark.parametrize(
    ("rows", "options"), [(6, ("-b", "EANX")), (6, ("-b", "UPCA")), (9, ("-b", "DBAR_EXP", "--gs1"))]
)
def test_a_code_of_which_little_is_seen_is_read(tmp_path: Path, rows: int, options: tuple[str, ...]) -> None:
    data = {"EANX": "590123412345", "UPCA": "03600029145", "DBAR_EXP": "[01]09501101530003[10]ABC"}[options[1]]
    label = printed(tmp_path, data, *options)
    strip = np.full((100, label.shape[1] + 100), 255, dtype=np.uint8)
    strip[40 : 40 + rows, 50:-50] = label[20 : 20 + rows]
    (code,) = Zxing(None).read(strip)
    assert code.looks_odd
    assert code.bottom - code.top < rows


@pytest.mark.skipif(not SecondOpinion().is_there, reason="pyzbar is not installed")
def test_a_second_opinion_survives_its_own_death(tmp_path: Path) -> None:
    opinion = SecondOpinion()
    picture = on_table((printed(tmp_path, "590123412345", "-b", "EANX"), 500, 280))
    assert [code.text for code in opinion.read(picture)] == ["5901234123457"]
    assert opinion._process is not None
    opinion._process.kill()
    opinion._process.wait()
    assert opinion.read(picture) == []
    assert [code.text for code in opinion.read(picture)] == ["5901234123457"]
    opinion.close()


def hangs(opinion: SecondOpinion) -> None:
    """From now on its process says nothing."""
    assert opinion._process is not None
    opinion._process.send_signal(signal.SIGSTOP)


@pytest.mark.skipif(not SecondOpinion().is_there, reason="pyzbar is not installed")
def test_a_second_opinion_that_hangs_is_ended_and_rests_when_it_does_so_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = "unison_station.cameras.second_opinion"
    for name in ("START_SECONDS", "ANSWER_SECONDS", "REST_SECONDS"):
        monkeypatch.setattr(f"{of}.{name}", 600.0)
    opinion = SecondOpinion()
    picture = on_table((printed(tmp_path, "590123412345", "-b", "EANX"), 500, 280))
    for _ in range(DEATHS):
        assert opinion.remark is None
        assert [code.text for code in opinion.read(picture)] == ["5901234123457"]
        hangs(opinion)
        with monkeypatch.context() as impatient:
            impatient.setattr(f"{of}.ANSWER_SECONDS", 0.1)
            assert opinion.read(picture) == []
    assert opinion.remark == (
        "no second opinion on codes: pyzbar ended or hung 3 times within a minute, and is asked again after another one"
    )
    assert opinion.read(picture) == []
    assert opinion._process is None, "it rests"
    opinion._rests_until = 0.0
    assert [code.text for code in opinion.read(picture)] == ["5901234123457"]
    opinion.close()


def test_a_second_opinion_that_is_none_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    no_common = SecondOpinion([CodeFormat.DATA_MATRIX])
    assert no_common.remark == "no second opinion on codes: pyzbar reads none of the codes that are looked for"
    assert not no_common.is_there
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    missing = SecondOpinion([CodeFormat.QR])
    assert missing.remark == "no second opinion on codes: pyzbar is not installed on this PC"
    assert missing.read(np.zeros((8, 8), dtype=np.uint8)) == []


@pytest.mark.skipif(not SecondOpinion().is_there, reason="pyzbar is not installed")
@pytest.mark.parametrize(
    ("format_", "text", "options"),
    [
        (CodeFormat.UPC_A, "03600029145", ("-b", "UPCA")),
        (CodeFormat.EAN_13, "03600029145", ("-b", "UPCA")),
        (CodeFormat.UPC_E, "0123456", ("-b", "UPCE")),
        (CodeFormat.EAN_8, "9638507", ("-b", "EANX")),
        (CodeFormat.CODE_128, GS1, ("-b", "GS1_128", "--gs1")),
        (CodeFormat.QR, GS1, ("-b", "QRCODE", "--gs1")),
        (CodeFormat.ITF, "12345670", ("-b", "C25INTER")),
        (CodeFormat.CODE_39, "PART39", ("-b", "CODE39")),
    ],
)
def test_both_decoders_say_the_same_of_one_code(
    tmp_path: Path, format_: CodeFormat, text: str, options: tuple[str, ...]
) -> None:
    picture = on_table((printed(tmp_path, text, *options), 90, 280))
    opinion = SecondOpinion([format_])
    (ours,), (other,) = Decoder([format_]).read(picture, 0.0), opinion.read(picture)
    opinion.close()
    assert other.key == ours.key
    assert other.symbol.is_gs1 is ours.symbol.is_gs1


@pytest.mark.skipif(not SecondOpinion().is_there, reason="pyzbar is not installed")
@pytest.mark.parametrize("format_", [CodeFormat.DATA_MATRIX, CodeFormat.EAN_13, CodeFormat.UPC_A, CodeFormat.CODE_39])
def test_a_second_opinion_is_asked_for_the_formats_of_the_station_alone(tmp_path: Path, format_: CodeFormat) -> None:
    labels = [printed(tmp_path, "LOT-123", "-b", "CODE128"), printed(tmp_path, "0123456", "-b", "UPCE")]
    opinion = SecondOpinion([format_])
    assert opinion.read(on_table((labels[0], 100, 100), (labels[1], 100, 400))) == []
    opinion.close()


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("01234505", "012000003455"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234565", "012345000065"),
    ],
)
def test_eight_digits_of_upc_e_stand_for_twelve(short: str, long: str) -> None:
    assert upc_a(short) == long


def test_another_decoder_is_asked_early_and_again_to_confirm_what_it_said() -> None:
    said = Code("5901234123457", Symbol("E0"), ((0, 0), (9, 0), (9, 9), (0, 9)), was_changed=True)
    asked: list[Grey] = []

    def opinion(picture: Grey) -> list[Code]:
        asked.append(picture)
        return [said]

    decoder, presence = Decoder([CodeFormat.EAN_13], opinion=opinion), Presence(1.2, 2, 6)
    empty = np.full((480, 640), 128, dtype=np.uint8)
    told = []
    for number in range(LOOKS):
        told += presence.see(decoder.read(empty, 0.0, is_overtaken=lambda: True), number / 15)
    assert told == [said]
    assert len(asked) <= 6, "it is slow"


def test_pictures_are_turned_as_exif_says_and_glass_is_white(tmp_path: Path) -> None:
    upright = np.zeros((40, 80, 3), dtype=np.uint8)
    _, jpeg = cv2.imencode(".jpg", upright)
    exif = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    (tmp_path / "turned.jpg").write_bytes(jpeg.tobytes()[:2] + exif + jpeg.tobytes()[2:])
    assert load_grey(tmp_path / "turned.jpg").shape == (80, 40)
    cv2.imwrite(str(tmp_path / "glass.png"), np.zeros((10, 10, 4), dtype=np.uint8))
    assert load_grey(tmp_path / "glass.png").min() == 255


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut off"])
def test_what_is_no_picture_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.jpg").write_bytes(content)
    with pytest.raises(NoPicture, match=r"broken\.jpg"):
        load_grey(tmp_path / "broken.jpg")
