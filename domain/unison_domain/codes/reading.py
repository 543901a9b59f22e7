"""What was understood of a text, as people are told it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from unison_domain.codes.contracts import ScanKind, ScanMeaning, ScanPart, ScanReading
from unison_domain.codes.gs1.values import shown
from unison_domain.codes.scanned_text import Meaning, Scanned
from unison_domain.sentences import ENGLISH, alternatives, code_part


def reading_of(scanned: Scanned, today: date) -> ScanReading:
    """The text, its parts and all that is odd; `today` says which century a date of six digits is in."""
    meanings = [_told(meaning, today) for meaning in scanned.meanings]
    odd = (warning for meaning in scanned.meanings for warning in meaning.warnings)
    return ScanReading(
        text=scanned.text,
        symbology=scanned.symbol.identifier,
        symbology_name=scanned.symbol.name,
        kind=kind_of(meanings),
        meanings=meanings,
        warnings=[*scanned.faults, *odd],
        words=words_of(meanings),
    )


def kind_of(meanings: list[ScanMeaning]) -> ScanKind:
    """The kind of a text by the ways it can be read."""
    if not meanings:
        return ScanKind.UNKNOWN
    return meanings[0].kind if len(meanings) == 1 else ScanKind.AMBIGUOUS


def words_of(meanings: list[ScanMeaning], language: str = ENGLISH) -> str:
    """All of them in one line; where there are several, each is introduced by what it would be."""
    if len(meanings) < 2:
        return "".join(_words(meaning, language) for meaning in meanings)
    return alternatives([f"{_title(meaning, language)}: {_words(meaning, language)}" for meaning in meanings], language)


def _title(meaning: ScanMeaning, language: str) -> str:
    return meaning.pattern or code_part(meaning.kind.replace("_", " "), language)


def _words(meaning: ScanMeaning, language: str) -> str:
    if language == ENGLISH:
        return meaning.words
    return ", ".join(f"{code_part(part.name, language)} {part.shown}" for part in meaning.parts)


def _told(meaning: Meaning, today: date) -> ScanMeaning:
    return ScanMeaning(
        kind=ScanKind(meaning.kind),
        certain=meaning.certain,
        pattern=meaning.pattern,
        words=meaning.words(today),
        parts=list(_parts(meaning, today)),
    )


def _parts(meaning: Meaning, today: date) -> Iterator[ScanPart]:
    if meaning.own is not None:
        name, key = meaning.own.kind.name.replace("_", " ").lower(), meaning.own.key
        yield ScanPart(name=name, identifier=meaning.own.kind, value=key, shown=key)
    for name, value in meaning.fields.items():
        yield ScanPart(name=name, value=value, shown=value)
    for element in meaning.elements:
        yield ScanPart(name=element.title, identifier=element.ai, value=element.value, shown=shown(element, today))
