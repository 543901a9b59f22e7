"""The scanners, gauges and cameras of a simulated shop, as a scenario declares them.

[[instrument]]
kind = "caliper"
code = "CALIPER-1"
name = "Caliper"
station = "HALL-1"
every_seconds = 20
measures = { name = "Shaft diameter", unit = "mm", target = "20.000", tolerance = "0.050", sigma = "0.010" }
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from unison_domain.kernel.contracts import Code, Name, Text


class _Plan(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MeasuredPlan(_Plan):
    """A characteristic: `target` is written with as many digits as are measured.

    Attributes:
        tolerance: as far below and above the target is still good.
        sigma: standard deviation of what is made.
    """

    name: Name
    unit: Annotated[Text, Field(max_length=20)]
    target: Decimal
    tolerance: Annotated[Decimal, Field(gt=0)]
    sigma: Annotated[Decimal, Field(gt=0)]

    @property
    def resolution(self) -> Decimal:
        """The smallest step that is shown."""
        return Decimal(1).scaleb(int(self.target.as_tuple().exponent))


class CodePlan(_Plan):
    """A code that is scanned; `{n}` is a number that grows with each, `symbology` as in AIM identifiers (`C1`)."""

    text: Annotated[Text, Field(min_length=1)]
    symbology: Annotated[str, Field(pattern=r"^[A-Za-z][0-9A-Za-z]$")] = "C0"


class _Instrument(_Plan):
    """`uses`: so often it is used and then rests; None: for ever."""

    code: Code
    name: Name
    station: Code
    every_seconds: Annotated[float, Field(gt=0, le=86_400)] = 20.0
    uses: Annotated[int, Field(ge=1)] | None = None


class ScannerPlan(_Instrument):
    """A handheld scanner; one of the codes after the other."""

    kind: Literal["scanner"]
    codes: Annotated[list[CodePlan], Field(min_length=1)]


class GaugePlan(_Instrument):
    """A caliper with a data button, or a scale with a key."""

    kind: Literal["caliper", "scale"]
    measures: MeasuredPlan


class CameraPlan(_Instrument):
    """A camera that is shown parts with a QR code, one after the other; it `measures` the diameter of their bore.

    Attributes:
        ring_seconds: so many seconds before and after a stop of its station's machines are kept.
    """

    kind: Literal["camera"]
    codes: Annotated[list[CodePlan], Field(min_length=1)]
    measures: MeasuredPlan
    ring_seconds: Annotated[int, Field(ge=0, le=120)] = 0


InstrumentPlan = Annotated[ScannerPlan | GaugePlan | CameraPlan, Field(discriminator="kind")]
"""Any of them, told apart by `kind`."""
