"""Reads of the ledger, by function."""
