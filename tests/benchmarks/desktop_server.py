"""The other end of the desktop's bench, in a process of its own: a shop whose machines change on command.

Prints its address; a line `changes N` on standard input makes N changes a second from then on, `stop` ends them.
"""

from __future__ import annotations

import random
import sys
import threading
from datetime import UTC, datetime
from decimal import Decimal

from unison_domain.machines.contracts import Live, MachineState

from tests.desktop import samples as people
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.machines.samples import serve_machines, shop

_STATES = (MachineState.RUNNING, MachineState.STOPPED, MachineState.FAULT, MachineState.STARVED, MachineState.SETUP)


class Shop:
    """Machines as the server tells them, kept as plain JSON so that answers cost little."""

    def __init__(self, count: int) -> None:
        self.server = FakeServer()
        people.serve_sign_in(self.server)
        people.serve_stations(self.server)
        machines = shop(count)
        serve_machines(self.server, machines)
        self._ids = [machine.id for machine in machines]
        self._lives = {str(machine.id): machine.live for machine in machines}
        self._plain = {key: live.model_dump(mode="json") for key, live in self._lives.items()}
        self.server.answer_with("GET /machines/live", self._answer)
        self._chance = random.Random(1)
        self._stop = threading.Event()

    def change(self, per_second: float) -> None:
        """Change a machine so often until `stop`."""
        self._stop.clear()
        threading.Thread(target=self._change, args=(1 / per_second,), daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _change(self, pause: float) -> None:
        while not self._stop.wait(pause):
            machine_id = self._chance.choice(self._ids)
            now = datetime.now(UTC)
            before = self._lives[str(machine_id)]
            fresh = before.model_copy(update={**self._next(before), "since": now, "last_signal_at": now})
            self._lives[str(machine_id)] = fresh
            self._plain[str(machine_id)] = fresh.model_dump(mode="json")
            self.server.happen("machines.machine.state_changed", machine_id)

    def _next(self, live: Live) -> dict[str, object]:
        others = [state for state in _STATES if state is not live.state]
        return {"state": self._chance.choice(others), "good": live.good + Decimal(1), "alarms": [], "reason": None}

    def _answer(self, asked: Asked) -> Answer:
        wanted = asked.query.get("ids", list(self._plain))
        return Answer({"items": [self._plain[key] for key in wanted], "next_cursor": None})


def main() -> None:
    made = Shop(int(sys.argv[1]))
    print(made.server.url, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["changes", rate]:
                made.change(float(rate))
            case ["stop"]:
                made.stop()
    made.server.close()


if __name__ == "__main__":
    main()
