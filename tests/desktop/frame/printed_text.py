"""Reads pages and texts of a PDF as Qt writes it: one Flate stream per page, glyphs named by ToUnicode maps."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

_OBJECT = re.compile(rb"(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|<([0-9a-fA-F]+)> Tj|(BT)|(ET)")


def pages_of(path: Path) -> list[str]:
    """The text of each page, a line for each run of glyphs."""
    objects = {int(number): body for number, body in _OBJECT.findall(path.read_bytes())}
    fonts = {number: _map(objects[int(m[1])]) for number, body in objects.items() if (m := _unicode(body))}
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]
    return [_text(objects[_reference(page, b"Contents")], fonts) for page in pages]


def _unicode(body: bytes) -> re.Match[bytes] | None:
    return re.search(rb"/ToUnicode (\d+) 0 R", body)


def _reference(body: bytes, key: bytes) -> int:
    found = re.search(rb"/" + key + rb"\s+(\d+) 0 R", body)
    assert found is not None
    return int(found[1])


def _inflated(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompressobj().decompress(found[1]) if b"/FlateDecode" in body[: found.start()] else found[1]


def _map(body: bytes) -> dict[int, str]:
    told, known = _inflated(body), {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", told, re.DOTALL):
        for code, text in re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            known[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", told, re.DOTALL):
        for first, last, listed in re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*\[(.*?)\]", block, re.DOTALL):
            texts = re.findall(rb"<([0-9a-fA-F]+)>", listed)
            for code, text in zip(range(int(first, 16), int(last, 16) + 1), texts, strict=True):
                known[code] = bytes.fromhex(text.decode()).decode("utf-16-be")
        rest = re.sub(rb"\[.*?\]", b"", block, flags=re.DOTALL)
        for first, last, text in re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", rest):
            for n, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                known[code] = chr(int(text, 16) + n)
    return known


def _text(page: bytes, fonts: dict[int, dict[int, str]]) -> str:
    font: dict[int, str] = {}
    told = ""
    for number, glyphs, begins, _ends in _SHOWN.findall(_inflated(page)):
        if number:
            font = fonts[int(number)]
        elif begins:
            told += "\n"
        else:
            codes = (int(glyphs[n : n + 4], 16) for n in range(0, len(glyphs), 4))
            told += "".join(font.get(code, "") for code in codes)
    return told
