"""Corrections, penalties and compensations, each a document of its own."""
