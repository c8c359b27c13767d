"""The channels that the settings name, opened and closed together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from app.channels.file.folders import FileChannel
from app.channels.protocol import Channel, ChannelMissing
from app.channels.sandbox.client import SandboxChannel
from app.settings import Settings
from ledger.errors import Alternatives

Channels = Mapping[str, Channel]


@asynccontextmanager
async def open_channels(settings: Settings) -> AsyncIterator[Channels]:
    """
    The file channel, and the sandbox where SPLITBOOK_SANDBOX_URL says where it is. Keys come from the environment only.
    """
    opened: dict[str, Channel] = {}
    folder = settings.channel_folder or settings.home / "channel"
    opened["file"] = FileChannel(folder)
    sandbox = None
    if settings.sandbox_url:
        sandbox = SandboxChannel(settings.sandbox_url, key=settings.sandbox_key.get_secret_value())
        opened["sandbox"] = sandbox
    try:
        yield opened
    finally:
        if sandbox is not None:
            await sandbox.close()


def get_channel(channels: Channels, name: str) -> Channel:
    """One channel. Refusals: ChannelMissing."""
    found = channels.get(name)
    if found is None:
        raise ChannelMissing(channel=name, known=", ".join(sorted(channels)) or Alternatives.NONE)
    return found
