"""A stand-in for WeChat that takes everything at once and counts who got what: `python -m …endpoint PORT`."""

import asyncio
import json
import sys
from collections import Counter

ANSWER = {"errcode": 0, "errmsg": "ok", "access_token": "stand-in", "expires_in": 7200}


class Endpoint:
    """`received`: how often each OpenID was sent to."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                body = await reader.readexactly(length) if length else b""
                answer = json.dumps(self._answer(head.split(b" ", 2)[1].decode(), body)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
                    + answer
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, body: bytes) -> dict[str, object]:
        if path.startswith("/counts"):
            doubled = sum(count - 1 for count in self.received.values())
            return {"arrived": len(self.received), "doubled": doubled}
        if path.startswith("/received"):
            return {"received": list(self.received)}
        if path.startswith("/forget"):
            self.received.clear()
        elif "message/subscribe/send" in path:
            self.received[json.loads(body)["touser"]] += 1
            return {**ANSWER, "msgid": self.received.total()}
        return dict(ANSWER)


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(Endpoint().serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
