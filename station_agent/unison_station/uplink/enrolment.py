"""From a one-time code to an identity."""

from __future__ import annotations

import platform
import socket
from pathlib import Path

from pydantic import ValidationError
from unison_domain.stations.contracts import Enrol, Enrolled

from unison_station.platform.boot import boot_seconds
from unison_station.uplink.identity import Identity, save_identity, server_address
from unison_station.uplink.transport import Transport, Unreachable
from unison_station.uplink.verdict import problem_in
from unison_station.wording import problems_in

PATH = "/api/v1/stations/enrol"


class EnrolmentFailed(Exception):
    """The server did not take the code; the message says why and what to do."""


def enrol(folder: Path, server: str, code: str, *, version: str, ca_file: str | None = None) -> Identity:
    """Exchange the code shown in the desktop for a device token, and keep it in `folder`.

    Raises:
        EnrolmentFailed: the address is wrong, the server is silent, or it refuses the code.
    """
    try:
        address = server_address(server)
        request = Enrol(
            code=code.strip(), hostname=socket.gethostname(), version=version, platform=platform.platform()[:200]
        )
        transport = Transport(address, version=version, monotonic=boot_seconds, ca_file=ca_file)
    except ValidationError as error:
        problems = "; ".join(problems_in(error))
        raise EnrolmentFailed(f"the code can not be right ({problems}): copy it from the desktop again") from None
    except (ValueError, OSError) as error:
        raise EnrolmentFailed(str(error)) from None
    try:
        answer = transport.post(PATH, request.model_dump_json().encode())
    except Unreachable as error:
        raise EnrolmentFailed(f"the server gave no answer: {error}") from None
    finally:
        transport.close()
    if not 200 <= answer.status < 300:
        raise EnrolmentFailed(f"the server refused: {problem_in(answer.status, answer.body)[1]}")
    try:
        enrolled = Enrolled.model_validate_json(answer.body)
    except ValidationError:
        raise EnrolmentFailed(f"{address} answers, but not as a Unison server: check the address") from None
    identity = Identity(
        server=address,
        agent_id=enrolled.agent_id,
        organization_id=enrolled.organization_id,
        device_token=enrolled.device_token,
        ca_file=ca_file,
    )
    save_identity(folder, identity)
    return identity
