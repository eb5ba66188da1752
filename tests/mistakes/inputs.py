"""Mistakes in input functions, in generators, and of labels beside features."""

import numpy as np
import pandas as pd
import tensorflow as tf
import tf_keras

import tfcompat_estimator as estimators
from tests.mistakes import given
from tests.mistakes.mistake import Mistake

errors = tf.errors
fc = tf.feature_column
v1 = tf.compat.v1
INVALID = errors.InvalidArgumentError
X = given.FEATURES['x']
LABELS = given.LABELS


def train(input_fn, make=given.linear):
  return lambda api, to: make(api, to).train(input_fn, steps=1)


def generated(*elements, **options):
  """Batches of what a Python generator yields."""
  options = options or {
    'output_signature': (
      {'x': tf.TensorSpec([3])},
      tf.TensorSpec([], tf.int64),
    )
  }

  def generator():
    for element in elements:
      if isinstance(element, Exception):
        raise element
      yield element

  return train(
    lambda: tf.data.Dataset.from_generator(generator, **options).batch(2)
  )


def labelled(labels, make=given.linear):
  """Tensors of 16 examples with these labels."""
  return train(lambda: ({'x': tf.constant(X)}, labels()), make)


def _unknown(labels):
  return lambda: v1.placeholder_with_default(
    tf.constant(labels), [None] * np.ndim(labels)
  )


def _hooked(result):
  class Hook(v1.train.SessionRunHook):
    def before_run(self, run_context):
      return result

  return lambda api, to: given.linear(api, to).train(
    given.data(), hooks=[Hook()], steps=1
  )


def _made_before(take):
  def run(api, to):
    with tf.init_scope():
      made = given.dataset()
    given.linear(api, to).train(lambda: take(made), steps=1)

  return run


def _no_labels(api, to):
  model = tf_keras.Sequential(
    [tf_keras.layers.Dense(1, input_shape=(3,), name='first')]
  )
  model.compile('sgd', 'mse')
  estimator = estimators.keras.estimator.model_to_estimator(
    model, model_dir=str(to)
  )
  estimator.train(
    lambda: tf.data.Dataset.from_tensors({'first_input': X}), steps=1
  )


def _mapped_in_python(api, to):
  def fail(labels):
    return labels.no_such_name

  def input_fn():
    return given.dataset().map(
      lambda x, y: (x, tf.py_function(fail, [y], tf.int64))
    )

  given.linear(api, to).train(input_fn, steps=1)


def numpy_input(x, y=LABELS, **options):
  """A training on `numpy_input_fn` of these."""
  options = {'shuffle': False, **options}
  make = estimators.v1.inputs.numpy_input_fn
  return lambda api, to: given.linear(api, to).train(make(x, y, **options))


def pandas_input(x, y, **options):
  """A training on `pandas_input_fn` of these."""
  make = estimators.v1.inputs.pandas_input_fn
  return lambda api, to: given.linear(api, to).train(
    make(x, y, shuffle=False, **options)
  )


with tf.init_scope():
  EAGER = tf.constant(X)
SPEC = (
  {'x': tf.TensorSpec([None, 3])},
  tf.TensorSpec([None], tf.int64),
)
FRAME = pd.DataFrame({'a': X[:, 0]})
SERIES = pd.Series(LABELS)

