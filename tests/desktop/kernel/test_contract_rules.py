"""What a rule of a contract says is read in the person's language."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import speak
from unison_domain.identity.badge_contracts import PinSet
from unison_domain.quality.contracts import CharacteristicCreate
from unison_domain.sites.contracts import PlantCreate
from unison_domain.stations.gauge_settings import GaugeSettings


@pytest.fixture
def german() -> Iterator[None]:
    """Texts in German while the test runs."""
    speak("de")
    yield
    speak("en")


GAUGE = {"name": "Waage: 1", "serial": {"port": "COM3"}, "format": "pattern"}
BROKEN: list[tuple[type[BaseModel], dict[str, Any], str]] = [
    (PinSet, {"pin": "12"}, "muss 4 bis 12 Ziffern haben"),
    (
        CharacteristicCreate,
        {"plant_id": "0" * 32, "characteristic_name": "Bohrung", "measurement_unit": "mm", "lsl": "12.5", "usl": "12"},
        "Die untere Grenze 12.5 muss unter der oberen 12 liegen",
    ),
    (GaugeSettings, {**GAUGE, "pattern": "(.+)"}, "„(.+)“ nennt keine Gruppe"),
    (GaugeSettings, {**GAUGE, "pattern": "(?P<value>.+"}, "„(?P<value>.+“ ist kein regulärer Ausdruck: "),
    (
        PlantCreate,
        {"code": "K", "name": "Kiel", "time_zone": "Nord"},
        "'Nord' ist keine Zeitzone der IANA-Liste, z. B. Europe/Berlin",
    ),
]


def message_of(contract: type[BaseModel], given: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        contract.model_validate(given)
    return next(error["msg"] for error in refused.value.errors() if error["type"] == "value_error")


@pytest.mark.parametrize(("contract", "given", "said"), BROKEN, ids=[said[:20] for *_, said in BROKEN])
def test_rules_are_said_in_german(german: None, contract: type[BaseModel], given: dict[str, Any], said: str) -> None:
    assert said in worded(message_of(contract, given))


@pytest.mark.parametrize(("contract", "given", "said"), BROKEN, ids=[said[:20] for *_, said in BROKEN])
def test_in_english_they_are_said_as_they_are(contract: type[BaseModel], given: dict[str, Any], said: str) -> None:
    message = message_of(contract, given)
    assert worded(message) == message.removeprefix("Value error, ")


def test_a_rule_without_words_here_is_said_in_english(german: None) -> None:
    assert worded("Value error, nobody wrote this one") == "nobody wrote this one"
