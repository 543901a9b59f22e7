"""The one place that knows all rooms: their routers, consumers, token kinds and jobs, in plain sight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from unison_domain.codes.own_code import OwnKind
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.identity.overrides import OverrideKind
from unison_domain.identity.sign_in_contracts import SignInOutcome
from unison_domain.kernel.contracts import HealthAnswer

from unison_server.certificates import trust
from unison_server.certificates.tls import certificate_ends, tls_health
from unison_server.codes.api import patterns_router, scans_router
from unison_server.codes.events import scan_events
from unison_server.codes.overridden import scans_undone
from unison_server.codes.retention import forget_lost_undos
from unison_server.codes.tables import ItemCodePattern
from unison_server.codes.understanding import Resolvers, by_code, by_query, patterns_of
from unison_server.identity import api_keys
from unison_server.identity.api import people_router, sign_in_router
from unison_server.identity.api_key_api import router as api_keys_router
from unison_server.identity.badge_api import badge_router
from unison_server.identity.badges import Badges
from unison_server.identity.certificate import tell_of_certificate
from unison_server.identity.countersigning import Countersigning
from unison_server.identity.few_at_a_time import FewAtATime
from unison_server.identity.hearing_changes import hear_changes
from unison_server.identity.inbox_api import router as inbox_router
from unison_server.identity.invitation_api import invitations_router, invited_router
from unison_server.identity.invitations import Invitations
from unison_server.identity.known_badges import KnownBadges
from unison_server.identity.link_pages_api import router as link_pages_router
from unison_server.identity.message_api import router as messages_router
from unison_server.identity.messages import Post, let_messages_go
from unison_server.identity.mfa_api import mfa_router
from unison_server.identity.notifier import CHANGED as INBOX_CHANGED
from unison_server.identity.notifier import forget_notifications
from unison_server.identity.organization_api import organizations_router
from unison_server.identity.organizations import Organizations
from unison_server.identity.own_password import OwnPassword
from unison_server.identity.own_password_api import own_password_router
from unison_server.identity.password_reset_api import forgotten_router, resets_router
from unison_server.identity.password_resets import PasswordResets, forget_resets
from unison_server.identity.passwords import Passwords
from unison_server.identity.people_csv_api import people_csv_router
from unison_server.identity.people_import import PeopleImports
from unison_server.identity.pins import StationDoor
from unison_server.identity.practice import Practice
from unison_server.identity.practice_api import practice_router
from unison_server.identity.practice_retirement import PracticeRetirement
from unison_server.identity.preferences import CHANGED as PREFERENCES_CHANGED
from unison_server.identity.queries import password_costs, rights_of
from unison_server.identity.refusals import Refusals
from unison_server.identity.refused_tokens import RefusedTokens, ShowToken, show_device
from unison_server.identity.retention import forget_attempts, forget_sign_ins
from unison_server.identity.role_api import effective_router
from unison_server.identity.role_api import router as roles_router
from unison_server.identity.role_places import RolePlaces
from unison_server.identity.second_factor import SecondFactors
from unison_server.identity.session_api import own_router as own_sessions_router
from unison_server.identity.session_api import router as sessions_router
from unison_server.identity.setting_api import router as settings_router
from unison_server.identity.sign_in import Door
from unison_server.identity.sign_on_api import pin_router, station_sign_on_router
from unison_server.kernel import document, problems, stream
from unison_server.kernel.access import Access
from unison_server.kernel.database import Databases
from unison_server.kernel.files import Files
from unison_server.kernel.health import HealthCheck, KeptHealth
from unison_server.kernel.jobs import Errand, Task
from unison_server.kernel.metrics import CONTENT_TYPE, Metrics, demand_reader
from unison_server.kernel.orm import Operations
from unison_server.kernel.parameters import refuse_turned_stretch, refuse_unknown_parameters
from unison_server.kernel.permissions import asked_for
from unison_server.kernel.request_context import RequestContext
from unison_server.kernel.room_router import RoomRouter
from unison_server.kernel.route import Services
from unison_server.kernel.settings import Settings
from unison_server.kernel.stream import Hub
from unison_server.kernel.untold_refusals import keep_telling_volumes
from unison_server.machines.api import MACHINE_ROOM
from unison_server.machines.api import router as machines_router
from unison_server.machines.call_api import router as calls_router
from unison_server.machines.calls import CALL_EVENTS
from unison_server.machines.configuring_api import router as machines_configuring_router
from unison_server.machines.downtime.api import router as downtime_router
from unison_server.machines.downtime.reasons import reasons_named
from unison_server.machines.downtime_tables import AlarmReason, DowntimeReason
from unison_server.machines.events import MACHINE_EVENTS
from unison_server.machines.overridden import reasons_changed, states_set
from unison_server.machines.retention import forget_old_readings
from unison_server.machines.tables import Machine, WorkCenter
from unison_server.machines.tag_run_tasks import TAG_RUNS, end_given_up_runs
from unison_server.machines.told_to_agents import MACHINES_TOLD
from unison_server.quality.api import quality_router
from unison_server.quality.events import MEASUREMENT_EVENTS
from unison_server.quality.overridden import readings_undone, values_typed
from unison_server.quality.queries import configured_characteristics
from unison_server.quality.retention import forget_lost_undone_readings
from unison_server.quality.tables import Characteristic
from unison_server.sites.api import router as sites_router
from unison_server.sites.audit_api import audit_router
from unison_server.sites.audit_record import AuditTold
from unison_server.sites.queries import (
    department_plant,
    idle_plants,
    known_places,
    locations_named,
    plant_in_use,
    plant_names,
    warehouse_in_use,
)
from unison_server.sites.tables import Department, Plant, StorageLocation, Warehouse
from unison_server.stations.api import routers as stations_routers
from unison_server.stations.command_api import router as commands_router
from unison_server.stations.commands import COMMAND_EVENTS, COMMANDED
from unison_server.stations.configuring_api import routers as configuring_routers
from unison_server.stations.expiry import watch_certificates
from unison_server.stations.fleet import FLEET_EVENTS
from unison_server.stations.ingestion import Ingestion
from unison_server.stations.override_acts import Describers
from unison_server.stations.override_api import overrides_router
from unison_server.stations.picture_api import picture_routers
from unison_server.stations.pictures import PICTURE_EVENTS, forget_old_pictures, forget_pictures_of
from unison_server.stations.queries import agent_names, stations_of_agent
from unison_server.stations.refused_api import router as refused_values_router
from unison_server.stations.refused_values import REFUSAL_EVENTS, forget_old_refusals
from unison_server.stations.retention import forget_old_incidents
from unison_server.stations.silence import SilenceWatch
from unison_server.stations.silent_devices import watch_devices
from unison_server.stations.tables import AgentCommand, Station
from unison_server.stations.told_sign_ons import SIGN_ON_EVENTS
from unison_server.stations.usecases import Gate
from unison_server.stations.waiting_events import EVENTS_DECIDED
from unison_server.workers import Workers

CHORES = (tell_of_certificate,)
"""What rooms want done by the clock."""
FORGETTING = (
    *(forget_old_incidents, forget_old_readings),
    *(forget_lost_undos, forget_lost_undone_readings),
    forget_old_pictures,
    forget_old_refusals,
    let_messages_go,
    forget_resets,
    *(forget_notifications, forget_sign_ins, forget_attempts),
    PracticeRetirement(forget_pictures_of),
)
"""What rooms want forgotten by the clock, as long as that can be believed."""
PRACTICE_MASTERS = tuple(
    Operations.metadata.tables[table.__tablename__]
    for table in (
        *(Plant, Department, Warehouse, StorageLocation),
        *(Station, WorkCenter, Machine, DowntimeReason, AlarmReason),
        *(Characteristic, ItemCodePattern),
    )
)
"""What a practice organization has of the real one, each after what it refers to. Stations without their PCs: those and
what they read are enrolled and set up there, or two PCs would ask one machine.
"""
HAVE_OTHERS_BELOW = frozenset({"plants", "warehouses", "stations", "work_centers"})
"""Of them, those below which others are."""
WATCHES = (SilenceWatch(), watch_devices, watch_certificates, end_given_up_runs)
"""What rooms look after every few seconds."""
CODE_RESOLVERS: Resolvers = {
    OwnKind.PLANT: by_code("plant", Plant.code, Plant.name, Plant.id),
    OwnKind.STATION: by_code("station", Station.code, Station.name, Station.plant_id),
    OwnKind.MACHINE: by_code("machine", Machine.machine_code, Machine.name, Machine.plant_id),
    OwnKind.LOCATION: by_query("location", locations_named),
    OwnKind.REASON: by_query("reason", reasons_named),
    OwnKind.CHARACTERISTIC: by_code(
        "characteristic",
        Characteristic.characteristic_name,
        Characteristic.characteristic_name,
        Characteristic.plant_id,
    ),
}
"""Who finds what an own code names."""
EVENT_ROOMS = (
    *(FLEET_EVENTS, COMMAND_EVENTS, MACHINE_EVENTS, CALL_EVENTS),
    scan_events(CODE_RESOLVERS),
    *(MEASUREMENT_EVENTS, PICTURE_EVENTS, REFUSAL_EVENTS, SIGN_ON_EVENTS),
)
"""Who understands which events of stations."""
OVERRIDES: Describers = {
    OverrideKind.STOP_REASON: reasons_changed,
    OverrideKind.MACHINE_STATE: states_set,
    OverrideKind.SCAN_UNDONE: scans_undone,
    OverrideKind.READING_UNDONE: readings_undone,
    OverrideKind.FAR_VALUE: values_typed,
}
"""Who knows what overrides at stations were done to."""
PUBLIC = frozenset(
    {
        *("login", "refresh", "logout", "forgot_password", "reset_password", "look_up_invitation", "accept_invitation"),
        *("look_up_password_reset", "show_accept_invitation", "show_reset_password", "read_link_page_part"),
        *("enrol", "health", "read_metrics", "read_authority", "read_time"),
    }
)
"""Operations that ask for no token of a person or device."""
_SPARE_THREADS = 8
"""For what runs beside requests in transactions: sign-in, streams that catch up, health."""


def tasks(settings: Settings) -> tuple[Task[Any] | Errand, ...]:
    """Background work of all rooms."""
    return Post.of(settings).errand(), *(sort.errand for sort in TAG_RUNS)


def create_app(settings: Settings) -> FastAPI:
    """The server over the databases of the settings; nothing is connected before it starts."""
    databases, system = settings.databases(), settings.system_databases()
    files = Files.open(settings)
    access = Access(settings.signing_private_key(), partial(rights_of, databases))
    access.name_plants = partial(plant_names, databases)
    metrics = Metrics(databases, system, partial(certificate_ends, settings))
    refusals = Refusals(databases, metrics.refused, system=system)
    gate = Gate(databases, refusals, partial(trust.fingerprint_of, settings))
    access.register_token_kind("device", gate.opened_by)
    access.register_token_kind(api_keys.KIND, partial(api_keys.opened_by, databases))
    kinds: dict[str, tuple[SignInOutcome, ShowToken]] = {
        "device": (SignInOutcome.DEVICE_REFUSED, show_device),
        api_keys.KIND: (SignInOutcome.KEY_REFUSED, partial(api_keys.refused, databases)),
    }
    access.refused = RefusedTokens(refusals, kinds, databases).tell
    passwords = Passwords.of(settings, lambda: password_costs(system.identity))
    encryption = settings.encryption()
    factors, badges = SecondFactors(encryption), Badges(encryption)
    post, few = Post.of(settings), FewAtATime()
    invitations = Invitations(databases, passwords, post, refusals)
    resets = PasswordResets(databases, passwords, post, refusals)
    role_places = RolePlaces(
        *(partial(plant_in_use, databases), partial(department_plant, databases), partial(warehouse_in_use, databases))
    )
    door = Door(databases, access, passwords, factors, refusals)
    countersigning = Countersigning.of(StationDoor(databases, passwords), settings.secrets())
    known_badges = KnownBadges(databases, encryption)
    ingestion = Ingestion(EVENT_ROOMS, countersigning, known_badges.among_what_stations_send)
    workers = Workers.of(system, post)
    services = Services(databases, system, access, workers.wakes())
    hub = Hub(
        databases,
        system,
        access,
        # Of an organization once more when its copy says so: until then its machines may come back.
        ending=("stations.agent.revoked", "stations.agent.replaced", "identity.organization.deactivated"),
        to_agents={kind: asked_for(DeviceRight.HEAR_COMMANDS) for kind in (COMMANDED, EVENTS_DECIDED)},
        to_person=(INBOX_CHANGED, PREFERENCES_CHANGED),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = 2 * databases.capacity + _SPARE_THREADS
        for teller in (refusals, services.noted):
            teller.allowance.begin_anew()
        for worker in workers.all:
            worker.start()
        tasks = [asyncio.create_task(hub.run()), asyncio.create_task(hear_changes(databases, access))]
        tasks.append(asyncio.create_task(keep_telling_volumes(refusals, services.noted)))
        yield
        hub.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in workers.all:
            await anyio.to_thread.run_sync(worker.stop)
        for teller in (refusals, services.noted):
            await anyio.to_thread.run_sync(partial(teller.tell_volumes, at_once=True))
        databases.dispose()
        system.dispose()

    app = FastAPI(
        title="Unison",
        version=version("unison-server"),
        lifespan=lifespan,
        docs_url=None,  # their pages would load scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        responses=problems.PROBLEM_ANSWER,
        dependencies=[Depends(refuse_unknown_parameters), Depends(refuse_turned_stretch)],
        separate_input_output_schemas=False,
    )
    app.state.services = services
    app.state.hub = hub
    app.state.own_password = OwnPassword(databases, passwords, few)
    app.add_middleware(RequestContext, metrics=metrics)
    problems.install(app)
    routers = (
        sign_in_router(door, few),
        own_sessions_router,
        sessions_router,
        api_keys_router,
        roles_router,
        effective_router(partial(idle_plants, databases)),
        mfa_router(factors),
        invitations_router(invitations, role_places),
        invited_router(invitations, few),
        forgotten_router(resets, few),
        resets_router(resets),
        messages_router,
        inbox_router,
        badge_router(badges),
        pin_router(passwords),
        own_password_router(passwords),
        station_sign_on_router(badges, countersigning, partial(stations_of_agent, databases)),
        organizations_router(Organizations(resets)),
        settings_router,
        practice_router(
            Practice(databases, system, door, PRACTICE_MASTERS, {"stations": "agent_id"}, HAVE_OTHERS_BELOW)
        ),
        people_csv_router(PeopleImports(badges), partial(known_places, databases)),
        people_router(passwords, role_places),
        sites_router,
        audit_router(AuditTold(agent_names, {AgentCommand.__tablename__})),
        *stations_routers(MACHINE_ROOM, ingestion, gate, configured_characteristics, patterns_of),
        *picture_routers(files),
        refused_values_router,
        overrides_router(OVERRIDES),
        commands_router,
        *configuring_routers(MACHINE_ROOM, databases),
        machines_configuring_router,
        machines_router,
        calls_router,
        *MACHINES_TOLD,
        downtime_router,
        scans_router(CODE_RESOLVERS, known_badges.among),
        patterns_router,
        quality_router(countersigning.demanded),
        stream.router,
        trust.router(settings),
        _health_router(settings, databases, system, files),
    )
    for router in routers:
        app.include_router(RoomRouter(router, "/api/v1"))
    app.include_router(link_pages_router)
    app.include_router(_metrics_router(metrics, settings.metrics_token, refusals))
    document.install(app, PUBLIC)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _health_router(settings: Settings, databases: Databases, system: Databases, files: Files) -> APIRouter:
    router = APIRouter(tags=["health"])
    kept = KeptHealth(HealthCheck(databases, system, files, partial(tls_health, settings)).ask)

    @router.get("/health", responses={503: {"model": HealthAnswer}})
    def health(response: Response) -> HealthAnswer:
        """Whether databases, queue and storage answer; 503 when one does not."""
        answer = kept.answer()
        response.status_code = 200 if answer.ok else 503
        return answer

    return router


def _metrics_router(metrics: Metrics, token: str, refusals: Refusals) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/metrics", response_class=Response)
    def read_metrics(request: Request) -> Response:
        """Prometheus metrics of this process, for this machine or who shows the installation's token."""
        demand_reader(request, token, partial(refusals.tell_nobody, SignInOutcome.TOKEN_REFUSED))
        return Response(metrics.exposition(), media_type=CONTENT_TYPE)

    return router
