"""Play the whole story; exit code 0 only when nothing surprised us."""

import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from demo.bills import Bills
from demo.channels import Channels
from demo.counter import Counter
from demo.messages import Messages
from demo.narrator import Narrator, Surprise
from demo.people import WeChat
from demo.stage import ClockFile, Stage
from embedded.errors import EmbeddedError
from embedded.stack import Stack

STORE = "HZ001"
# Everything shares this machine, WeChat too, and perhaps a test suite with it: calls arrive less evenly than in a shop.
SETTINGS = {"TICK_SECONDS": "1", "SEND_SPREAD_MS": "250"}


def main() -> int:
    """Start an instance in a temporary folder, play, verify, stop."""
    tell = Narrator()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="huitou-demo-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        clock = ClockFile(place / "clock.json")
        clock.move_to(clock.next_morning())
        tell.chapter("启动一个临时实例", "Starting a temporary instance")
        try:
            with Stack(place / "data", clock_file=clock.path, durable=False, env=SETTINGS) as stack:
                wechat = WeChat(stack.sandbox_url, stack.sandbox_control_key)
                play(Stage(stack, clock, tell, wechat))
        except (Surprise, EmbeddedError) as problem:
            tell.say(f"[bold red]演示中断 The story broke: {problem}[/]")
            return 1
    tell.say(
        f"\n[bold green]全部符合预期 Everything as told[/]: {tell.checked} checks, {time.monotonic() - began:.0f} s"
    )
    return 0


def play(stage: Stage) -> None:
    """The chapters, then the invariants."""
    owner = stage.sign_in("admin")
    owner.call("PATCH", "/programme", {"sends_per_second": 60})
    clerk = stage.sign_in("clerk", store_code=STORE)
    marketer = stage.sign_in("marketer")
    Counter(stage, clerk, stage.customer("小雨"), marketer).play()
    Bills(stage, owner, marketer, clerk, stage.customer("小陈")).play()
    Channels(stage, owner, stage.customer("阿梅")).play()
    Messages(stage, marketer).play()
    stage.tell.chapter("核对账本", "Checking the ledger")
    verified = stage.flask("verify")
    stage.tell.ensure("flask verify", verified.returncode == 0, verified.stdout.strip().splitlines()[-1:])


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
    # The reader went away (`make demo | head`): nothing is left to say, and the instance is stopped.
    os._exit(0)
