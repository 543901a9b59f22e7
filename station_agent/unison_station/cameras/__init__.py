"""Cameras: pictures come in, codes that were read and pictures that are kept go out."""
