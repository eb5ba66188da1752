"""Describes heads with inputs, and observes what their specs hold.

`record.py` runs this under the reference too: it imports nothing of ours.
"""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1

BATCH = 8
_draw = np.random.RandomState(0)
BINARY = (_draw.rand(BATCH, 1) > 0.5).astype(np.int64)
IDS = _draw.randint(0, 3, (BATCH, 1))
NUMBERS = _draw.randn(BATCH, 2).astype(np.float32)
COUNTS = _draw.randint(0, 5, (BATCH, 1)).astype(np.float32)
UNIT = _draw.rand(BATCH, 1).astype(np.float32)
MULTI_HOT = (_draw.rand(BATCH, 3) > 0.5).astype(np.int64)
WEIGHTS = (_draw.rand(BATCH, 1) + 0.5).astype(np.float32)
NAMES = np.array([b'a', b'b', b'c'])
_SPARSE_INDICES = [[0, 0], [1, 0], [1, 1], [3, 0]]
DEEP_IDS = _draw.randint(0, 3, (2, 4, 1))
DEEP_WEIGHTS = (_draw.rand(2, 4, 1) + 0.5).astype(np.float32)
SEQUENCE_MASK = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 1, 0]], bool)
SEQUENCE_IDS = _draw.randint(0, 3, (4, 3, 1))
SEQUENCE_WEIGHTS = (_draw.rand(4, 3, 1) + 0.5).astype(np.float32)


class Library(NamedTuple):
  """What makes the heads and runs the graphs."""

  heads: Any  # has the public heads and the v1 heads' functions
  legacy_optimizers: Any
  session: Any  # called with a graph, returns a context manager


class Case(NamedTuple):
  """A head, and labels and features for it."""

  make: Any  # takes Library.heads
  logits: Any  # shapes
  labels: Any
  features: dict[str, np.ndarray]
  v1_family: bool = False


def _absolute(labels, logits):
  return tf.abs(tf.cast(labels, tf.float32) - logits)


def _doubled_cross_entropy(labels, logits, features):
  del features
  return 2.0 * tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)


def _label_times_sum(labels, logits):
  total = tf.reduce_sum(logits, axis=-1, keepdims=True)
  return tf.cast(labels, tf.float32) * total


def _sparse(values):
  def labels():
    return tf.SparseTensor(_SPARSE_INDICES, tf.constant(values), [BATCH, 2])

  return labels


def _case(make, width, labels, v1_family=False, **features):
  features = features or {'x': WEIGHTS, 'w': WEIGHTS}
  return Case(make, (BATCH, width), labels, features, v1_family)


def _v1(make, width, labels):
  return _case(make, width, labels, v1_family=True)


def _two_heads(h, **kwargs):
  return h.MultiHead(
    [h.BinaryClassHead(name='h1'), h.RegressionHead(name='h2')], **kwargs
  )


def _three_heads(h):
  return h.MultiHead(
    [
      h.BinaryClassHead(name='h1'),
      h.RegressionHead(2, name='h2', weight_column='w'),
      h.MultiClassHead(3, name='h3'),
    ],
    head_weights=[1.0, 0.5, 2.0],
  )


