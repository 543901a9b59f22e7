"""The local page as HTML without scripts: it must be readable on any PC, in light and dark, with the server down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape

from unison_domain.kernel.certificates import ends_soon
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.events import DeviceState, Quality
from unison_domain.stations.peripherals import (
    CameraConfiguration,
    GaugeConfiguration,
    PeripheralConfiguration,
    PeripheralState,
    ScannerConfiguration,
)

from unison_station.health.status import DeviceStatus, PeripheralStatus, Status, TagStatus
from unison_station.uplink.standing import LinkState
from unison_station.wording import count_words, reading_words

REFRESH_SECONDS = 3
_EARLIEST_CHANGE = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --warn: #d4a72c; --bad: #ff7b72; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
p { margin: .2rem 0; } .soft { opacity: .7; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.notice { border-left: 4px solid var(--bad); background: var(--soft); padding: .4rem .8rem; margin: .4rem 0; }
@media (min-width: 60rem) {
  .tags { table-layout: fixed; overflow-wrap: anywhere; } .tags th:nth-child(6) { width: 36%; }
  .tags th:nth-child(4), .tags th:nth-child(5) { width: 6.5rem; }
}
.facts { display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; margin: .8rem 0; } .facts b { display: block; }
"""

_MARKS = {"good": "●", "calm": "◆", "warn": "▲", "bad": "■"}
_PLANNED = (MachineState.SETUP, MachineState.CLEANING, MachineState.MAINTENANCE, MachineState.MANUAL)
_DEVICE_KINDS = {DeviceState.ONLINE: "good", DeviceState.DEGRADED: "warn", DeviceState.OFFLINE: "bad"}
_QUALITY_KINDS = {Quality.GOOD: "good", Quality.UNCERTAIN: "warn", Quality.BAD: "bad", Quality.STALE: "bad"}


def page(status: Status) -> str:
    """The whole page."""
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">',
            f"<title>{'■ ' if status.problems else ''}Unison station: {escape(status.name)}</title>",
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{escape(status.name)}</h1>",
            f'<p class="soft">Unison station agent {escape(status.version)}, {_configuration(status.configuration)}, '
            f"this page made {_time(status.at)}</p>",
            '<p><a href="/station">The page of the people at the machines</a></p>',
            *(f'<p class="notice">{escape(problem)}</p>' for problem in status.problems),
            _facts(status),
            _machines(status),
            *(_device(device, status.at) for device in status.devices),
            "" if status.devices else "<p>No devices are configured yet.</p>",
            _peripherals(status.peripherals),
            "</body></html>",
        )
    )


def _configuration(version: int) -> str:
    """The server numbers by the milliseconds of the last change; a file of somebody's making may by anything."""
    if version < _EARLIEST_CHANGE:
        return f"configuration {version}"
    return f"configuration changed {_time(datetime.fromtimestamp(version / 1000, UTC))}"


def _facts(status: Status) -> str:
    facts = [
        ("Server", _link(status)),
        ("Waiting to be sent", _queue(status)),
        ("Refused by the server", _refused(status.dead_letters)),
        ("Buffer", _buffer(status)),
        ("Clock", _clock(status)),
        *_certificates(status),
    ]
    return f'<div class="facts">{"".join(f"<div><b>{name}</b>{fact}</div>" for name, fact in facts)}</div>'


def _certificates(status: Status) -> Iterator[tuple[str, str]]:
    """Nothing where the server is asked without HTTPS, or was not asked yet."""
    for name, ends in (("Certificate", status.certificate_ends), ("Authority", status.authority_ends)):
        if ends is not None:
            kind = "bad" if ends <= status.true_time else "warn" if ends_soon(ends, status.true_time) else "good"
            yield name, _mark(kind, f"until {ends:%Y-%m-%d}")


def _link(status: Status) -> str:
    if status.link is None:
        return "none: this agent only collects"
    kind = {LinkState.ONLINE: "good", LinkState.STARTING: "warn", LinkState.UNREACHABLE: "warn"}
    state = _mark(kind.get(status.link.state, "bad"), f"{status.link.state} since {_time(status.link.since)}")
    answered = "never answered" if status.answered_at is None else f"last answer {_time(status.answered_at)}"
    return f'{state}<br><span class="soft">{answered}</span>'


def _queue(status: Status) -> str:
    if status.queue_depth == 0:
        return _mark("good", "nothing")
    if status.oldest_unsent_at is None:
        return count_words(status.queue_depth, "event")
    age = _age((status.at - status.oldest_unsent_at).total_seconds())
    return f"{count_words(status.queue_depth, 'event')}, the oldest {age} old"


def _buffer(status: Status) -> str:
    if status.refusal is not None:
        return _mark("bad", "takes nothing")
    if not status.takes_samples:
        return _mark("warn", "takes counts and states, no samples")
    return _mark("good", "takes everything")


