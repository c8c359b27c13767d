"""What a ledger asks of its server: durable above all, sized for a small machine."""

from collections.abc import Mapping


def list_parameters(*, has_lz4: bool, changes: Mapping[str, str]) -> dict[str, str]:
    """The server's settings by name; `changes` come last, so a test may ask for a server that is not durable."""
    return {
        # A commit that was answered survives a power cut. These are PostgreSQL's defaults; saying them on the command
        # line keeps a stray ALTER SYSTEM from taking them back.
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        # The journal's hot end (last lines, index leaves) fits; the rest is the operating system's cache.
        "shared_buffers": "256MB",
        # Checkpoints by the clock, not by the megabyte: each one makes the next change of every page a full page image.
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        # What a checkpoint frees of the log is kept and written over: making 16 MB of it anew holds up whoever commits
        # just then (measured: 65 ms, each time after 12,000 entries).
        "min_wal_size": "512MB",
        "wal_compression": "lz4" if has_lz4 else "off",
        # Statements here are short and run often; compiling one costs more than it saves.
        "jit": "off",
        "max_connections": "100",
        "timezone": "UTC",
        "log_timezone": "UTC",
        **changes,
    }