VOCABULARY = ['a', 'b', 'c']
CASES = {
  'binary': _case(lambda h: h.BinaryClassHead(), 1, BINARY),
  'binary_weighted_named': _case(
    lambda h: h.BinaryClassHead(weight_column='w', name='hd'), 1, BINARY
  ),
  'binary_column_normalized': _case(
    lambda h: h.BinaryClassHead(
      weight_column=tf.feature_column.numeric_column(
        'w', normalizer_fn=lambda w: 2.0 * w
      )
    ),
    1,
    BINARY,
  ),
  'binary_thresholds': _case(
    lambda h: h.BinaryClassHead(thresholds=[0.25, 0.7], name='hd'), 1, BINARY
  ),
  'binary_vocabulary_sum': _case(
    lambda h: h.BinaryClassHead(
      label_vocabulary=['a', 'b'], loss_reduction='sum'
    ),
    1,
    NAMES[BINARY],
  ),
  'binary_loss_fn': _case(
    lambda h: h.BinaryClassHead(
      loss_fn=_doubled_cross_entropy, weight_column='w'
    ),
    1,
    BINARY,
  ),
  'multi_class': _case(lambda h: h.MultiClassHead(3), 3, IDS),
  'multi_class_weighted_sum': _case(
    lambda h: h.MultiClassHead(
      3, weight_column='w', name='hd', loss_reduction='sum'
    ),
    3,
    IDS,
  ),
  'multi_class_vocabulary': _case(
    lambda h: h.MultiClassHead(
      3, label_vocabulary=VOCABULARY, loss_fn=_label_times_sum
    ),
    3,
    NAMES[IDS],
  ),
  'multi_class_deep': Case(
    lambda h: h.MultiClassHead(3, weight_column='w'),
    (2, 4, 3),
    DEEP_IDS,
    {'w': DEEP_WEIGHTS},
  ),
  'multi_label': _case(lambda h: h.MultiLabelHead(3), 3, MULTI_HOT),
  'multi_label_thresholds_classes': _case(
    lambda h: h.MultiLabelHead(
      3,
      weight_column='w',
      thresholds=[0.25, 0.5],
      classes_for_class_based_metrics=[0, 2],
      name='hd',
    ),
    3,
    MULTI_HOT,
  ),
  'multi_label_sparse': _case(
    lambda h: h.MultiLabelHead(3), 3, _sparse([0, 2, 1, 2])
  ),
  'multi_label_sparse_names': _case(
    lambda h: h.MultiLabelHead(
      3,
      label_vocabulary=VOCABULARY,
      classes_for_class_based_metrics=['c', 'a'],
    ),
    3,
    _sparse([b'a', b'c', b'a', b'b']),
  ),
  'regression': _case(lambda h: h.RegressionHead(), 1, NUMBERS[:, :1]),
  'regression_two_weighted': _case(
    lambda h: h.RegressionHead(2, weight_column='w', name='hd'), 2, NUMBERS
  ),
  'regression_weight_of_each_logit': _case(
    lambda h: h.RegressionHead(2, weight_column='w'),
    2,
    NUMBERS,
    w=np.abs(NUMBERS) + 0.5,
  ),
  'regression_link_sum': _case(
    lambda h: h.RegressionHead(
      inverse_link_fn=tf.exp, loss_fn=_absolute, loss_reduction='sum'
    ),
    1,
    NUMBERS[:, :1],
  ),
  'poisson': _case(lambda h: h.PoissonRegressionHead(), 1, COUNTS),
  'poisson_short_weighted': _case(
    lambda h: h.PoissonRegressionHead(
      compute_full_loss=False, weight_column='w', name='p'
    ),
    1,
    COUNTS,
  ),
  'logistic': _case(
    lambda h: h.LogisticRegressionHead(weight_column='w'), 1, UNIT
  ),
  'multi_head': _case(
    _three_heads, 6, {'h1': BINARY, 'h2': NUMBERS, 'h3': IDS}
  ),
  'multi_head_logits_dict': Case(
    _two_heads,
    {'h1': (BATCH, 1), 'h2': (BATCH, 1)},
    {'h1': BINARY, 'h2': NUMBERS[:, :1]},
    {'x': WEIGHTS},
  ),
  'sequential': Case(
    lambda h: h.SequentialHeadWrapper(
      h.MultiClassHead(3, weight_column='w'), feature_columns='w'
    ),
    (4, 3, 3),
    SEQUENCE_IDS,
    {'w': SEQUENCE_WEIGHTS, 'sequence_length_mask': SEQUENCE_MASK},
  ),
  'v1_binary': _v1(
    lambda h: h.binary_logistic_head_with_sigmoid_cross_entropy_loss(),
    1,
    BINARY,
  ),
  'v1_binary_weighted': _v1(
    lambda h: h.binary_logistic_head_with_sigmoid_cross_entropy_loss(
      weight_column='w', thresholds=[0.3], name='hd'
    ),
    1,
    BINARY,
  ),
  'v1_binary_vocabulary_mean': _v1(
    lambda h: h.binary_logistic_head_with_sigmoid_cross_entropy_loss(
      label_vocabulary=['a', 'b'],
      loss_reduction=v1.losses.Reduction.SUM_OVER_BATCH_SIZE,
    ),
    1,
    NAMES[BINARY],
  ),
  'v1_multi_class_weighted': _v1(
    lambda h: h.multi_class_head_with_softmax_cross_entropy_loss(
      3,
      weight_column='w',
      loss_reduction=v1.losses.Reduction.SUM_BY_NONZERO_WEIGHTS,
    ),
    3,
    IDS,
  ),
  'v1_multi_class_vocabulary': _v1(
    lambda h: h.multi_class_head_with_softmax_cross_entropy_loss(
      3, label_vocabulary=VOCABULARY, name='hd'
    ),
    3,
    NAMES[IDS],
  ),
  'v1_regression': _v1(
    lambda h: h.regression_head(weight_column='w', label_dimension=2),
    2,
    NUMBERS,
  ),
  'v1_regression_link_mean': _v1(
    lambda h: h.regression_head(
      inverse_link_fn=tf.exp,
      loss_fn=_absolute,
      loss_reduction=v1.losses.Reduction.MEAN,
      name='hd',
    ),
    1,
    NUMBERS[:, :1],
  ),
}
MODES = ('train', 'eval', 'infer')


def logits_of(case: Case) -> tuple[Any, list[tf.Variable]]:
  """Logits that are variables in the default graph, and those variables."""
  draw = np.random.RandomState(3)
  variables = []

  def make(name, shape):
    initial = tf.constant(draw.randn(*shape).astype(np.float32))
    variables.append(
      v1.get_variable(name, initializer=initial, use_resource=True)
    )
    return tf.identity(variables[-1])

  if isinstance(case.logits, dict):
    return {k: make(k, shape) for k, shape in case.logits.items()}, variables
  return make('v', case.logits), variables


