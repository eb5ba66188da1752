"""Lists names of TensorFlow that not every version, API or Keras has.

`tensorflow_names.json` has them, which tests/migration/check/record_names.py makes
of TensorFlow 2.15.1 and the newest one. A name stands for all below it.
"""

import json
import pathlib

FILE = pathlib.Path(__file__).with_name('tensorflow_names.json')


def _read(key: str) -> frozenset[str]:
  """Dotted names, of {what they are below: the last parts of the names}."""
  return frozenset(
    f'{owner}.{name}' if owner else name
    for owner, names in _LISTS[key].items()
    for name in names.split()
  )


_LISTS = json.loads(FILE.read_text('utf-8'))

# Names of tf.compat.v1 that tf has not.
ONLY_IN_V1 = _read('ONLY_IN_V1')
# Names of tf.keras that are there if it is tf_keras, not if it is Keras 3.
ONLY_IN_KERAS_2 = _read('ONLY_IN_KERAS_2')
# Of these, what `import keras` has with Keras 3, unlike tf.keras.
ALSO_IN_KERAS_3 = _read('ALSO_IN_KERAS_3')
# Private modules that were there in TensorFlow 2.15.
MODULES_GONE = _read('MODULES_GONE')
# What private modules had in TensorFlow 1.15 or 2.15 that are there still.
NAMES_GONE = _read('NAMES_GONE')
