"""How long the long forms are: as their pages promise, unless the environment asks for less."""

import os


def of(*, messages: int, kills: int, rate: int) -> tuple[int, int, int]:
    """Messages, kills and rate of a crash run; HUITOU_MESSAGES, HUITOU_KILLS and HUITOU_RATE override them."""
    wanted = (("HUITOU_MESSAGES", messages), ("HUITOU_KILLS", kills), ("HUITOU_RATE", rate))
    found = [int(os.environ.get(name, number)) for name, number in wanted]
    return found[0], found[1], found[2]
