"""Bounded examples, so that the laws of the domain are checked in seconds; `HYPOTHESIS_PROFILE=deep` looks further."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("quick", max_examples=60, database=None)
settings.register_profile("deep", max_examples=2000, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
