"""From a one-time code to an identity, and to the one authority the PC will trust from then on."""

from __future__ import annotations

import platform
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from pydantic import ValidationError
from unison_domain.stations.contracts import Enrol, Enrolled
from unison_domain.stations.enrolment_code import EnrolmentCode, fingerprint, read_code

from unison_station.clock import PcTime, SystemTime
from unison_station.store.peek import peek
from unison_station.uplink.identity import Identity, is_loopback, save_identity, server_address
from unison_station.uplink.transport import CONNECT_SECONDS, Transport, Unreachable, failure_words
from unison_station.uplink.trust import Trust
from unison_station.uplink.verdict import is_without_details, problem_in
from unison_station.wording import problems_in

PATH = "/api/v1/stations/enrol"
AUTHORITY_PATH = "/api/v1/authority"

_CERTIFICATE_BYTES = 64 * 1024
_OF_A_PROXY = (500, 502, 503, 504)
"""What a server of ours that fails, or a proxy before it, may answer without details."""


class EnrolmentFailed(Exception):
    """The server did not take the code; the message says why and what to do."""


def enrol(
    folder: Path,
    server: str,
    typed: str,
    *,
    version: str,
    ca_file: Path | None = None,
    system: SystemTime | None = None,
) -> Identity:
    """Exchange the code shown in the desktop for a device token, and keep it in `folder`.

    Where the code carries a fingerprint, the authority's certificate is fetched over a line nobody trusts yet, and the
    code is sent only if it fits; from then on nothing but that authority is trusted.

    Args:
        ca_file: certificate of the authority to trust, where it was brought here by hand.

    Raises:
        EnrolmentFailed: the address is wrong, the server is silent or another one, or it refuses the code.
    """
    try:
        address = server_address(server)
        code = read_code(typed)
        buffer = peek(folder)
        request = Enrol(
            code=code.secret,
            hostname=socket.gethostname(),
            version=version,
            platform=platform.platform()[:200],
            epoch=buffer and buffer.epoch,
            acknowledged_through=buffer.acknowledged if buffer else 0,
        )
    except ValidationError as error:
        problems = "; ".join(problems_in(error))
        raise EnrolmentFailed(f"the code can not be right ({problems}): copy it from the desktop again") from None
    except ValueError as error:
        raise EnrolmentFailed(f"{error}: look at it again") from None
    authority = _authority(address, code, ca_file)
    system = system or PcTime()
    trust = Trust(authority, None, wall=system.wall, monotonic=system.monotonic)
    enrolled = _exchange(address, request, trust, version, system)
    identity = Identity(
        server=address,
        agent_id=enrolled.agent_id,
        organization_id=enrolled.organization_id,
        device_token=enrolled.device_token,
        authority=authority,
        life=uuid4() if enrolled.begins_anew else None,
        all_again=enrolled.is_lost,
    )
    save_identity(folder, identity)
    Trust(authority, folder, wall=system.wall, monotonic=system.monotonic).told(enrolled.server_time)
    return identity


def _exchange(address: str, request: Enrol, trust: Trust, version: str, system: SystemTime) -> Enrolled:
    try:
        transport = Transport(address, version=version, monotonic=system.monotonic, trust=trust)
    except ValueError as error:
        raise EnrolmentFailed(str(error)) from None
    try:
        answer = transport.post(PATH, request.model_dump_json().encode())
    except Unreachable as error:
        raise EnrolmentFailed(f"the server gave no answer: {error}") from None
    finally:
        transport.close()
    if not 200 <= answer.status < 300:
        if answer.status not in _OF_A_PROXY and is_without_details(answer.status, answer.body):
            raise EnrolmentFailed(f"at {address} something answers, but it is no Unison server: check the address")
        raise EnrolmentFailed(f"the server refused: {problem_in(answer.status, answer.body)[1]}")
    try:
        return Enrolled.model_validate_json(answer.body)
    except ValidationError:
        raise EnrolmentFailed(
            f"at {address} something answers, but it is no Unison server: check the address"
        ) from None


def _authority(address: str, code: EnrolmentCode, ca_file: Path | None) -> str | None:
    """PEM of the authority to trust, its fingerprint compared; None where the system's authorities are to decide."""
    encrypted = urlsplit(address).scheme == "https"
    if ca_file is None and (code.fingerprint is None or not encrypted):
        return None
    try:
        pem = _fetched(address) if ca_file is None else ca_file.read_text(encoding="ascii")
        found = fingerprint(ssl.PEM_cert_to_DER_cert(pem.strip()))
    except OSError as error:
        raise EnrolmentFailed(f"{ca_file} can not be read: {error.strerror}") from None
    except ValueError:
        source = f"{address}{AUTHORITY_PATH}" if ca_file is None else str(ca_file)
        raise EnrolmentFailed(f"{source} is no certificate of an authority: check the address") from None
    if code.fingerprint is not None and found != code.fingerprint:
        raise EnrolmentFailed(
            f"{ca_file or address} shows another authority ({found}) than the code names ({code.fingerprint}): another "
            "machine answers at this address, or stands between. Nothing was sent. Check the address, and ask whoever "
            "looks after the network"
        )
    return pem


def _fetched(address: str) -> str:
    """The certificate of the authority, from somebody who is not believed yet: it is sent nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    local = is_loopback(urlsplit(address).hostname or "")
    try:
        with (
            httpx.Client(verify=context, timeout=2 * CONNECT_SECONDS, trust_env=not local) as client,
            client.stream("GET", f"{address}{AUTHORITY_PATH}") as response,
        ):
            content = b""
            for piece in response.iter_bytes():
                content += piece
                if len(content) > _CERTIFICATE_BYTES:
                    break
    except (httpx.HTTPError, OSError) as error:
        raise EnrolmentFailed(f"the server gave no answer: {failure_words(error)}") from None
    if response.status_code != 200 or len(content) > _CERTIFICATE_BYTES:
        raise EnrolmentFailed(
            f"{address} shows no authority of its own (HTTP {response.status_code}), although the code names one: "
            "check the address"
        )
    return content.decode("ascii", "replace")
