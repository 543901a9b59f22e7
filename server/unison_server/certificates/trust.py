"""What is asked before trusting this server: its authority's certificate, and the time; and how long trust lasts.

A PC that is enrolled fetches the authority over a line it does not trust yet and compares its fingerprint with the one
a person typed. A PC whose clock is dead can't tell whether a certificate holds; it asks for the time first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ssl import DER_cert_to_PEM_cert

from fastapi import APIRouter, Response
from unison_domain.kernel.contracts import CertificateAnswer, TimeAnswer

from unison_server.certificates.tls import Certificate, TlsFiles, held_certificates
from unison_server.kernel.access import requires
from unison_server.kernel.errors import NotFound
from unison_server.kernel.route import OperationsRoute
from unison_server.kernel.settings import Settings

PEM = "application/pem-certificate-chain"
"""RFC 8555, 9.1."""


def trusted_authority(settings: Settings) -> Certificate | None:
    """The authority clients are to trust alone; None where they trust what their system trusts."""
    files = TlsFiles.of(settings)
    return files.trusted() if files else None


def fingerprint_of(settings: Settings) -> str | None:
    """The fingerprint enrolment codes carry."""
    authority = trusted_authority(settings)
    return authority.fingerprint if authority else None


def router(settings: Settings) -> APIRouter:
    """The endpoints; the first two are public."""
    router = APIRouter(tags=["trust"])
    signed_in = APIRouter(route_class=OperationsRoute)

    @router.get("/authority", response_class=Response, responses={200: {"content": {PEM: {}}}})
    def read_authority() -> Response:
        """The certificate of the installation's own authority, in PEM; 404 without one."""
        authority = trusted_authority(settings)
        if authority is None:
            raise NotFound("This installation has no certificate authority of its own", code="no_authority")
        return Response(DER_cert_to_PEM_cert(authority.der), media_type=PEM)

    @router.get("/time")
    def read_time() -> TimeAnswer:
        """The server's time."""
        return TimeAnswer(server_time=datetime.now(UTC))

    @signed_in.get("/certificate", dependencies=[requires("server.certificate.read")])
    def read_certificate() -> CertificateAnswer:
        """The certificate of HTTPS that ends first, the server's or its authority's; 404 without HTTPS."""
        held = held_certificates(settings)
        if not held:
            raise NotFound("This server has no certificate: it speaks plain HTTP", code="no_certificate")
        return CertificateAnswer(
            subject=held[0].subject,
            issuer=held[0].issuer,
            names=list(held[0].names),
            fingerprint=held[0].fingerprint,
            begins_at=held[0].begins,
            ends_at=held[0].ends,
            ends_soon=held[0].ends_soon(datetime.now(UTC)),
        )

    router.include_router(signed_in)
    return router
