from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, ValidationError, model_validator
from pydantic import Field as Limits
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import (
    ChoiceEditor,
    MomentEditor,
    NumberEditor,
    NumbersEditor,
    PairsEditor,
    TextEditor,
)
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.refusals.contract_errors import words_of
from unison_domain.kernel.contracts import Email, Name, Request

from tests.desktop.fake_server import Answer, Asked, FakeServer


class Oven(Request):
    name: Name
    kind: str = "gas"
    heat: Annotated[float, Limits(ge=0)]
    most: float | None = None
    flame: int | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.most is not None and self.heat > self.most:
            raise ValueError(f"oven {self.name}: most {self.most} is below its heat {self.heat}")
        return self


class Baked(Oven):
    version: int = 1


class Fire(Request):
    flame: int = 1
    heat: Annotated[float, Limits(ge=0)] = 0.0
    weight: Decimal = Decimal(1)
    baud: Annotated[int, Limits(le=4_000_000)] = 9_600
    letter: Annotated[str, Limits(pattern="^[A-Z]$")] = "A"
    owner: Email = "ada@example.com"


def _burns(values: Values) -> bool:
    return values.get("kind") == "gas"


FIELDS = (
    Field("name", "Name", TextEditor, "What people call it."),
    Field("kind", "Kind", partial(ChoiceEditor, choices={"gas": "Gas", "electric": "Electric"})),
    Field("heat", "Heat", NumberEditor),
    Field("flame", "Flame", NumberEditor, fits=_burns),
    Field("most", "Most", NumberEditor, more=True),
)


class OvenDialog(FormDialog):
    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self.version is None:
            return client.post("/ovens", body, read=Baked, owner=self, key=self.key)
        return client.put("/ovens/1", body, read=Baked, owner=self, version=self.version)


@pytest.fixture
def oven(desk: Desk) -> Iterator[OvenDialog]:
    made = OvenDialog(desk, FIELDS, Oven, title="Oven", values={"name": "Left", "kind": "gas", "heat": 180}, version=1)
    made.show()
    yield made
    if isValid(made):
        made.form.open(made.form.values())
        made.close()


def errors(dialog: FormDialog) -> dict[str, str]:
    """What is said beside each field."""
    return {line.field.name: line.error.text() for line in dialog.form._lines if line.error.text()}


def set_(dialog: FormDialog, **values: Any) -> None:
    dialog.form.fill(values)


