"""python -m sandbox.phone [--port 8720] [--web URL] [--sandbox URL]: serve the phone frame; --build builds it and ends."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.phone.application import create_phone
from sandbox.phone.builder import Builder, BuildFailed
from sandbox.server import Server
from sandbox.settings import SandboxRefused, Settings, require_loopback

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.phone", description="A customer's phone in a browser.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8720, help="0 = any free port (default 8720)")
    parser.add_argument("--web", default="http://127.0.0.1:8700", help="where the product's API is")
    parser.add_argument("--sandbox", default="http://127.0.0.1:8710", help="where the local WeChat is")
    parser.add_argument("--source", type=Path, default=ROOT / "miniprogram", help="the mini-program's folder")
    parser.add_argument("--build", action="store_true", help="build what is not built yet, then end")
    chosen = parser.parse_args(arguments)
    builder = Builder(chosen.source)
    try:
        if chosen.build:
            print(builder.build())
            return 0
        return serve(builder, host=chosen.host, port=chosen.port, web=chosen.web, sandbox=chosen.sandbox)
    except (SandboxRefused, BuildFailed) as error:
        print(f"phone: {error}", file=sys.stderr)
        return 2


def serve(builder: Builder, *, host: str, port: int, web: str, sandbox: str) -> int:
    """Serve until a signal asks to stop."""
    require_loopback(host)
    settings = Settings.from_env(os.environ)
    settings.check()
    app = create_phone(builder, web=web, sandbox=sandbox, control_key=settings.control_key)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        server = Server(app, host=host, port=port)
    except (OSError, OverflowError) as error:
        raise SandboxRefused(f"cannot listen on {host}:{port}: {error}") from error
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    print(f"phone: http://{host}:{server.server_address[1]}/", flush=True)
    stopping.wait()
    server.shutdown()
    server.server_close()
    server.hang_up_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
