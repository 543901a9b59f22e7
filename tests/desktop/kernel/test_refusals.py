"""What the server refuses is read in the person's language, whole and with its values."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from PySide6.QtCore import QLocale
from unison_desktop.kernel.own_clock import choose_clock
from unison_desktop.kernel.refusals import field_label, in_own_language, with_fields, worded
from unison_desktop.kernel.texts import speak
from unison_dev.refusals import is_said, lacking, sentences, unused
from unison_domain.kernel.contracts import FieldError, Problem
from unison_domain.kernel.written_pattern import written_pattern
from unison_domain.sentences import field_name, table_name
from unison_domain.sentences.german import FIELDS, GERMAN, TABLES

MEND = "./unison texts --refusals prints them; write the German into the table each of them names"


@pytest.fixture
def german() -> Iterator[None]:
    """Texts and numbers in German while the test runs."""
    before = QLocale()
    speak("de")
    QLocale.setDefault(QLocale("de_DE"))
    yield
    speak("en")
    QLocale.setDefault(before)


def refused(detail: str, *errors: FieldError) -> Problem:
    return Problem(title="Clashes with what is there", status=409, code="x", detail=detail, errors=list(errors))


def test_every_sentence_of_the_source_is_there_in_german() -> None:
    assert [(one["sentence"], one["said"]) for one in lacking()] == [], MEND


def test_no_german_is_of_a_sentence_that_nobody_says() -> None:
    assert unused() == []


def test_sentences_are_found_however_they_are_made() -> None:
    found = {one.form for one in sentences()}
    assert "There is no {} {}" in found  # handed to a class
    assert "This is neither the code your authenticator shows now nor an unused recovery code" in found  # by a name
    assert "must not be empty" in found  # in a list of fields
    assert " in plant {}" in found  # as a part of another
    assert "{} not counted: it is read in one way only, and nothing else confirms it" in found  # of what is no scan
    assert "This reading was not written" not in found
    assert not is_said("This reading of {} was not written by anybody")
    assert not is_said("coupon: nobody wrote {}")  # the part before the colon is known, what follows is not


def test_every_value_of_a_sentence_is_in_the_german_one() -> None:
    for english, said in GERMAN.items():
        numbers = [f"\N{BULLET}{n}" for n in range(english.count("{}"))]
        told = said.format(*numbers)
        assert [mark for mark in numbers if mark not in told] == [] or english in WITHOUT, english


_PARSERS = ("Input should be ", "Invalid datetime", "{} should have")
WITHOUT = {"there is no {} {}; there {} {}", *(one for one in GERMAN if one.startswith(_PARSERS))}
"""“is” and “are”, and what Pydantic quotes of its parsers, say nothing in German."""


def test_in_english_the_server_speaks_for_itself() -> None:
    problem = refused("code KIEL is taken", FieldError(field="code", code="taken", message="is taken"))
    assert in_own_language(problem) == problem


def test_a_refusal_is_german_with_its_values(german: None) -> None:
    said = in_own_language(refused("There is no machine 12, or such", FieldError(field="a", code="b", message="c")))
    assert said.errors[0].message == "c"
    assert worded("There is no role SETTER; there are PLANNER, AUDITOR".replace("There", "there", 1)) == (
        "die Rolle SETTER gibt es nicht; es gibt PLANNER, AUDITOR"
    )
    assert worded("Too many tries; wait 30 seconds") == "Zu viele Versuche; bitte 30 Sekunden warten"


def test_sentences_that_were_joined_are_german_one_by_one(german: None) -> None:
    stays = "exposure stays automatic: the camera refuses to have it set by hand"
    refused = "rate 30 pictures a second was refused, it is 25"
    assert worded(f"{stays}; {refused}") == (
        "Belichtung bleibt automatisch: Die Kamera lässt es nicht von Hand einstellen; "
        "Bildrate 30 Bilder je Sekunde wurde abgelehnt, es ist 25"
    )
    assert worded("its process ended; it is begun again") == "Ihr Prozess endete; er wird neu begonnen"
    fault = "the pictures of a stop are not kept: fault of the program; the log tells more"
    assert worded(fault).endswith(": Fehler des Programms; das Protokoll sagt mehr")
    told = "'A0A' not counted: it is read in one way only, and nothing else confirms it"
    hidden = f"{told} (letters and digits are hidden, for it may be a badge)"
    assert worded(hidden).startswith("'A0A' nicht gezählt: Er wird nur auf eine Weise gelesen")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("[0-9", "] fehlt: [0-9"),
        ("(a", ") fehlt: (a"),
        ("a)", ") ist zu viel: a)"),
        ("*a", "vor * steht nichts, was sich wiederholen kann"),
        ("a**", "** wiederholt eine Wiederholung"),
        (r"\y", r"\y hat keine Bedeutung"),
        ("[b-a]", "b-a ist keine Klasse von Zeichen"),
        ("(?P<a-b>x)", "(?P<a-b> ist kein Name einer Gruppe"),
        ("a{3,2}", "{3,2} wiederholt verkehrt oder zu oft"),
        ("(?z)a", "(?z gibt es nicht"),
        ("\\", "\\ am Ende ohne Zeichen danach"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_german_to_its_end(german: None, pattern: str, told: str) -> None:
    with pytest.raises(ValueError, match="no regular expression") as refused:
        written_pattern(pattern)
    assert worded(str(refused.value)) == f"„{pattern}“ ist kein regulärer Ausdruck: {told}"


def test_numbers_have_the_decimal_sign_of_the_locale(german: None) -> None:
    assert worded("the lower limit 12.5 must be below the upper limit 12") == (
        "Die untere Grenze 12,5 muss unter der oberen 12 liegen"
    )
    assert worded("no connection to 192.168.1.20:502").endswith("192.168.1.20:502")


def test_moments_are_told_by_the_clock_of_this_pc(german: None) -> None:
    local = datetime.fromisoformat("2026-03-31T06:00+00:00").astimezone()
    assert worded("This badge was good until 2026-03-31 06:00 UTC") == f"Dieser Ausweis galt bis {local:%Y-%m-%d %H:%M}"
    assert worded("it ends at 2026-03-31T06:00:00+00:00, not after its start") == (
        f"es endet um {local:%Y-%m-%d %H:%M:%S}, nicht nach dem Beginn"
    )


def test_both_moments_of_a_stretch_are_told_by_one_clock() -> None:
    choose_clock("Asia/Kolkata")
    try:
        told = worded("The counter moved by 3 from 2026-03-31 06:00 to 2026-03-31 14:00 UTC while nobody looked")
        seconds = worded("2026-03-31 06:00:05 to 2026-03-31 14:00:05 UTC")
    finally:
        choose_clock(None)
    assert "from 2026-03-31 11:30 to 2026-03-31 19:30 while" in told
    assert seconds == "2026-03-31 11:30:05 to 2026-03-31 19:30:05"


def test_fields_are_named_as_people_know_them(german: None) -> None:
    wrong = FieldError(field="devices.0.poll_seconds", code="greater_than", message="Input should be greater than 0.5")
    problem = in_own_language(refused("devices.0.poll_seconds: Input should be greater than 0.5", wrong))
    assert with_fields(problem) == "Geräte 1, Abfrage alle (s): Das muss größer als 0,5 sein"
    assert worded("head_user_id and email must not be empty") == "Leitung und E-Mail darf nicht leer sein"


def test_a_sentence_of_a_later_server_is_told_as_it_says_it(german: None) -> None:
    assert worded("Something new") == "Something new"
    assert field_label("something_new") == "Something new"


def test_names_of_fields_and_tables_are_words() -> None:
    assert table_name("storage_locations", "de") == "Lagerplätze"
    assert table_name("storage_locations", "en") == "Storage locations"
    assert [table_name(name, "en") for name in ("mfa_methods", "person_pins")] == ["MFA methods", "Person PINs"]
    assert field_name("usl", "en") == "USL"
    assert [name for name, said in (*FIELDS.items(), *TABLES.items()) if not said.strip() or "_" in said] == []


def test_an_agents_sentence_stands_without_its_subject_and_keeps_what_was_sent(german: None) -> None:
    assert worded("Caliper sent 0.12, which is no number") == "Caliper sandte 0,12, das ist keine Zahl"
    assert worded("came outside STX and ETX") == "kam außerhalb von STX und ETX"
    assert worded("Caliper sent '01A+0.12': the scale is overloaded") == (
        "Caliper sandte '01A+0.12': Die Waage ist überladen"
    )


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            "one of the columns “username”, “email” is needed, and the file has “name”",
            "eine der Spalten “username”, “email” ist nötig; die Datei hat “name”",
        ),
        ("nobody is called b3; a new person needs “full_name”", "niemand heißt b3; wer neu ist, braucht “full_name”"),
        ("is no day such as 2026-12-31 or 31.12.2026", "ist kein Tag wie 2026-12-31 oder 31.12.2026"),
        ("there is no department NIX in KIEL; there is PRESS", "Abteilung NIX in KIEL gibt es nicht; es gibt PRESS"),
        ("must read name@example.com", "muss lauten wie name@example.com"),
    ],
)
def test_columns_of_a_file_are_called_as_its_header_must_name_them(german: None, told: str, said: str) -> None:
    assert worded(told) == said
