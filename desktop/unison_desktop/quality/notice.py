"""What must be known to read a chart: how far its limits hold, and of what it is."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from unison_domain.quality.individuals import SETTLED

from unison_desktop.frame.stretch import ALWAYS
from unison_desktop.kernel.texts import _
from unison_desktop.quality.series import Series
from unison_desktop.quality.sources import gauges_by_station


def notice_of(series: Series | None) -> str:
    """All of it in a line; empty where the chart says all."""
    if series is None or not series.values:
        return ""
    return " ".join(text for text in (_of_count(series), _of_sources(series)) if text)


def _of_count(series: Series) -> str:
    count = len(series.values)
    if series.chart is None:
        return _("One value has no limits yet: they come from how neighbours differ, so two are the least.")
    if series.is_preliminary:
        text = _(
            "Limits of {count} values are preliminary and will move: from {settled} values on they can be relied on."
        )
        return text.format(count=QLocale().toString(count), settled=SETTLED)
    if series.is_cut and series.stretch != ALWAYS:
        text = _("Only the newest {count} values are shown: there are older ones in this time.")
        return text.format(count=QLocale().toString(count))
    return ""


def _of_sources(series: Series) -> str:
    """What differs between two machines, or two gauges, is in the ranges of neighbours, as if the process did it."""
    stations = gauges_by_station(series.values)
    if len(stations) > 1:
        return _("These are values of {n} stations: the limits may be too wide. Choose one.").format(n=len(stations))
    gauges = max((len(of_one) for of_one in stations.values()), default=0)
    if gauges > 1:
        return _("These are values of {n} gauges: the limits may be too wide. Choose one.").format(n=gauges)
    return ""
