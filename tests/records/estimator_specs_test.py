"""Tests EstimatorSpec against the reference's recorded behaviour."""

import pytest
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.records import estimator_specs, modes

v1 = tf.compat.v1

_DEFAULT = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
_HOOK = v1.train.StopAtStepHook(num_steps=1)
_HOOK_FIELDS = (
  'training_hooks',
  'training_chief_hooks',
  'evaluation_hooks',
  'prediction_hooks',
)


@pytest.fixture(autouse=True)
def _graph():
  with tf.Graph().as_default():
    yield


def _spec(mode, **arguments):
  """A spec with what its mode needs, and the arguments in place of it."""
  needed = {
    'train': {'loss': tf.constant(1.0), 'train_op': tf.no_op()},
    'eval': {'loss': tf.constant(1.0)},
    'infer': {'predictions': tf.constant([1.0])},
  }.get(mode, {})
  return estimator_specs.EstimatorSpec(mode, **{**needed, **arguments})


def _elsewhere(make):
  """What `make` makes in another graph."""
  with tf.Graph().as_default():
    return make()


def _number():
  return tf.constant(1.0)


def _predict_output():
  return estimator_specs.PredictOutput(tf.constant([1.0]))


@pytest.mark.parametrize(
  ('mode', 'make_arguments', 'error', 'message'),
  [
    ('train', lambda: {'train_op': None}, ValueError, 'Missing train_op'),
    ('train', lambda: {'loss': None}, ValueError, 'Missing loss'),
    ('eval', lambda: {'loss': None}, ValueError, 'Missing loss'),
    ('infer', lambda: {'predictions': None}, ValueError, 'Missing predictions'),
    (
      'eval',
      lambda: {'loss': tf.constant([1.0, 2.0])},
      ValueError,
      r'Loss must be scalar, given: .*\(2,\)',
    ),
    ('eval', lambda: {'loss': 1.5}, TypeError, 'loss must be Tensor.* 1.5'),
    ('eval', lambda: {'loss': 'a'}, TypeError, 'loss must be Tensor.* a'),
    (
      'train',
      lambda: {'train_op': 'x'},
      TypeError,
      'train_op must be Operation or Tensor, given: x',
    ),
    (
      'eval',
      lambda: {'eval_metric_ops': [1]},
      TypeError,
      r'eval_metric_ops must be a dict, given: \[1\]',
    ),
    (
      'eval',
      lambda: {'eval_metric_ops': {'a': _number()}},
      TypeError,
      r'\(metric_value, update_op\) tuples, given: .* for key: a',
    ),
    (
      'eval',
      lambda: {'eval_metric_ops': {'a': [_number(), _number()]}},
      TypeError,
      'for key: a',
    ),
    (
      'eval',
      lambda: {'eval_metric_ops': {'a': (1, 2)}},
      AttributeError,
      r"eval_metric_ops\['a'\] has 1, which is no tensor",
    ),
    (
      'eval',
      lambda: {'predictions': [_number()]},
      TypeError,
      'predictions must be Tensor',
    ),
    (
      'infer',
      lambda: {'predictions': {'a': 1}},
      TypeError,
      r'predictions\[a\] must be Tensor, given: 1',
    ),
    (
      'infer',
      lambda: {'predictions': {'a': tf.sparse.from_dense([[1.0]])}},
      TypeError,
      r'predictions\[a\] must be Tensor, given: SparseTensor',
    ),
    (
      'infer',
      lambda: {'export_outputs': [1]},
      TypeError,
      r'`export_outputs` must be dict, received: \[1\]',
    ),
    (
      'infer',
      lambda: {'export_outputs': {'a': _number()}},
      TypeError,
      'must be ExportOutput objects, received',
    ),
    (
      'infer',
      lambda: {
        'export_outputs': {'a': _predict_output(), 'b': _predict_output()}
      },
      ValueError,
      r"specified as the default.*\['a', 'b'\]",
    ),
    ('eval', lambda: {'scaffold': 1}, TypeError, 'scaffold must be.* 1'),
    *[
      (
        'eval',
        lambda field=field: {field: ['a']},
        TypeError,
        'SessionRunHook instances, given: a',
      )
      for field in _HOOK_FIELDS
    ],
    ('eval', lambda: {'training_hooks': _HOOK}, TypeError, 'not iterable'),
  ],
)
def test_refused(mode, make_arguments, error, message):
  """A wrong argument raises the reference's type and is named."""
  with pytest.raises(error, match=message):
    _spec(mode, **make_arguments())


