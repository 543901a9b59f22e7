"""What the system makes for an organization to begin with, in German by its English name; from then on it is theirs."""

from __future__ import annotations

from collections.abc import Mapping

_REASONS: Mapping[str, str] = {
    "Failure": "Störung",
    "Mechanical": "Mechanik",
    "Electrical or control": "Elektrik oder Steuerung",
    "Hydraulics or pneumatics": "Hydraulik oder Pneumatik",
    "Tool or die broken": "Werkzeugbruch",
    "Setup": "Rüsten",
    "Changeover": "Umrüsten",
    "Tool change": "Werkzeugwechsel",
    "Adjustment": "Einstellen",
    "Material": "Material",
    "No material": "Material fehlt",
    "Bad material": "Material fehlerhaft",
    "Jam": "Materialstau",
    "No container": "Behälter fehlt",
    "Quality": "Qualität",
    "Waiting for inspection": "Warten auf Prüfung",
    "Quality problem": "Qualitätsproblem",
    "Operator": "Personal",
    "Nobody there": "Personal fehlt",
    "Training or meeting": "Schulung oder Besprechung",
    "External": "Fremdeinfluss",
    "Power": "Strom",
    "Compressed air": "Druckluft",
    "Other machine of the line": "Andere Maschine der Linie",
    "Organization": "Organisation",
    "No order": "Auftrag fehlt",
    "No drawing or program": "Zeichnung oder Programm fehlt",
    "Waiting for maintenance": "Warten auf Instandhaltung",
    "Planned": "Geplant",
    "Break": "Pause",
    "Cleaning": "Reinigung",
    "Planned maintenance": "Geplante Wartung",
    "No shift": "Keine Schicht",
    "Other": "Sonstiges",
}
"""The first downtime reasons."""

_TAGS: Mapping[str, str] = {
    "Voltage": "Spannung",
    "Current": "Strom",
    "Active power": "Wirkleistung",
    "Apparent power": "Scheinleistung",
    "Reactive power": "Blindleistung",
    "Power factor": "Leistungsfaktor",
    "Phase angle": "Phasenwinkel",
    "Frequency": "Frequenz",
    "Active energy import": "Wirkarbeit Bezug",
    "Active energy export": "Wirkarbeit Lieferung",
    "Reactive energy import": "Blindarbeit Bezug",
    "Active energy": "Wirkarbeit",
    "Reactive energy export": "Blindarbeit Lieferung",
    "Apparent energy": "Scheinarbeit",
    "All inputs": "Alle Eingänge",
    "Voltage L1": "Spannung L1",
    "Voltage L2": "Spannung L2",
    "Voltage L3": "Spannung L3",
    "Current L1": "Strom L1",
    "Current L2": "Strom L2",
    "Current L3": "Strom L3",
    "Active power L1": "Wirkleistung L1",
    "Active power L2": "Wirkleistung L2",
    "Active power L3": "Wirkleistung L3",
    "Power factor L1": "Leistungsfaktor L1",
    "Power factor L2": "Leistungsfaktor L2",
    "Power factor L3": "Leistungsfaktor L3",
    "Voltage L1-N": "Spannung L1-N",
    "Voltage L2-N": "Spannung L2-N",
    "Voltage L3-N": "Spannung L3-N",
    "Voltage L1-L2": "Spannung L1-L2",
    "Voltage L2-L3": "Spannung L2-L3",
    "Voltage L3-L1": "Spannung L3-L1",
    "THD voltage L1": "THD Spannung L1",
    "THD current L1": "THD Strom L1",
    **{f"DI{n} count": f"DI{n} Zählung" for n in range(16)},
}
"""Tags of device templates; what is called the same in both languages is left out."""

