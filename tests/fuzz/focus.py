"""Says what a random program is about: of which types, of which operations.

Faults need several things at once: a write in a branch, a read after it, a second
variable that keeps what was read. Among all operations that there are, they hardly
ever meet; so most programs are about few.
"""

import dataclasses
from collections.abc import Mapping

from tests.fuzz import rows

ALL_TYPES = tuple(rows.TYPES)


@dataclasses.dataclass(frozen=True)
class Focus:
  """What programs are about.

  Attributes:
    types: Sets of types, of which a program has one.
    weights: How often each feature of rows is drawn; others at `others`.
    others: See `weights`.
    control_flow: How often control flow is drawn; operations at 6.
    variables: The most variables.
    lasting: The most other things that last.
    rereads: Whether blocks prefer to return what they have written.
  """

  types: tuple[tuple[str, ...], ...] = (ALL_TYPES,)
  weights: Mapping[str, int] = dataclasses.field(default_factory=dict)
  others: int = 0
  control_flow: int = 1
  variables: int = 4
  lasting: int = 2
  rereads: bool = False

  def weight(self, feature: str) -> int:
    """How often rows of a feature are drawn."""
    return self.weights.get(feature, self.others)


_FEW = (('f', 'b'), ('i', 'b'), ('f', 'fv', 'b'), ('i', 'iv', 'b'), ('fv', 'f'))
_WRITES = {'variables': 8, 'sparse updates': 3, 'sparse reads': 1, 'numbers': 2}

EVERYTHING = Focus(weights={'variables': 3, 'sparse updates': 2}, others=1)
WRITES = Focus(
  (*_FEW, ('fm', 'fv'), ('l', 'b'), ('s', 'b')),
  _WRITES,
  control_flow=2,
  variables=3,
  lasting=0,
  rereads=True,
)
STREAMS = Focus(
  (('f', 'fv'), ('f', 'b', 'fv'), ('i', 'iv')),
  {
    **dict.fromkeys(('variables', 'numbers'), 2),
    **dict.fromkeys(('random numbers', 'other random'), 4),
    **dict.fromkeys(('op seeds', 'Defun'), 1),
  },
  variables=2,
  lasting=0,
)
LASTING = Focus(
  (('f', 'l', 'b'), ('f', 'fv', 'i'), ('f', 'l', 's'), ('s', 'i', 'fv')),
  {
    **dict.fromkeys(('variables', 'numbers', 'strings', 'partitioned'), 1),
    **dict.fromkeys(('queues', 'tables', 'datasets', 'py_func'), 4),
    **dict.fromkeys(('readers', 'accumulators'), 4),
    'handles': 2,
  },
  variables=2,
  lasting=4,
)
TRAINING = Focus(
  (('f', 'fv'), ('fv', 'f', 'b')),
  {
    'optimizers': 6,
    'averages': 2,
    'variables': 2,
    'numbers': 1,
    'gradients': 1,
  },
  control_flow=0,  # optimizers make variables, which no block may
  variables=2,
  lasting=0,
)
# What is drawn most comes most often here.
FOCUSES = (
  *(WRITES,) * 6,
  *(EVERYTHING,) * 2,
  *(STREAMS,) * 3,
  *(LASTING,) * 2,
  *(TRAINING,) * 2,
)
