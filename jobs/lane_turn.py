"""One turn of a lane: some seconds of sending for whichever campaign is next by its share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.errors import NotFound
from jobs import volley
from jobs.allowance import Allowance
from jobs.board import Board
from jobs.drain_lane import LONGEST_WAIT_SECONDS, Step, Turn


@dataclass
class LaneTurn:
    """`is_over` says when to stop. Holds at most one small claim per campaign, given back at the end."""

    board: Board
    allowance: Allowance
    is_over: Callable[[], bool]
    turns: dict[int, Turn] = field(default_factory=dict)
    # As many as a volley last held: what the next pick is charged for.
    width: int = 1

    @property
    def sent(self) -> int:
        """Messages so far."""
        return sum(turn.sent for turn in self.turns.values())

    def drain(self) -> bool:
        """Send until the turn is over; True when something may be left."""
        try:
            while not self.is_over():
                mine = [one for one, turn in self.turns.items() if turn.tickets]
                campaign_id = self.board.pick(n=self.width, mine=mine)
                if campaign_id is None:
                    wait_seconds = self.board.seconds_to_next()
                    if not wait_seconds:
                        return False
                    volley.sleep(min(wait_seconds, LONGEST_WAIT_SECONDS))
                    continue
                self._serve(campaign_id)
            return True
        finally:
            for turn in self.turns.values():
                turn.give_back()

    def _serve(self, campaign_id: int) -> None:
        """One volley of it; who has a slot of the shared rate keeps its turn until the slot comes."""
        turn = self.turns.get(campaign_id)
        if turn is None:
            turn = self.turns[campaign_id] = Turn(campaign_id, is_over=self.is_over, allowance=self.allowance)
        charged, step = self.width, Step()
        try:
            step = self._step(turn)
        except NotFound:
            step = Step(is_dry=True)
        finally:
            self.board.correct(campaign_id, charged=charged, sent=step.sent)
        self.width = step.sent or self.width
        if step.is_dry:
            self.board.set_dry(campaign_id)
        elif step.wait_seconds and not step.sent:
            self.board.set_later(campaign_id, seconds=step.wait_seconds)

    def _step(self, turn: Turn) -> Step:
        step = turn.step()
        while step.wait_seconds and not turn.has_own_rate and not self.is_over():
            volley.sleep(min(step.wait_seconds, LONGEST_WAIT_SECONDS))
            step = turn.step()
        return step
