"""Every page, for the checks and pictures that all of them go through. A page without a line fails test_every_page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page: its endpoint, an address of it, and who looks at it ("" for nobody signed in).

    `path` may name what the demo shop or `World` has: "{member}" → a member's id.
    """

    endpoint: str
    path: str
    login: str = "admin"
    # What a picture of it is called; several places may show one endpoint in different states.
    state: str = ""

    @property
    def door(self) -> str:
        return "counter" if self.path.startswith("/counter") else "console"

    @property
    def name(self) -> str:
        return self.endpoint.replace(".", "-") + (f"-{self.state}" if self.state else "")


PLACES: tuple[Place, ...] = (
    Place("welcome.show", "/", ""),
    Place("console_pages.signing_in.show", "/console/sign-in", ""),
    Place("counter_pages.signing_in.show", "/counter/sign-in", ""),
    Place("console_pages.home.show", "/console"),
    Place("counter_pages.home.show", "/counter", "clerk"),
)

# GET endpoints that show no page of their own: fragments, files, downloads.
NO_PAGES: frozenset[str] = frozenset()
