"""Keeps the numbers that Keras 3 gives to names out of checkpoints."""

import collections
import contextlib
import re
from collections.abc import Iterator
from typing import Any

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


def optimizer_config(optimizer: Any) -> dict[str, Any]:
  """What makes an optimizer like this one, under a name without a number.

  Keras 3 numbers the optimizers of a process. Checkpoints hold the name, so it
  must not depend on how many there were.
  """
  config = optimizer.get_config()
  return {**config, 'name': re.sub(r'_\d+$', '', config['name'])}
