"""Lets Keras 3 number the names that it makes up from the start."""

import collections
import contextlib
from collections.abc import Iterator

from tfcompat_estimator import _tf

# Where Keras 3 (3.15, too) counts how often it made up a name.
_NUMBERS = 'object_name_uids'


@contextlib.contextmanager
def numbered_anew() -> Iterator[None]:
  """Numbers names from the start within the block, and goes on after it.

  Keras 3 numbers them by process, tf_keras by graph. They go to checkpoints,
  which must not depend on how many layers and models a process has made.
  """
  state = _tf.keras3_global_state()
  numbers = state.get_global_attribute(_NUMBERS)
  state.set_global_attribute(_NUMBERS, collections.defaultdict(int))
  try:
    yield
  finally:
    state.set_global_attribute(_NUMBERS, numbers)
