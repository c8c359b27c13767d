"""Durable work for the workers: what is due, who has it, and what became of it."""
