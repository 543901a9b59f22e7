"""Agents, stations, devices and tags; enrolment, ingestion of station events, quarantine."""
