"""Says what to do about a program's own errors while it builds a graph.

Functions that were written for TensorFlow 1, for Keras 2 or for eager mode end in these,
in a line of the program that is right elsewhere.
"""

import linecache
import re
import traceback
from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.errors import notes, origins


class _Row(NamedTuple):
  """An error that is known.

  Attributes:
    kind: Its type, itself: `kinds.retold` makes one more of its arguments.
    pattern: What its text has; groups are for the remedy.
    remedy: What to do, expanded by the groups of the pattern.
  """

  kind: type[Exception]
  pattern: str
  remedy: str


_KERAS_2 = (
  'tf.keras is Keras 3 since TensorFlow 2.16. Set TF_USE_LEGACY_KERAS=1 before '
  'TensorFlow is imported, or run the program by python -m tfcompat_estimator, which '
  'does so.'
)
_NO_VALUE = (
  'Tensors of an input_fn or model_fn have no value yet: the function runs once, to '
  'build the graph. Compute with operations of TensorFlow; tf.print shows values, '
  'tf.py_function calls Python with them.'
)
_MADE_BEFORE = (
  'A tensor or variable that was made before, outside of this input_fn or '
  'model_fn, is used in it. Make it in the function, or give a NumPy array.'
)
_ROWS = (
  _Row(
    AttributeError,
    r"module 'tensorflow[\w.]*' has no attribute",
    'TensorFlow 2 has no such name. Programs of TensorFlow 1 run as they are by '
    'python -m tfcompat_estimator --tf1 program.py; tf.compat.v1 has most old names.',
  ),
  _Row(AttributeError, r'`\w+` is not available with Keras 3', _KERAS_2),
  _Row(AttributeError, r"module 'keras[\w.]*' has no attribute", _KERAS_2),
  _Row(
    AttributeError,
    "has no attribute '(minimize|get_updates|get_gradients|compute_gradients)'",
    f'{_KERAS_2} Or take an optimizer of tf.compat.v1.train or '
    'tf_keras.optimizers.legacy.',
  ),
  _Row(AttributeError, r"Tensor' object has no attribute 'numpy'", _NO_VALUE),
  _Row(
    NotImplementedError, r'symbolic tf\.Tensor.* to a numpy array', _NO_VALUE
  ),
  _Row(
    TypeError,
    r"(?:int|float)\(\) argument must be .*Tensor'|'\w*Tensor' object cannot be "
    r'interpreted as an integer|format string passed to \w*Tensor\.',
    _NO_VALUE,
  ),
  _Row(
    ValueError,
    'When using data tensors as input to a model, you should specify the `steps',
    'A model of Keras is fitted while the graph is built. A model_fn trains nothing '
    'itself: it returns an EstimatorSpec, with the `train_op` of a step; '
    'tf.keras.estimator.model_to_estimator makes an Estimator of the model.',
  ),
  _Row(
    ValueError,
    r'(?s)Expected values \[.*to be a dense tensor with shape',
    'A tf.data.Dataset takes no list of arrays in a graph. Give a tuple, (a, b), or one '
    'array of all: np.stack([a, b]).',
  ),
  _Row(
    tf.errors.OperatorNotAllowedInGraphError,
    'as a Python `bool`',
    _NO_VALUE + ' In place of `if`: tf.cond, tf.where, or a tf.function.',
  ),
  _Row(
    tf.errors.OperatorNotAllowedInGraphError,
    'Iterating over',
    _NO_VALUE + ' In place of `for`: tf.unstack, tf.map_fn, or a tf.function.',
  ),
  _Row(RuntimeError, 'Attempting to capture an EagerTensor', _MADE_BEFORE),
  _Row(ValueError, 'Encountered an Eager-defined Tensor', _MADE_BEFORE),
  _Row(
    ValueError,
    'of the iterator is different from the graph',
    'The dataset was made outside of input_fn. Each call builds a graph of its own: '
    'make the dataset in input_fn, such as lambda: make_dataset(path).',
  ),
  _Row(
    RuntimeError,
    'only supports Python-style iteration in eager mode',
    'input_fn takes batches out of its dataset. Have it return the dataset itself.',
  ),
  _Row(
    ValueError,
    r'Cannot reshape a tensor .*(?:input_layer|linear_model)/(\w+?)(?:_\d+)?/Reshape',
    r"The feature of column '\1' has another shape than [batch_size, ...], with the "
    "column's shape for one example. Batch the dataset in input_fn, by "
    'dataset.batch(32), or give the column the shape that an example has.',
  ),
  _Row(
    AttributeError,
    "object has no attribute 'fetches'",
    'before_run of a hook must return a tf.estimator.SessionRunArgs, or None.',
  ),
  _Row(
    AttributeError,
    "'dict' object has no attribute '(?!iter|view|has_key)",
    "A dict such as params or features has items, not attributes: ['x'], not .x.",
  ),
  _Row(
    ValueError,
    r'Feature \(key: (.+?)\) cannot have rank 0',
    r"Feature '\1' has no batch axis. Batch the dataset in input_fn: "
    'dataset.batch(32).',
  ),
  _Row(
    ValueError,
    'None values not supported|[Ll]abels must not be None',
    'Something is None where a tensor is due. If that is `labels`: they are None in '
    "mode 'infer' (predict, exports), so return the EstimatorSpec before what needs "
    'them; otherwise have input_fn return them.',
  ),
  _Row(
    ValueError,
    'No variables to optimize',
    'The model has no trainable variable. Make them in model_fn (not in a function '
    'decorated with tf.function), by layers or tf.compat.v1.get_variable.',
  ),
  _Row(
    ValueError,
    '`tape` is required when a `Tensor` loss is passed',
    'Optimizers of Keras take no tensor to minimize. Take one of tf.compat.v1.train, '
    'or one of tf_keras.optimizers.legacy: set its `iterations` to the global step, and '
    'train by tf.group(optimizer.get_updates(loss, variables)).',
  ),
  _Row(
    ValueError,
    '"global_step" already exists',
    'The Estimator has made the global step before it calls model_fn: take it by '
    'tf.compat.v1.train.get_or_create_global_step().',
  ),
  _Row(
    RuntimeError,
    'Graph is finalized and cannot be modified',
    'Nothing can be added to the graph once it runs. Make operations in input_fn, '
    'model_fn or the `begin` of a hook, and keep them there for later.',
  ),
  _Row(
    ValueError,
    'must be from the same graph as',
    'A tensor of another graph is used. Each call builds a graph of its own: make '
    'the tensor in the input_fn or model_fn that uses it.',
  ),
)


