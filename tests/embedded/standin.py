"""A stand-in for one of the product's processes: `web PORT` answers every GET with 200, `idle` only stays alive.

Both leave a helper process in their group, as a web server's workers are. `demo`, `environment` and `fail` end at once.
"""

import http.server
import json
import os
import signal
import subprocess
import sys
import time


class Fine(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"fine")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if sys.argv[1] == "demo":
        with open(os.environ["HUITOU_DEMO_FILE"], "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write('[{"label": "店员 / clerk", "login": "clerk", "password": "demo"}]')
        return
    if sys.argv[1] == "environment":
        print(json.dumps(dict(os.environ)))  # noqa: T201
        return
    if sys.argv[1] == "fail":
        sys.exit("the reason it failed")
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print("standin_started", flush=True)  # noqa: T201
    if sys.argv[1] == "web":
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Fine).serve_forever()
    time.sleep(600)


if __name__ == "__main__":
    main()
