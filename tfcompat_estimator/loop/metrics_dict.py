"""Has metrics print as they did before NumPy 2."""

from typing import Any

import numpy as np


class MetricsDict(dict[str, Any]):
  """A dict whose numpy scalars are printed as numbers.

  With NumPy 2 a dict prints `np.float32(0.5)`, which programs that read logs do not
  expect; values are what they were. Copies and pickles are plain dicts.
  """

  def __repr__(self) -> str:
    items = (f'{key!r}: {_text(value)}' for key, value in self.items())
    return '{' + ', '.join(items) + '}'

  def __reduce__(self) -> Any:
    return dict, (dict(self),)


def _text(value: Any) -> str:
  if isinstance(value, np.number | np.bool_):
    return str(value)
  return repr(value.item()) if isinstance(value, np.generic) else repr(value)
