"""What goes wrong between an agent and its server."""

from __future__ import annotations

from tests.station_agent.uplink.server import Exchange, Fault


def status(code: int, **headers: str) -> Fault:
    return lambda exchange: exchange.answer(code, exchange.server.problem("made_up", "as the test wants"), **headers)


def cut(exchange: Exchange) -> bool:
    return exchange.cut()


def commit_then_cut(exchange: Exchange) -> bool:
    exchange.server.take(exchange.batch)
    return exchange.cut()
