"""The composition root: puts the parts together; nothing imports it."""

__version__ = "0.1.0"
