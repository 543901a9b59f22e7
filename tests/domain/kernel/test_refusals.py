"""Words for what a contract refuses."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from unison_domain.identity.contracts import UserCreate
from unison_domain.kernel.refusals import refusals_of
from unison_domain.stations.contracts import Enrol
from unison_domain.stations.device_settings import DeviceSettings


def refused(contract: type[BaseModel], **given: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        contract.model_validate(given)
    return dict(refusals_of(caught.value))


@pytest.mark.parametrize(
    ("contract", "field", "given", "words"),
    [
        (Enrol, "code", "WRONG", "must have at least 8 characters, not 5"),
        (Enrol, "hostname", "", "must not be empty"),
        (Enrol, "acknowledged_through", "many", "must be a whole number, not 'many'"),
        (Enrol, "colour", 1, "is known to nobody: look at how it is spelled"),
        (UserCreate, "username", " lead", "must not begin or end with a space"),
        (UserCreate, "username", "", "must not be empty"),
        (UserCreate, "email", "nobody", "must read name@example.com"),
        (UserCreate, "roles", ["viewer"] * 21, "must have at most 20 items, not 21"),
        (UserCreate, "password", "short", "must have 8 to 256 characters, not 5"),
        (DeviceSettings, "unit_id", 999, "must be 255 or less, not 999"),
        (DeviceSettings, "timeout_seconds", "x" * 99, f"must be a number, not '{'x' * 38}…"),
    ],
)
def test_each_field_is_told_in_words(contract: type[BaseModel], field: str, given: Any, words: str) -> None:
    assert refused(contract, **{field: given})[field] == words


def test_what_is_missing_is_told_by_its_place() -> None:
    assert refused(Enrol)["code"] == "is missing"


def test_a_secret_is_never_repeated() -> None:
    assert "hunter2" not in str(refused(UserCreate, password="hunter2"))