def explained(error: Exception) -> str | None:
  """What to do about an error of Python; None if nothing is known of it."""
  if type(error) is KeyError:
    return _of_missing_key(error)
  text = str(error)
  feature = _FEATURE.match(text)
  if feature and type(error) is ValueError:
    return _of_missing_feature(error, feature.group(1))
  for row in _ROWS:
    found = re.search(row.pattern, text)
    if found and type(error) is row.kind:
      return found.expand(row.remedy)
  return None


_FEATURE = re.compile(r'Feature (\S+) is not in features dictionary\.$')


def _of_missing_feature(error: ValueError, key: str) -> str | None:
  """What features there are, where a column reads another one."""
  features = None
  for frame, _ in traceback.walk_tb(error.__traceback__):
    reader = frame.f_locals.get('self')
    features = getattr(reader, '_features', features)
  if not isinstance(features, Mapping):
    return None
  keys = origins.joined(map(repr, features), most=10)
  has = f'there is {keys}' if features else 'there is none'
  return (
    f"A column reads the feature '{key}'; {has}. Have the column's key be "
    'one of these, or the function that makes the features return it.'
  )


def _of_missing_key(error: KeyError) -> str | None:
  """What keys there are, where a dict of the program's has no such one."""
  frames = list(traceback.walk_tb(error.__traceback__))
  if not frames or origins.is_inside(frames[-1][0].f_code.co_filename):
    return None
  frame, number = frames[-1]
  line = linecache.getline(frame.f_code.co_filename, number)
  for name, value in frame.f_locals.items():
    is_read = re.search(rf'\b{re.escape(name)}\s*(\[|\.pop)', line) or not line
    if not (is_read and isinstance(value, Mapping) and error.args):
      continue
    if error.args[0] not in value:
      return _missing(name, value, error.args[0])
  return None


def _missing(name: str, value: Mapping[Any, Any], key: Any) -> str:
  keys = origins.joined(map(repr, value), most=10)
  has = f'its keys are {keys}' if value else 'it is empty'
  remedy = 'Look up one of these, or add it where the dict is made.'
  if _is_of_tensors(value):
    tensors = tf.nest.flatten(list(value.values()), expand_composites=True)
    source = notes.of(getattr(tensors[0], 'graph', None)).input_fn or 'input_fn'
    remedy = f'Have {source} return it, or look up one of these.'
  elif key == 'batch_size':
    remedy = (
      'TPUEstimator adds it where it was given `train_batch_size`, '
      '`eval_batch_size` or `predict_batch_size`, whichever the call needs.'
    )
  return f'`{name}` has no {key!r}; {has}. {remedy}'


def _is_of_tensors(value: Any) -> bool:
  return (
    isinstance(value, Mapping)
    and len(value) > 0
    and all(
      tf.is_tensor(part)
      for part in tf.nest.flatten(list(value.values()), expand_composites=False)
    )
  )
