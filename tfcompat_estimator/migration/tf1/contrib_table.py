"""Says of each name of `tf.contrib` what it is today, or why it is not served.

The one source of what `--tf1` imports, `check` tells and the documentation
lists. It names TensorFlow only in strings: nothing is imported. It reads
`contrib_table.txt`, where below `[module]` stand

    tf_slim: conv2d dropout                  where names live
    v1.nn.rnn_cell.: LayerRNNCell=RNNCell    what one is called there
    .crf: crf_decode                         in a module of this room
    =slim_layers                             all that stands below [=slim_layers]

below [private layers] what its private modules have besides,
and below the last three titles names and, of what is refused, the reason.
"""

import functools
import pathlib
import re
from collections.abc import Iterable
from typing import NamedTuple

UNKNOWN = 'nothing in TensorFlow 2 took its place: copy what you need of it'
_V1 = 'tensorflow:compat.v1.'
_OURS = 'tfcompat_estimator.migration.tf1'


class Row(NamedTuple):
  """What is known of one name below `tf.contrib`.

  Attributes:
    place: Where it is: 'module:name', or 'module'; empty if it is not.
    reason: Why it is not served, and what to do; empty if it is.
    is_module: Whether names below it have rows of their own.
  """

  place: str = ''
  reason: str = ''
  is_module: bool = False


def _read(text: str) -> dict[str, list[str]]:
  """{title: its rows} of the table."""
  blocks = re.sub(r'\n +', ' ', text).split('\n\n')
  split = (block.strip().partition('\n') for block in blocks)
  return {title.strip('[]'): rows.splitlines() for title, _, rows in split}


def _places(rows: Iterable[str]) -> dict[str, str]:
  """{name: place} of some rows."""
  found: dict[str, str] = {}
  for row in rows:
    if row.startswith('='):
      found |= _places(_TABLE.get(row, _TABLE.get(row[1:], [])))
      continue
    home, _, names = row.partition(': ')
    home = re.sub(r'^v1\.', _V1, home)
    home = _OURS + home if home.startswith('.') else home
    separator = '' if home.endswith(('.', ':')) else ':'
    for name, _, now in (word.partition('=') for word in names.split()):
      found[name] = f'{home}{separator}{now or name}'
  return found


_TABLE = _read(pathlib.Path(__file__).with_suffix('.txt').read_text('utf-8'))
# Modules that programs import by their private paths.
OLD_MODULES = frozenset(' '.join(_TABLE.pop('old modules')).split())
# Private modules of TensorFlow that tf_slim reads lost names of.
READ_BY_SLIM = tuple(_TABLE.pop('read by tf_slim'))
# Names and modules below tf.contrib: why they are not served.
REFUSED = {
  name: reason
  for names, _, reason in (r.partition(': ') for r in _TABLE.pop('refused'))
  for name in names.split()
}
# What private modules of a module have besides: module -> {name: place}.
_PRIVATE = {
  module.removeprefix('private '): _places(_TABLE.pop(module))
  for module in [each for each in _TABLE if each.startswith('private ')]
}
# Module below tf.contrib -> {name: place}.
SERVED = {
  module: _places(rows)
  for module, rows in _TABLE.items()
  if not module.startswith('=')
}


def find(path: str) -> Row | None:
  """What is known of a name below `tf.contrib`; None if nothing is.

  Args:
    path: 'layers.conv2d', 'layers', ...
  """
  module, _, name = path.rpartition('.')
  place = SERVED.get(module, {}).get(name) or _PRIVATE.get(module, {}).get(name)
  if place and path not in SERVED:
    return Row(place=place)
  if path in SERVED:
    return Row(is_module=True)
  reason = _refusal(path)
  return Row(reason=reason) if reason else None


def _refusal(path: str) -> str:
  if public_of(path) is not None:  # a private module of what is served
    return ''
  parts = path.split('.')
  for end in range(len(parts), 0, -1):
    known = '.'.join(parts[:end])
    if known in REFUSED:
      return REFUSED[known]
    module, _, name = known.rpartition('.')
    if name in SERVED.get(module, {}):  # a member of a class that is served
      return ''
  return ''


def is_refused_module(path: str) -> bool:
  """Whether an import may mean a module here, and it is one that is not served.

  Args:
    path: 'quantize', 'quantize.python.graph_matcher', ...
  """
  top, _, below = path.partition('.')
  if top not in REFUSED or top in SERVED:
    return False
  # Below `python` modules and functions cannot be told apart, but from classes.
  return not below or (
    'python' in below.split('.') and path.rpartition('.')[2].islower()
  )


def public_of(path: str) -> str | None:
  """The served module that a private path, `layers.python.layers`, belongs to."""
  module, marker, _ = f'{path}.'.partition('.python.')
  return module if marker and module in SERVED else None


@functools.cache
def below(path: str) -> tuple[str, ...]:
  """The names that a module has, those of modules included."""
  prefix = f'{path}.' if path else ''
  modules = {
    name.removeprefix(prefix).partition('.')[0]
    for name in SERVED
    if name.startswith(prefix) and name != path
  }
  return tuple(sorted({*SERVED.get(path, {}), *modules}))