def _refused(dead_letters: int | None) -> str:
    if dead_letters is None:
        return _mark("bad", "can not be read")
    return _mark("bad", count_words(dead_letters, "event")) if dead_letters else _mark("good", "nothing")


def _clock(status: Status) -> str:
    correction = status.clock_correction
    if status.link is None:
        return "this PC's own"
    if correction is None:
        return "not compared with the server yet"
    if correction == 0:
        return _mark("good", "agrees with the server")
    return _mark("warn", f"{abs(correction):.1f} s {'behind' if correction > 0 else 'ahead of'} the server; corrected")


def _machines(status: Status) -> str:
    if not status.machine_names:
        return ""
    states = {report.machine_id: report for report in status.machines}
    rows = []
    for machine, name in status.machine_names.items():
        report, told = states.get(machine), status.told.get(machine)
        seen = report.last_signal_at if report is not None else None
        signal = "never" if seen is None else f"{_age((status.at - seen).total_seconds())} ago"
        if told is not None:
            signal = "" if report is None else signal
            rows.append((escape(name), _state(told.state), escape(told.source), _time(told.since), signal))
            continue
        if report is None:
            words = "not known yet" if status.refusal is None else "not known while nothing is taken"
            rows.append((escape(name), _mark("warn", words), "", "", ""))
            continue
        rows.append((escape(name), _state(report.state), "signals", _time(report.since), signal))
    return "<h2>Machines</h2>" + _table(("machine", "state", "source", "since", "last good signal"), rows)


def _state(state: MachineState) -> str:
    words = state.replace("_", " ")
    if state is MachineState.RUNNING:
        return _mark("good", words)
    if state in _PLANNED:
        return _mark("calm", words)
    return _mark("bad" if state in (MachineState.FAULT, MachineState.EMERGENCY_STOP) else "warn", words)


def _peripherals(peripherals: Iterable[PeripheralStatus]) -> str:
    rows = [
        (
            escape(one.peripheral.name),
            one.peripheral.kind,
            escape(_place(one.peripheral)),
            _mark("good" if one.report.state is PeripheralState.ONLINE else "bad", one.report.state),
            escape(one.report.message or ""),
        )
        for one in peripherals
    ]
    headings = ("name", "kind", "where", "state", "problem")
    return f"<h2>Scanners, gauges and cameras</h2>{_table(headings, rows)}" if rows else ""


def _place(peripheral: PeripheralConfiguration) -> str:
    match peripheral:
        case CameraConfiguration():
            return peripheral.source
        case ScannerConfiguration(keyboard=str(keyboard)):
            return f"types as {keyboard}"
        case ScannerConfiguration() | GaugeConfiguration():
            return peripheral.serial.port if peripheral.serial else ""


def _device(status: DeviceStatus, at: datetime) -> str:
    device, report = status.device, status.report
    tags = _table(("tag", "value", "raw", "quality", "read", "problem"), _tags(status.tags, at), "tags")
    if not status.is_read:
        heading = f"<h2>{escape(device.name)} {_mark('warn', report.message or 'not read')}</h2>"
        return f'{heading}<p class="soft">{escape(device.line_words)} unit {device.unit_id}</p>{tags}'
    answered = "no answer yet" if status.seconds is None else f"last answer took {status.seconds * 1000:.1f} ms"
    return "".join(
        (
            f"<h2>{escape(device.name)} {_mark(_DEVICE_KINDS[report.state], report.state)}</h2>",
            f'<p class="soft">{escape(device.line_words)} unit {device.unit_id}, {answered}, '
            f"{count_words(status.requests, 'request')}, {status.failures} without a usable reply</p>",
            f"<p>{escape(report.message)}</p>" if report.message else "",
            tags,
        )
    )


def _tags(tags: Iterable[TagStatus], at: datetime) -> Iterator[tuple[str, ...]]:
    for status in tags:
        reading, name = status.reading, escape(status.tag.name)
        if reading is None:
            yield name, "", "", _mark("warn", "not read yet"), "", escape(status.problem or "")
            continue
        value = reading_words(status.tag, reading)
        raw = (
            f"{reading.raw:.9g}" if isinstance(reading.raw, float) else "" if reading.raw is None else str(reading.raw)
        )
        age = _age((at - reading.at).total_seconds()) + " ago"
        quality = _mark(_QUALITY_KINDS[reading.quality], reading.quality)
        yield name, escape(value), escape(raw), quality, age, escape(status.problem or reading.reason or "")


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _mark(kind: str, words: str) -> str:
    """Words with a sign, so that colour is never alone."""
    return f'<span class="{kind}">{_MARKS[kind]} {escape(words)}</span>'


def _time(moment: datetime) -> str:
    """As the clock on this PC's wall shows it."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _age(seconds: float) -> str:
    seconds = max(seconds, 0.0)
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"
