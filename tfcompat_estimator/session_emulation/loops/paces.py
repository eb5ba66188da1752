"""Says who decides how many steps run in a loop before the next run."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Decision(NamedTuple):
  """What comes before the next run.

  Attributes:
    steps: How many steps to run in a loop; 0 for none now.
    stops: Whether training ends here.
    is_final: Whether no loop will run any more in this session.
  """

  steps: int = 0
  stops: bool = False
  is_final: bool = False


Offer = Callable[[], Decision]


class Pace:
  """As many steps as this process offers: it trains alone.

  Attributes:
    allows_loops: Whether steps may run in loops at all.
    is_shared: Whether other processes run the same steps. Then all of them
      ask before each run, whatever they have to offer.
  """

  allows_loops = True
  is_shared = False

  def decide(self, session: Any, offer: Offer) -> Decision:
    """Decides what comes before the next run.

    Args:
      session: The session in use.
      offer: Tells how many steps this process could run in a loop.
    """
    del session
    return offer()


class _Never(Pace):
  """No loops: other processes count the same global step."""

  allows_loops = False


ALONE = Pace()
NEVER = _Never()
