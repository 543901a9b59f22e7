"""What the terms of scanners, gauges and cameras are called where people read them."""

from __future__ import annotations

from unison_domain.stations.camera_settings import CodeFormat
from unison_domain.stations.gauge_settings import FootSwitch, GaugeFormat
from unison_domain.stations.peripherals import PeripheralKind, PeripheralState
from unison_domain.stations.serial_settings import FrameEnd

from unison_desktop.kernel.texts import _

KINDS = {
    PeripheralKind.SCANNER: _("Scanner"),
    PeripheralKind.GAUGE: _("Gauge or scale"),
    PeripheralKind.CAMERA: _("Camera"),
}
STATES = {
    PeripheralState.ONLINE: _("works"),
    PeripheralState.OFFLINE: _("not there"),
    PeripheralState.REFUSED: _("can't be used so"),
}
WERE = {
    PeripheralState.ONLINE: _("worked {time} ago"),
    PeripheralState.OFFLINE: _("was not there {time} ago"),
    PeripheralState.REFUSED: _("could not be used so {time} ago"),
}
"""Of a PC that is silent."""
ENDS = {
    FrameEnd.LINE: _("end of line (CR, LF or both)"),
    FrameEnd.STX_ETX: _("STX and ETX around it"),
    FrameEnd.SUFFIX: _("bytes of its own"),
    FrameEnd.IDLE: _("a pause"),
}
GAUGE_FORMATS = {
    GaugeFormat.MITUTOYO: _("Mitutoyo Digimatic"),
    GaugeFormat.MT_SICS: _("Mettler-Toledo MT-SICS"),
    GaugeFormat.MARK_10: _("Mark-10"),
    GaugeFormat.PATTERN: _("another: own pattern"),
}
EXAMPLES = {
    GaugeFormat.MITUTOYO: "01A+0000.123",
    GaugeFormat.MT_SICS: "S S     100.00 g",
    GaugeFormat.MARK_10: "-18.78 lbFin",
    GaugeFormat.PATTERN: "ST,+ 12.500 mm",
}
"""A message of each format as its maker documents it."""
FOOT_SWITCHES = {
    FootSwitch.CTS: "CTS",
    FootSwitch.DSR: "DSR",
    FootSwitch.RI: "RI",
    FootSwitch.CD: "CD",
}
CODES = {
    CodeFormat.QR: "QR",
    CodeFormat.MICRO_QR: "Micro QR",
    CodeFormat.RMQR: "rMQR",
    CodeFormat.DATA_MATRIX: "Data Matrix",
    CodeFormat.AZTEC: "Aztec",
    CodeFormat.MAXICODE: "MaxiCode",
    CodeFormat.PDF_417: "PDF417",
    CodeFormat.MICRO_PDF_417: "MicroPDF417",
    CodeFormat.CODE_128: "Code 128",
    CodeFormat.CODE_39: "Code 39",
    CodeFormat.CODE_93: "Code 93",
    CodeFormat.CODABAR: "Codabar",
    CodeFormat.ITF: "ITF (2 of 5)",
    CodeFormat.EAN_13: "EAN-13",
    CodeFormat.EAN_8: "EAN-8",
    CodeFormat.UPC_A: "UPC-A",
    CodeFormat.UPC_E: "UPC-E",
    CodeFormat.DATA_BAR: "DataBar",
    CodeFormat.DATA_BAR_EXPANDED: "DataBar Expanded",
}
