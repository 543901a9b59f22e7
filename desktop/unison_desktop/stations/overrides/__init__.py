"""Overrides at stations: releases with badge and PIN, and what came of each."""