@pytest.mark.parametrize(
  ('mode', 'make_arguments', 'message'),
  [
    ('infer', lambda v: {'predictions': v}, 'prediction values with "Const:0"'),
    ('infer', lambda v: {'predictions': {'a': v}}, 'prediction values with'),
    ('train', lambda v: {'predictions': v}, 'prediction values with'),
    ('eval', lambda v: {'loss': v}, 'loss with "Const:0"'),
    ('train', lambda v: {'train_op': v.op}, 'train_op with "Const"'),
    (
      'eval',
      lambda v: {'eval_metric_ops': {'q': (v, tf.no_op())}},
      'eval_metric_ops with "q: Const:0"',
    ),
    (
      'eval',
      lambda v: {'eval_metric_ops': {'q': (_number(), v.op)}},
      'eval_metric_ops with "q: Const"',
    ),
  ],
)
def test_other_graphs_are_refused(mode, make_arguments, message):
  """What was made in another graph is named and refused."""
  value = _elsewhere(_number)
  with pytest.raises(ValueError, match=message + '.*must be from the default'):
    _spec(mode, **make_arguments(value))


def test_what_each_field_becomes():
  """Nothing given becomes empty; iterables of hooks become tuples."""
  spec = _spec('eval')
  assert spec._fields == (
    *('mode', 'predictions', 'loss', 'train_op', 'eval_metric_ops'),
    *('export_outputs', 'training_chief_hooks', 'training_hooks', 'scaffold'),
    *('evaluation_hooks', 'prediction_hooks'),
  )
  assert (spec.predictions, spec.eval_metric_ops) == ({}, {})
  assert spec.export_outputs is None
  assert isinstance(spec.scaffold, v1.train.Scaffold)
  assert all(getattr(spec, field) == () for field in _HOOK_FIELDS)
  spec = _spec('eval', training_hooks=iter([_HOOK]))
  assert spec.training_hooks == (_HOOK,)


@pytest.mark.parametrize('mode', ['bogus', None])
def test_unknown_modes_pass(mode):
  """A mode of nobody's needs nothing: Estimator's own modes are three."""
  assert _spec(mode).mode == mode


@pytest.mark.parametrize(
  'make_loss',
  [
    lambda: tf.constant([1.0]),
    lambda: tf.constant(1),
    lambda: v1.placeholder(tf.float32),
    lambda: v1.get_variable('v', []),
  ],
)
def test_loss_shapes(make_loss):
  """A loss of one element becomes a scalar, and one of an unknown shape has to."""
  assert _spec('eval', loss=make_loss()).loss.shape.rank == 0


def test_train_op_may_be_a_tensor():
  """A tensor as train_op is fetched in each step."""
  op = tf.constant(1)
  assert _spec('train', train_op=op).train_op is op


def test_metric_values_may_be_nests():
  """A metric's value may be several tensors."""
  pair = ((_number(), _number()), tf.no_op())
  assert _spec('eval', eval_metric_ops={'a': pair}).eval_metric_ops['a'] is pair


def test_export_outputs_default():
  """Predictions are served under the default signature."""
  outputs = _spec('infer').export_outputs
  assert list(outputs) == [_DEFAULT]
  assert list(outputs[_DEFAULT].outputs) == ['output']


def test_one_export_output_gets_the_default_name():
  """A single named output is the default too; the user's dict stays."""
  given = {'a': _predict_output()}
  outputs = _spec('infer', export_outputs=given).export_outputs
  assert outputs == {'a': given['a'], _DEFAULT: given['a']}
  assert list(given) == ['a']


@pytest.mark.parametrize('mode', ['train', 'eval'])
def test_export_outputs_of_other_modes(mode):
  """Only the graph for serving has its outputs checked."""
  assert _spec(mode, export_outputs=[1]).export_outputs == [1]


def test_replace():
  """A replaced field is checked; the mode stays."""
  spec = _spec('eval')
  assert spec._replace(predictions=spec.loss).predictions is spec.loss
  with pytest.raises(TypeError, match='loss must be Tensor'):
    spec._replace(loss='a')
  with pytest.raises(ValueError, match='mode of EstimatorSpec cannot be chang'):
    spec._replace(mode=modes.ModeKeys.TRAIN)


def test_eager_use():
  """Outside of a graph the values may be eager tensors."""
  with _tf.eager_mode():
    spec = _spec('infer', predictions={'a': tf.constant([1.0])})
    assert spec.predictions['a'].numpy() == [1.0]
    loss = tf.Variable(1.0)
    assert _spec('eval', loss=loss).loss is loss
    with pytest.raises(TypeError, match='train_op must be'):
      _spec('train', train_op=lambda: None)
