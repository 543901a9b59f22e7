"""PINs that are tried first."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from unison_domain.identity.badge_contracts import PinSet


@pytest.mark.parametrize("pin", ["0000", "1212", "1122", "2000", "1234", "4321", "7890", "9012", "2468", "123456"])
def test_what_is_tried_first_is_refused(pin: str) -> None:
    with pytest.raises(ValidationError, match="three different digits"):
        PinSet.model_validate({"pin": pin})


@pytest.mark.parametrize("pin", ["4711", "1243", "8317", "2580", "123455", "829461"])
def test_others_are_taken(pin: str) -> None:
    assert PinSet.model_validate({"pin": pin}).pin.get_secret_value() == pin
