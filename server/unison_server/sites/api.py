"""Endpoints of sites."""

from __future__ import annotations

from unison_domain.sites.contracts import PlantAnswer, PlantCreate, PlantReplace, PlantUpdate

from unison_server.kernel.paging import Between, Equals, Order, Search
from unison_server.kernel.resource import Place, Resource
from unison_server.sites.queries import demand_writable
from unison_server.sites.tables import Plant

plants = Resource(
    table=Plant,
    name="plant",
    plural="plants",
    permission="sites.plant",
    answer=PlantAnswer,
    create=PlantCreate,
    replace=PlantReplace,
    update=PlantUpdate,
    order=Order({"code": Plant.code, "name": Plant.name, "updated_at": Plant.updated_at}, "code"),
    columns=("code", "name", "time_zone", "plant_type", "address", "is_active"),
    filters=(Equals(Plant.is_active), Between(Plant.updated_at)),
    search=Search("plant", codes=(Plant.code,), words=(Plant.name,)),
    place=Place("id", demand_writable),
)
router = plants.router("/plants", tag="plants")
