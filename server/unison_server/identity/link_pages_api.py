"""The pages that links of messages open: forms over the same endpoints that any program uses.

They are files of their own and load nothing from elsewhere; the browser is told to run and show nothing else, to keep
no copy, and to tell no other site where somebody came from.
"""

from __future__ import annotations

from importlib import resources
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from unison_domain.identity.languages import Written
from unison_domain.kernel.accepted_language import wanted_most

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

AcceptLanguage = Annotated[str | None, Header()]

router = APIRouter(tags=["link pages"])


@router.get("/accept-invitation", response_class=Response)
def show_accept_invitation(accept_language: AcceptLanguage = None) -> Response:
    """The page of an invitation's link, as HTML in the language the browser wants."""
    return _page("accept-invitation.html", accept_language)


@router.get("/reset-password", response_class=Response)
def show_reset_password(accept_language: AcceptLanguage = None) -> Response:
    """The page of a link to a new password, as HTML in the language the browser wants."""
    return _page("reset-password.html", accept_language)


@router.get("/link-pages/{name}", response_class=Response)
def read_link_page_part(name: Literal["page.js", "page.css"]) -> Response:
    """Script and style of these pages."""
    return _file(name, "text/javascript" if name == "page.js" else "text/css")


def _page(name: str, accepted: str | None) -> Response:
    return _file(f"{wanted_most(accepted, set(Written)) or Written.ENGLISH}/{name}", "text/html")


def _file(name: str, media_type: str) -> Response:
    content = (resources.files("unison_server.identity") / "link_pages" / name).read_bytes()
    return Response(content, media_type=media_type, headers=_HEADERS)
