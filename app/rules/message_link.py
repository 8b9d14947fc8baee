"""The page a message opens, with the code that leads back to its row and tells nothing about anybody."""

from typing import Final

# The query parameter a mini-program page finds the code under.
PARAMETER: Final = "d"


def with_code(page: str, code: str) -> str:
    """`page` with ?d=<code>, or &d= behind a query it has; no page, no link (WeChat shows such a message without one)."""
    if not page:
        return page
    return f"{page}{'&' if '?' in page else '?'}{PARAMETER}={code}"