_NOTES: Mapping[str, str] = {
    "Values hold the set transformer ratios. Energy counts in Wh and is kept every five minutes, so a power cut "
    "may take it back a little. Also for UMG 96-S2 and 96-PA, whose list of frequently required readings is the "
    "same up to 19050.": (
        "Die Werte enthalten die eingestellten Wandlerverhältnisse. Die Arbeit zählt in Wh und wird alle fünf "
        "Minuten gesichert, ein Stromausfall kann sie also etwas zurücksetzen. Auch für UMG 96-S2 und 96-PA, deren "
        "Liste der häufig gebrauchten Werte bis 19050 dieselbe ist."
    ),
    "Three-phase meter, RTU; from the factory 9600 baud. One request may ask for at most 30 values. Energy counts "
    "in kWh.": (
        "Dreiphasiger Zähler, RTU; ab Werk 9600 Baud. Eine Anfrage darf höchstens 30 Werte verlangen. Die Arbeit "
        "zählt in kWh."
    ),
    "Single-phase meter, RTU; from the factory 2400 baud. One request may ask for at most 30 values.": (
        "Einphasiger Zähler, RTU; ab Werk 2400 Baud. Eine Anfrage darf höchstens 30 Werte verlangen."
    ),
    "16 digital inputs. Say the meaning and the machine of the inputs that are used.": (
        "16 digitale Eingänge. Bitte Bedeutung und Maschine der benutzten Eingänge angeben."
    ),
    "Bit n is DI n.": "Bit n ist DI n.",
    "Only while the channel is set to counter mode and its counter is started.": (
        "Nur solange der Kanal als Zähler eingestellt und sein Zähler gestartet ist."
    ),
    "12 digital inputs and 6 digital outputs. Say the meaning and the machine of the inputs that are used.": (
        "12 digitale Eingänge und 6 digitale Ausgänge. Bitte Bedeutung und Maschine der benutzten Eingänge angeben."
    ),
    "Three-phase meter, Modbus TCP, port 502, unit 1. Energy export only where the meter is set to application H.": (
        "Drehstromzähler, Modbus TCP, Port 502, Unit 1. Abgabe nur, wenn der Zähler auf Anwendung H eingestellt ist."
    ),
    "Three-phase meter, RTU; from the factory 9600 baud, no parity. Values hold the set transformer ratios.": (
        "Drehstromzähler, RTU; ab Werk 9600 Baud, keine Parität. Die Werte enthalten die eingestellten "
        "Wandlerverhältnisse."
    ),
    "8 digital inputs and 8 channels that are set as inputs or outputs; read here as outputs. Say the meaning "
    "and the machine of the inputs that are used.": (
        "8 digitale Eingänge und 8 Kanäle, die Ein- oder Ausgänge sind; hier als Ausgänge gelesen. Bitte "
        "Bedeutung und Maschine der benutzten Eingänge angeben."
    ),
    "Three-phase meter, RTU; from the factory 19,200 baud, even parity. Power in kW, energy counts in Wh.": (
        "Drehstromzähler, RTU; ab Werk 19.200 Baud, gerade Parität. Leistung in kW, Energie zählt in Wh."
    ),
    "A request that begins or ends in the middle of a value is refused, so nothing is read along. Energy counts in "
    "Wh. Modbus TCP, port 502.": (
        "Eine Anfrage, die mitten in einem Wert beginnt oder endet, weist das Gerät ab; darum wird nichts "
        "mitgelesen. Energie zählt in Wh. Modbus TCP, Port 502."
    ),
    "Tariff 1, which counts where no tariffs are set.": "Tarif 1; er zählt, wo keine Tarife eingestellt sind.",
    "The first 16 digital inputs and 8 digital outputs, counted from the coupler on; which there are depends on "
    "the plugged modules: channels that are not there are refused by the coupler, so leave them out.": (
        "Die ersten 16 digitalen Eingänge und 8 digitalen Ausgänge, vom Koppler an gezählt; welche es gibt, hängt "
        "von den gesteckten Klemmen ab: fehlende Kanäle weist der Koppler ab, also weglassen."
    ),
}
"""What templates say of themselves."""

MADE: Mapping[str, str] = {**_REASONS, **_TAGS, **_NOTES}
