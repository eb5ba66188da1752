"""Lists the public names of TensorFlow, module by module.

    python tests/api/tensorflow_names.py > tests/contract/tensorflow_names.json

under TensorFlow 2.15.1 records what was there before `tf.estimator` went.
"""

import json
import pathlib
import sys
import types

# Keras is another one since TensorFlow 2.16, and `compat` holds the others.
LEFT_OUT = ('keras', 'compat')


def names_below(root, path):
  """The public names of a module and of those below it, by module.

  Args:
    root: the module.
    path: what it is called, `tf.compat.v1` for example.
  """
  found, pending, seen = {}, [(path, root)], set()
  while pending:
    path, module = pending.pop()
    if id(module) in seen:
      continue
    seen.add(id(module))
    names = found.setdefault(path, [])
    for name in sorted(dir(module)):
      if name.startswith('_') or name in LEFT_OUT:
        continue
      try:
        value = getattr(module, name)
      except Exception:  # noqa: BLE001 - a lazy module that is not there
        continue
      names.append(name)
      if isinstance(value, types.ModuleType) and _is_public(value):
        pending.append((f'{path}.{name}', value))
  return found


def _is_public(module):
  # The same file may be loaded under several names.
  file = getattr(module, '__file__', None) or ''
  return '_api' in pathlib.Path(file).parts or (
    module.__name__.startswith('tfcompat_estimator.')
  )


def all_names():
  """The names below `tf`, `tf.compat.v1` and `tf.compat.v2`."""
  import tensorflow as tf

  return {
    **names_below(tf, 'tf'),
    **names_below(tf.compat.v1, 'tf.compat.v1'),
    **names_below(tf.compat.v2, 'tf.compat.v2'),
  }


if __name__ == '__main__':
  lines = [
    f'{json.dumps(path)}: {json.dumps(" ".join(names))}'
    for path, names in sorted(all_names().items())
  ]
  sys.stdout.write('{\n' + ',\n'.join(lines) + '\n}\n')
