"""The fields of a camera, with what they mean."""

from __future__ import annotations

from functools import partial

from unison_desktop.frame.form.editors import NumberEditor, SwitchEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.form.offering import OfferingEditor
from unison_desktop.kernel.texts import _
from unison_desktop.stations.peripherals.editors import ExpectedEditor, TicksEditor
from unison_desktop.stations.peripherals.fields import name_field
from unison_desktop.stations.peripherals.shape import IS_PART
from unison_desktop.stations.peripherals.words import CODES

_number = NumberEditor

USUAL_GAMMA = 2.2
"""Of cameras that are made for the eye: all for a USB port of a PC that don't say otherwise (sRGB, Rec. 709)."""


def camera_fields() -> tuple[Field, ...]:
    """A camera. Its calibration and measuring tools are set up on a picture, and stay as they are here."""
    return (name_field(_("Top camera")), *_PICTURES, *_READING, *_DOUBT, *_KEPT)


def _is_part(values: Values) -> bool:
    return bool(values.get(IS_PART))


def _reads_codes(values: Values) -> bool:
    return bool(values.get("formats"))


_PICTURES = (
    Field(
        "source",
        _("Pictures from"),
        partial(OfferingEditor, hint="usb-046d_HD_Pro_Webcam-video-index0", longest=500),
        _(
            "The list has the cameras at the PC, by names that stay the same wherever they are plugged in; or an "
            "address (rtsp://…, http://…), or a file or folder of pictures at the PC."
        ),
    ),
    Field("width", _("Width (pixels)"), _number, _("Asked of the camera; it takes the nearest it has.")),
    Field("height", _("Height (pixels)"), _number, _("A code needs 3 pixels for each of its smallest bars or dots.")),
    Field("rate", _("Pictures a second"), _number, _("15 serves parts that rest; more only costs the PC.")),
    Field(
        "exposure_milliseconds",
        _("Exposure (ms)"),
        partial(NumberEditor, hint=_("left to the camera")),
        _("Fixed, so that moving parts are not blurred and pictures are alike. Not at an address: its own pages do."),
        more=True,
    ),
    Field(
        "focus",
        _("Focus"),
        partial(NumberEditor, hint=_("left to the camera")),
        _("Fixed, in the unit of the camera's driver: autofocus hunts at every part. Not at an address."),
        more=True,
    ),
    Field(
        "gamma",
        _("Gamma"),
        _number,
        _(
            "How much the camera brightens dark parts, by which measured edges shift: 2.2 of web cameras and most "
            "others, 1 of industrial cameras with gamma off. Cameras set up before this was asked have 1."
        ),
        more=True,
    ),
)
_READING = (
    Field(
        "formats",
        _("Codes to read"),
        partial(TicksEditor, choices=CODES),
        _(
            "Only what is really used: each further kind costs time and may be seen where there is none. None ticked: "
            "no codes."
        ),
        heading=_("Codes"),
    ),
    Field(
        "expected",
        _("Belong together"),
        partial(ExpectedEditor, hint="part = P\\d{6}\nserial = S\\w+\nquantity = Q\\d+"),
        _(
            "Codes that only count together, when all are in sight, a line each: what it is, and a regular expression "
            "for its text. Left empty, each code counts alone."
        ),
        fits=_reads_codes,
    ),
    Field(
        IS_PART,
        _("Where to look"),
        partial(SwitchEditor, text=_("In a part of the picture")),
        _("Faster. What lies beside is seen now and then, or never: 0 at Whole picture every."),
    ),
    Field("region_x", _("From the left"), _number, _("As a part of the width: 0.25 is a quarter."), fits=_is_part),
    Field("region_y", _("From the top"), _number, _("As a part of the height."), fits=_is_part),
    Field("region_width", _("Width"), _number, _("As a part of the width: 0.5 is half of it."), fits=_is_part),
    Field("region_height", _("Height"), _number, _("As a part of the height."), fits=_is_part),
    Field(
        "absent_seconds",
        _("Away for (s)"),
        _number,
        _("So long a code must be out of sight before the same one counts again."),
        fits=_reads_codes,
    ),
)
_DOUBT = (
    Field(
        "confirmations",
        _("Reads in a row"),
        _number,
        _(
            "So often a code without a checksum must read alike before it is believed, 1 to 10; once less where its "
            "bars are cleanly printed."
        ),
        more=True,
        fits=_reads_codes,
        heading=_("Which pictures are worth a look"),
    ),
    Field(
        "least_length",
        _("Least length"),
        _number,
        _(
            "Characters from which a code without a checksum (Code 39, Codabar, ITF) is believed: stripes that are "
            "no code look like short ones."
        ),
        more=True,
        fits=_reads_codes,
    ),
    Field(
        "motion",
        _("Least motion"),
        _number,
        _("Mean change of brightness, 0 to 255; 0 looks at each picture."),
        more=True,
    ),
    Field(
        "sharpness",
        _("Least sharpness"),
        _number,
        _("Variance of the Laplacian: blurred pictures have little; 0 looks at each."),
        more=True,
    ),
    Field(
        "whole_picture_every",
        _("Whole picture every"),
        _number,
        _("So many pictures apart the whole one is looked at, where a part is looked at; 0 never does."),
        more=True,
        fits=_is_part,
    ),
    Field(
        "second_pass",
        _("Second try"),
        partial(SwitchEditor, text=_("Turned, enhanced and inverted")),
        _("Of what lies beside the codes that are read at first sight."),
        more=True,
        fits=_reads_codes,
    ),
    Field(
        "second_opinion",
        _("Second opinion"),
        partial(SwitchEditor, text=_("Ask pyzbar too")),
        _(
            "It reads Codabar, Code 39, 93 and 128, EAN, UPC, DataBar, ITF and QR. Where it is not installed at the "
            "PC, or none of these is ticked, the camera's line says so."
        ),
        more=True,
        fits=_reads_codes,
    ),
)
_KEPT = (
    Field(
        "keep_scans",
        _("Pictures of scans"),
        partial(SwitchEditor, text=_("Keep the picture of each scan")),
        _("As evidence of what was in sight."),
        fits=_reads_codes,
        heading=_("Which pictures are kept"),
    ),
    Field(
        "ring_seconds",
        _("Around a stop (s)"),
        _number,
        _(
            "So many seconds before and after a stop of a machine of the station are kept, up to 120; 0 keeps none. "
            "Two pictures a second, or fewer where they are large: a camera holds 48 MB."
        ),
    ),
    Field(
        "retention_days",
        _("Keep for (days)"),
        _number,
        _("Then they are deleted; what was measured and scanned stays."),
    ),
)
