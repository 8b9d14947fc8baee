"""Tells the story: a chapter, what was done, what the database says, and whether that was expected."""

from typing import Any

from rich.console import Console


class Surprise(Exception):
    """The database says something else than the story; the demo ends with exit code 1."""


class Narrator:
    """Prints in both languages and counts what was checked."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self.checked = 0

    def chapter(self, chinese: str, english: str) -> None:
        """A new part of the story."""
        self._console.print(f"\n[bold cyan]■ {chinese}[/] · {english}")

    def say(self, text: str) -> None:
        """What somebody just did."""
        self._console.print(f"  {text}")

    def check(self, what: str, got: Any, expected: Any) -> None:
        """Compare with what the story needs; raises Surprise."""
        self.checked += 1
        if got != expected:
            self._console.print(f"    [bold red]✗ {what}: {got!r}, expected {expected!r}[/]")
            raise Surprise(f"{what}: {got!r} instead of {expected!r}")
        self._console.print(f"    [green]✓[/] {what}: [bold]{got}[/]")

    def ensure(self, what: str, holds: bool, shown: Any) -> None:
        """As `check`, for a condition on a value."""
        self.checked += 1
        mark = "[green]✓[/]" if holds else "[bold red]✗[/]"
        self._console.print(f"    {mark} {what}: [bold]{shown}[/]")
        if not holds:
            raise Surprise(f"{what}: {shown!r}")
