"""The channels that are not a partner's own: every counter, for bills, and the ways people join by."""

from collections.abc import Mapping
from typing import Final

from app.rules.earning_words import Words

# Rules that name it mean every "store:<number>".
COUNTERS: Final[Mapping[str, Words]] = {"store": Words("所有门店收银台", "Every counter")}
JOINING: Final[Mapping[str, Words]] = {
    "mini": Words("小程序", "Mini-program"),
    "counter": Words("收银台", "Counter"),
    "import": Words("导入", "Import"),
}