def labels_of(labels: Any) -> Any:
  """The labels of a case as tensors."""
  if isinstance(labels, dict):
    return {key: labels_of(value) for key, value in labels.items()}
  return labels() if callable(labels) else tf.constant(labels)


def make_spec(
  library: Library, name: str, mode: str
) -> tuple[Any, list[tf.Variable]]:
  """The spec of a case in the default graph, in its scope; its variables."""
  case = CASES[name]
  with v1.variable_scope(name):
    logits, variables = logits_of(case)
    inputs: dict[str, Any] = {
      'features': {k: tf.constant(v) for k, v in case.features.items()},
      'mode': mode,
      'logits': logits,
    }
    if mode != 'infer':
      inputs['labels'] = labels_of(case.labels)
      inputs['regularization_losses'] = [tf.constant(0.5), tf.constant(0.25)]
    if mode == 'train' and case.v1_family:
      inputs['optimizer'] = v1.train.AdagradOptimizer(0.1)
    elif mode == 'train':
      optimizer = library.legacy_optimizers.Adam(0.1)
      optimizer.iterations = v1.train.get_global_step()
      inputs.update(optimizer=optimizer, trainable_variables=variables)
    head = case.make(library.heads)
    return head.create_estimator_spec(**inputs), variables


def observe_training(library: Library, name: str) -> dict[str, Any]:
  """What a case's training spec holds and, run once, gives; as JSON."""
  with tf.Graph().as_default() as graph:
    global_step = v1.train.create_global_step()
    spec, variables = make_spec(library, name, 'train')
    summary = v1.summary.merge_all()
    initializer = v1.group(
      v1.global_variables_initializer(), v1.tables_initializer()
    )
    seen = _names(spec)
    seen['variables'] = [v.name for v in v1.global_variables()]
    with library.session(graph) as session:
      session.run(initializer)
      run = [spec.loss, summary, spec.train_op]
      values = {'loss': None, 'v': None, 'step': None}
      values['loss'], written, _ = session.run(run)
      values['v'], values['step'] = session.run([variables[0], global_step])
  tags = v1.Summary.FromString(written).value
  seen['tags'] = {value.tag: value.simple_value for value in tags}
  seen['values'] = {k: _json(v) for k, v in values.items()}
  return seen


def observe_all(library: Library, mode: str) -> dict[str, dict[str, Any]]:
  """What all cases' specs for `mode` hold and give, by case, as JSON.

  All but training ones share a graph and a session: that saves much time.
  """
  if mode == 'train':
    return {name: observe_training(library, name) for name in CASES}
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    specs = {name: make_spec(library, name, mode)[0] for name in CASES}
    seen = {name: _names(spec) for name, spec in specs.items()}
    fetches = {name: _fetches(spec) for name, spec in specs.items()}
    updates = [
      update
      for spec in specs.values()
      for _, update in spec.eval_metric_ops.values()
    ]
    initializer = v1.group(
      v1.global_variables_initializer(),
      v1.local_variables_initializer(),
      v1.tables_initializer(),
    )
    with library.session(graph) as session:
      session.run(initializer)
      session.run(updates)
      for name, values in session.run(fetches).items():
        seen[name]['values'] = {k: _json(v) for k, v in values.items()}
  return seen


def _names(spec: Any) -> dict[str, Any]:
  """What the parts of a spec are called."""
  return {
    'predictions': [
      [_text(k), t.name, t.dtype.name, str(t.shape)]
      for k, t in spec.predictions.items()
    ],
    'metrics': sorted(spec.eval_metric_ops),
    'loss': None if spec.loss is None else spec.loss.name,
    'exports': {
      name: [
        type(output).__name__,
        {k: t.name for k, t in _tensors_of(output).items()},
      ]
      for name, output in (spec.export_outputs or {}).items()
    },
  }


def _fetches(spec: Any) -> dict[str, tf.Tensor]:
  """The loss and the metrics; or, without a loss, predictions and exports."""
  if spec.loss is not None:
    values = {k: value for k, (value, _) in spec.eval_metric_ops.items()}
    return {**values, 'loss': spec.loss}
  fetches = {_text(k): t for k, t in spec.predictions.items()}
  for name, output in spec.export_outputs.items():
    for part, tensor in _tensors_of(output).items():
      fetches[f'{name}:{part}'] = tensor
  return fetches


def _tensors_of(output: Any) -> dict[str, tf.Tensor]:
  """The tensors of an export output, by their part in it."""
  tensors = {
    part: getattr(output, part)
    for part in ('scores', 'classes', 'value')
    if getattr(output, part, None) is not None
  }
  return {**tensors, **getattr(output, 'outputs', {})}


def _text(key: Any) -> str:
  return key if isinstance(key, str) else '/'.join(key)


def _json(value: Any) -> list[Any]:
  value = np.asarray(value)
  flat = value.ravel().tolist()
  if value.dtype == object:
    flat = [text.decode() for text in flat]
  return [value.dtype.name, list(value.shape), flat]
