"""Endpoints by which people are taken over from a CSV file, and written to one."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from unison_domain.identity.people_csv import PeopleImport, PeopleImportProgress, PeoplePreview
from unison_domain.kernel.csv_dialect import CsvDialect

from unison_server.identity.known_places import PlacesOf
from unison_server.identity.people_export import export_csv
from unison_server.identity.people_import import PeopleImports
from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import CsvAnswer, Dialect
from unison_server.kernel.progress import progress_of
from unison_server.kernel.route import IdentityRoute, SessionDep


def people_csv_router(imports: PeopleImports, places_of: PlacesOf) -> APIRouter:
    """Endpoints of files of people. Places are asked for first: the session holds no connection yet."""
    router = APIRouter(prefix="/users", tags=["users"], route_class=IdentityRoute)

    @router.get("/people.csv", response_class=CsvAnswer, dependencies=[requires("identity.user.read")])
    def export_people(session: SessionDep, dialect: Dialect = CsvDialect.POINT) -> Response:
        """All active people with what they may do where; an import reads it again."""
        return CsvAnswer.named("people", export_csv(session, places_of(session.scope), dialect))

    @router.post("/import/preview", dependencies=[requires("identity.user.import")])
    def preview_people_import(session: SessionDep, body: PeopleImport) -> PeoplePreview:
        """What the file would change, and every mistake in it."""
        return imports.preview(session, body, places_of(session.scope))

    @router.post("/import", dependencies=[requires("identity.user.import")])
    def import_people(session: SessionDep, body: PeopleImport) -> PeoplePreview:
        """Make and change people as the file says: all of it, or nothing and every mistake."""
        return imports.apply(session, body, places_of(session.scope))

    @router.get("/import/progress/{progress_id}", dependencies=[requires("identity.user.import")])
    def progress_of_people_import(session: SessionDep, progress_id: UUID) -> PeopleImportProgress:
        """How far one's own preview or import with this `progress_id` is."""
        progress = progress_of(session, progress_id)
        if progress is None:
            return PeopleImportProgress(is_under_way=False, done=0, total=0)
        return PeopleImportProgress(is_under_way=True, done=progress.done, total=progress.total)

    return router
