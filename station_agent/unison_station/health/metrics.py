"""The status as Prometheus metrics, worked out anew for every scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from unison_domain.stations.events import DeviceState
from unison_domain.stations.peripherals import PeripheralState

from unison_station.health.status import Status
from unison_station.uplink.standing import LinkState

PREFIX = "unison_station_"


def exposition(status: Status) -> bytes:
    """The text a Prometheus server scrapes."""
    registry = CollectorRegistry()
    registry.register(_Metrics(lambda: status))
    return generate_latest(registry)


class _Metrics(Collector):
    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        yield _gauge("configuration_version", "Configuration that runs", status.configuration)
        yield _gauge("queue_events", "Events not yet acknowledged by the server", status.queue_depth)
        if status.dead_letters is not None:
            yield _gauge("dead_letters", "Events the server refused for good", status.dead_letters)
        yield _gauge("refusing", "1 while nothing is taken because the buffer is full", status.refusal is not None)
        yield _gauge("taking_samples", "0 while the disk is too full for samples", status.takes_samples)
        if status.oldest_unsent_at is not None:
            age = (status.at - status.oldest_unsent_at).total_seconds()
            yield _gauge("oldest_unsent_seconds", "Age of the oldest event not yet acknowledged", age)
        if status.link is not None:
            online = status.link.state is LinkState.ONLINE
            yield _gauge("server_online", "1 while the server takes what is sent", online)
        if status.certificate_ends is not None:
            words = "When the server's certificate ends, in seconds since 1970"
            yield _gauge("server_certificate_ends_timestamp_seconds", words, status.certificate_ends.timestamp())
        if status.authority_ends is not None:
            words = "When the authority ends that the agent was enrolled with, in seconds since 1970"
            yield _gauge("authority_ends_timestamp_seconds", words, status.authority_ends.timestamp())
        if status.clock_correction is not None:
            yield _gauge("clock_correction_seconds", "Added to stamps before they are sent", status.clock_correction)
        yield _count("events", "Events made since the start", status.committed)
        yield from _devices(status)
        yield _peripherals(status)
        yield from _lines(status)


def _devices(status: Status) -> Iterator[Metric]:
    online = GaugeMetricFamily(f"{PREFIX}device_online", "1 while the device answers", labels=["device"])
    problems = GaugeMetricFamily(f"{PREFIX}device_bad_tags", "Tags without a good value", labels=["device"])
    seconds = GaugeMetricFamily(f"{PREFIX}device_response_seconds", "Duration of the last request", labels=["device"])
    requests = CounterMetricFamily(f"{PREFIX}device_requests", "Requests since the start", labels=["device"])
    failures = CounterMetricFamily(f"{PREFIX}device_failures", "Requests without a usable reply", labels=["device"])
    for device in status.devices:
        if not device.is_read:
            continue
        name = [device.device.name]
        online.add_metric(name, device.report.state is not DeviceState.OFFLINE)
        problems.add_metric(name, len(device.report.tags))
        requests.add_metric(name, device.requests)
        failures.add_metric(name, device.failures)
        if device.seconds is not None:
            seconds.add_metric(name, device.seconds)
    yield from (online, problems, seconds, requests, failures)


def _peripherals(status: Status) -> Metric:
    words = "1 while the scanner, gauge or camera works"
    online = GaugeMetricFamily(f"{PREFIX}peripheral_online", words, labels=["peripheral"])
    for one in status.peripherals:
        online.add_metric([one.peripheral.name], one.report.state is PeripheralState.ONLINE)
    return online


def _lines(status: Status) -> Iterator[Metric]:
    lateness = GaugeMetricFamily(f"{PREFIX}line_lateness_seconds", "Delay of the last reading", labels=["line"])
    overruns = CounterMetricFamily(f"{PREFIX}line_overruns", "Readings skipped since the start", labels=["line"])
    for line in status.lines:
        lateness.add_metric([line.name], line.lateness)
        overruns.add_metric([line.name], line.overruns)
    yield from (lateness, overruns)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, what, value=float(value))


def _count(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, what, value=float(value))
