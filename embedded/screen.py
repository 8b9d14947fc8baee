"""What a person sees of a start: one line per step with the time it took, then one screen with every address."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from embedded.remote import ROOT

# The doors want a token: without this line a newcomer has passwords and no place to type them.
SIGN_IN = "收银台登录需填括号中的门店编号 / the counter asks for the store code in brackets, such as HZ001"


class Screen:
    """Print events. Never raises: the terminal may be gone while we still have things to stop."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._console = Console(highlight=False, soft_wrap=True)
        self._label = ""
        self._since = self._begun = time.monotonic()

    def show(self, event: dict[str, Any]) -> None:
        """Print one event."""
        try:
            getattr(self, f"_{event['event']}")(event)
        except OSError:
            # From now on into nothing: what is still buffered would fail once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _step(self, event: dict[str, Any]) -> None:
        self._finish()
        self._label, self._since = f"{event['zh']} / {event['en']}", time.monotonic()
        if self._live:
            self._console.print(f"  [dim]⋯ {escape(self._label)}[/dim]", end="\r")

    def _finish(self, mark: str = "[green]✓[/green]") -> None:
        if self._label:
            seconds = time.monotonic() - self._since
            self._console.print(f"  {mark} {escape(self._label)}  [dim]{seconds:.1f} s[/dim]")
            self._label = ""

    def _ready(self, event: dict[str, Any]) -> None:
        self._finish()
        seconds = time.monotonic() - self._begun
        self._console.print(f"\n[bold green]回头 Huitou 已就绪 / is ready[/bold green]  [dim]{seconds:.1f} s[/dim]\n")
        self._console.print(_addresses(event))
        if event["demo_logins"]:
            self._console.print("\n[bold]演示账号 / Demo logins[/bold]")
            self._console.print(_logins(event["demo_logins"]))
            self._console.print(f"  [dim]{escape(SIGN_IN)}[/dim]")
        self._console.print("\n[dim]Ctrl-C 停止全部 / stops everything[/dim]")

    def _died(self, event: dict[str, Any]) -> None:
        name, code, wait = event["name"], event["exit_code"], event["retry_seconds"]
        text = f"{name} 意外退出({code})，{wait:g} 秒后重启 / ended ({code}), starting it again in {wait:g} s"
        self._console.print(f"[yellow]! {text}[/yellow]")

    def _restarted(self, event: dict[str, Any]) -> None:
        self._console.print(f"[green]✓ {event['name']} 已重启 / started again[/green]  [dim]pid {event['pid']}[/dim]")

    def _restart_failed(self, event: dict[str, Any]) -> None:
        self._console.print(f"[red]! {event['name']} 重启失败 / could not be started: {escape(event['why'])}[/red]")

    def _stopping(self, _event: dict[str, Any]) -> None:
        self._finish("[yellow]–[/yellow]")
        self._console.print("\n正在停止 / stopping …")

    def _stopped(self, _event: dict[str, Any]) -> None:
        self._finish("[red]✗[/red]")
        self._console.print("已全部停止 / everything is stopped.")


def _addresses(event: dict[str, Any]) -> Grid:
    web, sandbox = event["web_url"], event["sandbox_url"]
    folder = event["logs"].removesuffix("/logs")
    rows = (
        ("收银台 / counter", f"{web}/counter"),
        ("管理后台 / console", f"{web}/console"),
        ("顾客手机 / a customer's phone", f"{event['phone_url']}/{_without_npm()}"),
        ("接口文档 / API docs", f"{web}/docs"),
        ("健康检查 / health", f"{web}/health/ready"),
        ("指标 / metrics", f"{web}/metrics"),
        ("微信沙箱 / WeChat sandbox", f"{sandbox}/__sandbox/health"),
        ("地址与密钥 / URLs, keys", f"{folder}/run.json, {folder}/secrets.env"),
        ("日志 / logs", event["logs"]),
    )
    grid = Grid.grid(padding=(0, 3))
    for label, value in rows:
        grid.add_row(f"  {label}", escape(value))
    return grid


def _without_npm() -> str:
    """The one part that needs more than Python says so before somebody wonders."""
    if shutil.which("npm") is not None or any((ROOT / "miniprogram" / "simulator" / "dist").glob("*/*/index.html")):
        return ""
    return "  (需要 npm，见该页 / needs npm, that page tells more)"


def _logins(logins: list[dict[str, str]]) -> Grid:
    grid = Grid.grid(padding=(0, 3))
    for row in logins:
        grid.add_row(f"  {escape(row['label'])}", escape(row["login"]), escape(row["password"]))
    return grid
