"""A store per journey."""

from tests.app.cli.commands import commands, logs_as_before

__all__ = ["commands", "logs_as_before"]