def test_what_is_saved_is_what_was_typed(qtbot: QtBot, oven: OvenDialog, server: FakeServer) -> None:
    server.answer("PUT /ovens/1", Baked(name="Left", heat=200))
    set_(oven, heat=200, flame=3)
    with qtbot.waitSignal(oven.saved):
        QTest.keyClick(oven, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    asked = server.asked_for("PUT /ovens/1")[0]
    assert asked.body == {"name": "Left", "kind": "gas", "heat": 200, "flame": 3, "most": None}
    assert asked.headers["if-match"] == '"1"'


def test_a_field_that_does_not_fit_is_hidden_and_left_out(oven: OvenDialog) -> None:
    set_(oven, kind="electric", flame=3)
    assert "flame" not in oven.form.values()
    assert oven.form.editor("flame").isHidden()
    set_(oven, kind="gas")
    assert oven.form.values()["flame"] == 3


def test_errors_stand_beside_their_fields_and_nothing_is_sent(oven: OvenDialog, server: FakeServer) -> None:
    set_(oven, name="", heat="hot")
    oven.save()
    assert errors(oven).keys() == {"name", "heat"}
    assert errors(oven)["name"] == "This is needed."
    assert oven.form.editor("name").field.hasFocus()
    assert not server.asked_for("PUT /ovens/1")


def test_an_error_about_the_whole_goes_to_the_field_it_names_and_unfolds_it(oven: OvenDialog) -> None:
    assert oven.form.editor("most").isHidden()
    set_(oven, most=100)
    oven.save()
    assert errors(oven) == {"most": "oven Left: most 100.0 is below its heat 180.0"}
    assert oven.form.editor("most").isVisible()


def test_an_error_of_the_server_stands_beside_its_field(qtbot: QtBot, oven: OvenDialog, server: FakeServer) -> None:
    told = {
        "title": "Invalid",
        "status": 422,
        "code": "invalid",
        "detail": "No",
        "errors": [{"field": "body.heat", "code": "hot", "message": "too hot for this room"}],
    }
    server.answer("PUT /ovens/1", told, status=422)
    set_(oven, heat=900)
    oven.save()
    qtbot.waitUntil(lambda: errors(oven) == {"heat": "too hot for this room"})
    assert oven.save_button.isEnabled()
    QTest.keyClicks(oven.form.editor("heat").field, "1")
    assert errors(oven) == {}


def test_what_was_typed_is_not_lost_by_escape(oven: OvenDialog) -> None:
    set_(oven, heat=200)
    QTest.keyClick(oven, Qt.Key.Key_Escape)
    assert oven.isVisible()
    assert oven.question.isVisible()
    QTest.keyClick(oven.question.stay, Qt.Key.Key_Escape)
    assert oven.isVisible()
    assert oven.question.isHidden()
    QTest.keyClick(oven, Qt.Key.Key_Escape)
    oven.question.discard.click()
    assert oven.isHidden()


def test_a_form_as_it_was_opened_closes_at_once(oven: OvenDialog) -> None:
    QTest.keyClick(oven, Qt.Key.Key_Escape)
    assert oven.isHidden()


def test_a_clash_shows_what_changed_and_keeps_mine(qtbot: QtBot, oven: OvenDialog, server: FakeServer) -> None:
    current = {"name": "Left", "kind": "electric", "heat": 210.0, "most": None, "flame": None, "version": 7}
    clash = {"title": "Clash", "status": 409, "code": "version_clash", "detail": "Changed.", "current": current}

    def answer(asked: Asked) -> Answer:
        return Answer(clash, 409) if asked.headers["if-match"] == '"1"' else Answer({**asked.body, "version": 8})

    server.answer_with("PUT /ovens/1", answer)
    set_(oven, heat=200)
    oven.save()
    qtbot.waitUntil(oven.clash.isVisible)
    assert "Heat: was 180, is now 210; you want 200" in oven.clash.words.text()
    assert "Kind: was Gas, is now Electric" in oven.clash.words.text()
    assert oven.form.values() == {"name": "Left", "kind": "electric", "heat": 200, "most": None}
    with qtbot.waitSignal(oven.saved):
        oven.save()
    assert server.asked_for("PUT /ovens/1")[1].headers["if-match"] == '"7"'


def test_theirs_can_be_taken_after_a_clash(qtbot: QtBot, oven: OvenDialog, server: FakeServer) -> None:
    current = {"name": "Left", "kind": "gas", "heat": 210.0, "most": None, "flame": 2, "version": 7}
    clash = {"title": "Clash", "status": 409, "code": "version_clash", "detail": "Changed.", "current": current}
    server.answer("PUT /ovens/1", clash, status=409)
    set_(oven, heat=200)
    oven.save()
    qtbot.waitUntil(oven.clash.isVisible)
    oven.clash.theirs.click()
    assert oven.form.values()["heat"] == 210
    assert not oven.form.is_dirty


def test_what_no_field_shows_goes_back_as_it_came(desk: Desk) -> None:
    fields = tuple(field for field in FIELDS if field.name != "most")
    dialog = OvenDialog(desk, fields, Oven, title="Oven", values={"name": "Left", "heat": 1, "most": 300}, version=1)
    assert dialog.typed()["most"] == 300
    dialog.close()


def test_pairs_and_numbers_are_read_as_typed(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    pairs, numbers = PairsEditor(parent), NumbersEditor(parent)
    pairs.lines.setPlainText("0 = Guard open\n\n 3=Oil low ")
    numbers.line.setText("32767; -1 0.5 x")
    assert pairs.value() == {"0": "Guard open", "3": "Oil low"}
    assert numbers.value() == [32767, -1, 0.5, "x"]


@pytest.mark.parametrize("typed", ["nan", "inf", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused_in_words(oven: OvenDialog, server: FakeServer, typed: str) -> None:
    oven.form.open({"most": typed})
    assert not oven.form.is_dirty, "what was typed is itself"
    oven.save()
    assert errors(oven) == {"most": f"{typed} is no number that can be reckoned with: type one such as 12.5."}
    assert not server.asked_for("PUT /ovens/1")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"flame": "2x"}, "2x is no whole number: type digits alone, such as 12."),
        ({"flame": "1.5"}, "1.5 is no whole number: type digits alone, such as 12."),
        ({"heat": "hot"}, "hot is no number: type one such as 12.5."),
        ({"heat": -1}, "-1 is too small: it must be 0 or more."),
        ({"weight": "heavy"}, "heavy is no number: type one such as 12.5."),
        ({"baud": 5_000_000}, "5000000 is too large: it must be 4000000 or less."),
        ({"letter": "A0x"}, "A0x is not of the form ^[A-Z]$: type it so."),
        ({"letter": ""}, "This is needed."),
        ({"owner": "anna"}, "must read name@example.com"),
    ],
)
def test_what_a_contract_refuses_is_said_with_the_value_and_the_way_out(typed: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Fire.model_validate(typed)
    assert [words_of(error) for error in refused.value.errors()] == [words]


def test_while_it_is_saved_it_shows_so_and_is_sent_once(qtbot: QtBot, oven: OvenDialog, server: FakeServer) -> None:
    hold = Event()
    server.answer("PUT /ovens/1", {"title": "No", "status": 503, "code": "unavailable"}, status=503, wait=hold)
    set_(oven, heat=200)
    assert not oven.sending.isVisible()
    place = oven.save_button.pos()
    oven.save()
    oven.save()
    assert oven.sending.isVisible()
    assert not oven.save_button.isEnabled()
    hold.set()
    qtbot.waitUntil(oven.save_button.isEnabled)
    assert not oven.sending.isVisible()
    assert oven.save_button.pos() == place
    assert len(server.asked_for("PUT /ovens/1")) == 1


@pytest.mark.parametrize(("month", "clock", "shown"), [(1, "UTC+01:00", "13:00"), (7, "UTC+02:00", "14:00")])
def test_a_moment_is_typed_by_the_clocks_of_its_zone_which_are_named(
    qtbot: QtBot, month: int, clock: str, shown: str
) -> None:
    around = QWidget()
    qtbot.addWidget(around)
    editor = MomentEditor(around, zone=ZoneInfo("Europe/Berlin"))
    editor.set_value(f"2026-0{month}-02T12:00:00+00:00")
    assert (editor.edit.text()[-5:], editor.clock.text()) == (shown, clock)
    editor.edit.setTime(editor.edit.time().addSecs(3600))
    assert editor.value() == f"2026-0{month}-02T13:00:00+00:00"
