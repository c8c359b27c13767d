"""Deposits and retentions: agreements, slices, claims, releases."""