_ROWS = {
  'data and labels in place of functions': Mistake(
    lambda api, to: given.dnn(api, to).train(given.FEATURES['x'], given.LABELS),
    TypeError,
    ('`input_fn`', 'ndarray', 'lambda'),
  ),
  'data and labels in place of functions, evaluated': Mistake(
    lambda api, to: given.trained(api, to).evaluate(
      given.FEATURES, hooks=given.LABELS
    ),
    TypeError,
    ('`input_fn`', 'dict', 'lambda'),
  ),
  'a dataset of a list of arrays': Mistake(
    train(lambda: tf.data.Dataset.from_tensors([given.FEATURES['x']] * 2)),
    ValueError,
    ('list of arrays', 'tuple'),
  ),
  'a dataset made before': Mistake(
    _made_before(lambda made: made), ValueError, ('dataset', 'in input_fn')
  ),
  'a dataset made before is mapped': Mistake(
    _made_before(lambda made: made.map(lambda x, y: (x, y))),
    RuntimeError,
    ('made before', 'input_fn'),
  ),
  'input_fn iterates': Mistake(
    train(lambda: iter(given.dataset())),
    RuntimeError,
    ('input_fn', 'return the dataset'),
  ),
  'input_fn is a generator': Mistake(
    train(lambda: (yield X)), ValueError, ('features', 'generator')
  ),
  'features are one array': Mistake(
    train(lambda: tf.data.Dataset.from_tensors((X, LABELS))),
    ValueError,
    ('features', 'dict'),
  ),
  'features and labels in turn': Mistake(
    train(lambda: tf.data.Dataset.from_tensors((LABELS, {'x': X}))),
    ValueError,
    ('features', 'dict'),
  ),
  'features have numbers for names': Mistake(
    train(lambda: tf.data.Dataset.from_tensors(({0: X}, LABELS))),
    ValueError,
    ('x', 'features'),
  ),
  'weights beside labels': Mistake(
    train(lambda: tf.data.Dataset.from_tensors(({'x': X}, LABELS, LABELS))),
    ValueError,
    ('input_fn', r'\(features, labels\)', '3 elements'),
  ),
  'labels among features': Mistake(
    train(lambda: tf.data.Dataset.from_tensors({'x': X, 'label': LABELS})),
    ValueError,
    ('labels', 'None'),
  ),
  'input_fn does not batch rows': Mistake(
    train(lambda: tf.data.Dataset.from_tensor_slices(({'x': X}, LABELS))),
    ValueError,
    ("'x'", r'dataset\.batch\(32\)'),
    lines=4,
  ),
  'input_fn batches twice': Mistake(
    train(lambda: given.dataset(size=4).batch(2)),
    INVALID,
    ("'x'", r'\[\?, \?, 3\]', '3'),
  ),
  'labels are a dict': Mistake(
    labelled(lambda: {'y': tf.constant(LABELS)}),
    TypeError,
    ('labels', 'dict', "'y'"),
  ),
  'fewer labels than examples': Mistake(
    labelled(lambda: tf.constant(LABELS[:9])),
    ValueError,
    ('labels', '9', '16', 'input_fn'),
  ),
  'one label for all examples': Mistake(
    labelled(lambda: tf.constant(LABELS[:1]), given.regressor),
    ValueError,
    ('labels', r'\b1 label', '16'),
  ),
  'fewer labels, as it runs': Mistake(
    labelled(_unknown(LABELS[:9])),
    INVALID,
    (r'labels have shape \[9, 1\]', r'\[16, 1\]', 'one label'),
  ),
  'labels are one-hot': Mistake(
    train(
      given.data(np.eye(3, dtype=np.int64)[LABELS]),
      lambda api, to: given.linear(api, to, n_classes=3),
    ),
    ValueError,
    ('one-hot', '3'),
  ),
  'labels of two numbers': Mistake(
    train(given.data(np.zeros([16, 2])), given.regressor),
    ValueError,
    ('dimension=1', '2'),
  ),
  'classes are numbered from 1': Mistake(
    train(given.data(LABELS + 1)),
    INVALID,
    ('label 2 at position 1', 'number the labels from 0'),
  ),
  'a generator yields another name': Mistake(
    generated(({'z': X[0]}, 1)), INVALID, ('input', "'x'", "'z'")
  ),
  'a generator yields text': Mistake(
    generated(({'x': ['a', 'b', 'c']}, 1)),
    INVALID,
    ('input', 'float32', "'a'"),
  ),
  'a generator yields another width': Mistake(
    generated(({'x': [1.0, 2.0]}, 1)), INVALID, ('input', r'\(2,\)', r'\(3,\)')
  ),
  'a generator fails': Mistake(
    generated(({'x': X[0]}, 1), RuntimeError('the disk went away')),
    errors.UnknownError,
    ('the disk went away', r'inputs\.py:\d+ in generator', 'input'),
  ),
  'a generator is called': Mistake(
    train(lambda: tf.data.Dataset.from_generator(iter([1]), tf.int64)),
    TypeError,
    ('generator', 'callable'),
  ),
  'a generator without shapes': Mistake(
    generated(
      ({'x': X[0]}, 1),
      ({'x': X[1]}, 0),
      output_types=({'x': tf.float32}, tf.int64),
    ),
    INVALID,
    ('labels', 'output_signature', 'reshape'),
  ),
  'rows of a batch of other widths': Mistake(
    generated(
      ({'x': X[0]}, 1),
      ({'x': X[1, :2]}, 0),
      output_signature=(
        {'x': tf.TensorSpec([None])},
        tf.TensorSpec([], tf.int64),
      ),
    ),
    INVALID,
    ('input', r'\[3\]', r'\[2\]'),
  ),
  'a py_function fails': Mistake(
    _mapped_in_python,
    (errors.UnknownError, INVALID),
    ('no_such_name', r'inputs\.py:\d+ in fail', '`map`'),
  ),
  'a Keras model gets no labels': Mistake(
    _no_labels, INVALID, ("'first_target'", 'labels', 'input_fn')
  ),
  'names of features are bytes': Mistake(
    train(lambda: ({b'x': tf.constant(X)}, tf.constant(LABELS))),
    ValueError,
    ("'x'", "b'x'", 'key'),
  ),
  'input_fn returns an input_fn': Mistake(
    train(given.data), ValueError, ('features', 'function', 'called')
  ),
  'features are a DataFrame': Mistake(
    train(lambda: (FRAME, LABELS)),
    ValueError,
    ('features', 'DataFrame', r'dict\(features\)'),
  ),
  'features are a tensor made before': Mistake(
    train(lambda: ({'x': EAGER}, tf.constant(LABELS))),
    RuntimeError,
    ('made before', 'NumPy'),
  ),
  'a map uses a tensor made before': Mistake(
    train(lambda: given.dataset().map(lambda x, y: ({'x': x['x'] * EAGER}, y))),
    RuntimeError,
    ('made before', 'NumPy'),
  ),
  'a generator yields no labels': Mistake(
    generated({'x': X}, output_signature=SPEC), INVALID, ('input', 'structure')
  ),
  'a generator yields None': Mistake(
    generated(({'x': X}, None), output_signature=SPEC),
    INVALID,
    ('None', 'int64'),
  ),
  'numpy_input_fn of an array': Mistake(
    numpy_input(X), ValueError, ('features', 'dict')
  ),
  'numpy_input_fn of other lengths': Mistake(
    numpy_input({'x': X}, LABELS[:9]), ValueError, ('x', 'y', '16', '9')
  ),
  'numpy_input_fn without shuffle': Mistake(
    numpy_input({'x': X}, shuffle=None), ValueError, ('shuffle', 'None')
  ),
  'numpy_input_fn of a list': Mistake(
    numpy_input({'x': X.tolist()}),
    AttributeError,
    (r"x\['x'\]", 'list', 'asarray'),
  ),
  'numpy_input_fn of a list of labels': Mistake(
    numpy_input({'x': X}, LABELS.tolist()),
    AttributeError,
    ('y', 'list', 'asarray'),
  ),
  'numpy_input_fn of a number': Mistake(
    numpy_input({'x': np.float32(1)}), AttributeError, (r"x\['x'\]", 'asarray')
  ),
  'numpy_input_fn of no labels in a dict': Mistake(
    numpy_input({'x': X}, {}), ValueError, ('y', 'None')
  ),
  'a frame lacks a column': Mistake(
    pandas_input(FRAME, SERIES), ValueError, ("'x'", "'a'", 'key')
  ),
  'labels of a frame are an array': Mistake(
    pandas_input(FRAME, LABELS), AttributeError, ('y', 'Series', 'ndarray')
  ),
  'labels of a frame have another index': Mistake(
    pandas_input(FRAME, pd.Series(LABELS, index=range(5, 21))),
    ValueError,
    ('Index', '16', '21'),
  ),
  'a frame has the name of the labels': Mistake(
    pandas_input(FRAME.assign(target=LABELS), SERIES),
    ValueError,
    ('target', 'name'),
  ),
  'pandas_input_fn of an array': Mistake(
    pandas_input(X, None), AttributeError, ('x', 'DataFrame', 'numpy_input_fn')
  ),
  'before_run returns a list': Mistake(
    _hooked(['loss']), AttributeError, ('before_run', 'SessionRunArgs')
  ),
}
# They fail in what both families share: half of them for each is enough.
ROWS = {
  name: row._replace(families=(('v1', 'v2')[index % 2],))
  for index, (name, row) in enumerate(_ROWS.items())
}
