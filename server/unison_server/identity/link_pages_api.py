"""The pages that links of messages open: forms over the same endpoints that any program uses.

They are files of their own and load nothing from elsewhere; the browser is told to run and show nothing else, to keep
no copy, and to tell no other site where somebody came from.
"""

from __future__ import annotations

from importlib import resources
from typing import Literal

from fastapi import APIRouter, Response

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(tags=["link pages"])


@router.get("/accept-invitation", response_class=Response)
def show_accept_invitation() -> Response:
    """The page of an invitation's link, as HTML."""
    return _file("accept-invitation.html", "text/html")


@router.get("/reset-password", response_class=Response)
def show_reset_password() -> Response:
    """The page of a link to a new password, as HTML."""
    return _file("reset-password.html", "text/html")


@router.get("/link-pages/{name}", response_class=Response)
def read_link_page_part(name: Literal["page.js", "page.css"]) -> Response:
    """Script and style of these pages."""
    return _file(name, "text/javascript" if name == "page.js" else "text/css")


def _file(name: str, media_type: str) -> Response:
    content = (resources.files("unison_server.identity") / "link_pages" / name).read_bytes()
    return Response(content, media_type=media_type, headers=_HEADERS)
