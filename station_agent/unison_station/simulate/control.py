"""Faults on demand: JSON objects, one per line, over a loopback port; each is answered by one line.

{"do": "status"}                                         machines, their state and counts, ports, clock offset
{"do": "silent", "machine": "PRESS-1", "seconds": 5}     any trouble of a scenario, with its fields
{"do": "clear", "machine": "PRESS-1"}                    ends the trouble
{"do": "clock_step", "delta": -3600}                     sets the station's wall clock (`--clock-file`)
{"do": "use", "instrument": "SCANNER-1"}                 uses it once; "slip" half, pause, double or garbled breaks it
{"do": "pull", "instrument": "SCANNER-1"}                pulls its cable; `plug` brings it back
{"do": "stop"}                                           ends the shop
"""

from __future__ import annotations

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from unison_station.simulate.instruments import Slip
from unison_station.simulate.scenario import ClockStep, Trouble
from unison_station.simulate.shop import Shop
from unison_station.wording import problems_in

_TROUBLE = TypeAdapter(Trouble)
_SLIP: TypeAdapter[Slip | None] = TypeAdapter(Slip | None)


class Control:
    """The port people and tests disturb a shop by.

    Attributes:
        port: where it listens.
        stopped: set when somebody asked the shop to end.
    """

    def __init__(self, shop: Shop, port: int = 0) -> None:
        """Listens on loopback only, whatever host the machines listen on; 0 takes any free port."""
        self.port = port
        self.stopped = asyncio.Event()
        self._shop = shop
        self._server: asyncio.Server | None = None
        self._lines: set[StreamWriter] = set()

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the port is taken.
        """
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        for line in tuple(self._lines):
            line.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._lines.add(writer)
        try:
            async for line in reader:
                answer = await self._answer(line)
                writer.write(json.dumps(answer).encode() + b"\n")
        except (ConnectionError, ValueError):
            writer.transport.abort()
        finally:
            self._lines.discard(writer)
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            command = from_json(line)
            return {"ok": True, **await self._obey(dict(command))}
        except KeyError as missing:
            known = ", ".join([*self._shop.machines, *self._shop.instruments])
            return {"ok": False, "error": f"the shop has no {missing}; known: {known}"}
        except ValidationError as error:
            return {"ok": False, "error": "; ".join(problems_in(error))}
        except (ValueError, TypeError) as error:
            return {"ok": False, "error": f"no command: {error}"}
        except OSError as error:
            return {"ok": False, "error": str(error)}

    async def _obey(self, command: dict[str, Any]) -> dict[str, Any]:
        machine = str(command.pop("machine", ""))
        instrument = str(command.pop("instrument", ""))
        match command.get("do"):
            case "status":
                return self._status()
            case "stop":
                self.stopped.set()
            case "clear":
                await self._shop.clear(machine)
            case "use":
                await self._shop.use(instrument, _SLIP.validate_python(command.get("slip")))
            case "pull":
                self._shop.pull(instrument)
            case "plug":
                self._shop.plug(instrument)
            case "clock_step":
                self._shop.step_clock(ClockStep.model_validate(command).delta)
            case _:
                await self._shop.disturb(machine, _TROUBLE.validate_python(command))
        return {}

    def _status(self) -> dict[str, Any]:
        devices = {device.id: device for device in self._shop.description.devices}
        machines = {
            code: {"state": machine.state, "alarms": machine.alarm_texts, "made": machine.made}
            for code, machine in self._shop.machines.items()
        }
        return {
            "machines": machines,
            "ports": sorted({device.port for device in devices.values()}),
            "clock_offset_seconds": self._shop.clock_offset_seconds,
        }
