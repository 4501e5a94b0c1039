"""Join two networks by a Unix socket, so that a stack on loopback stays there: forward.py LISTEN TARGET.

Each end is unix:PATH or HOST:PORT. One process listens on the socket and reaches the stack; another one, in the
network of the containers, listens at the bridge and reaches the socket.
"""

import asyncio
import sys
from contextlib import suppress
from typing import TypeAlias

CHUNK = 65_536
UNIX = "unix:"
Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def main(listen: str, target: str) -> None:
    """Serve until the process is ended."""

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, back = await _reached(target)
            await asyncio.gather(_pumped(reader, back), _pumped(there, writer))
            back.close()
        writer.close()

    if listen.startswith(UNIX):
        server = await asyncio.start_unix_server(joined, listen.removeprefix(UNIX))
    else:
        server = await asyncio.start_server(joined, *_host_and_port(listen))
    async with server:
        await server.serve_forever()


async def _reached(target: str) -> Streams:
    if target.startswith(UNIX):
        return await asyncio.open_unix_connection(target.removeprefix(UNIX))
    return await asyncio.open_connection(*_host_and_port(target))


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, until it ends; then say so to the other side."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    if writer.can_write_eof():
        with suppress(OSError):
            writer.write_eof()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
