"""Calls what old modules of canned Estimators had, as programs do."""

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.migration.old_paths import calling
from tfcompat_estimator.migration.old_paths import old_canned
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
old = calling.old
X = tf.feature_column.numeric_column('x')


@pytest.fixture(autouse=True)
def installed():
  with tfcompat_estimator.install(), tf.Graph().as_default():
    yield


def features():
  return {'x': tf.constant([[1.0], [2.0], [3.0], [4.0]])}


def variable_names():
  return [v.op.name for v in v1.global_variables()]


@pytest.mark.parametrize(
  'make, shape, names',
  [
    (
      lambda: old('canned.baseline')._baseline_logit_fn_builder(3)(features()),
      [4, 3],
      ['baseline/bias'],
    ),
    (
      lambda: old('canned.dnn').dnn_logit_fn_builder_v2(
        2, [3], [X], tf.nn.relu, None, False
      )(features=features(), mode='train'),
      [4, 2],
      [
        'dnn/hiddenlayer_0/kernel',
        'dnn/hiddenlayer_0/bias',
        'dnn/logits/kernel',
        'dnn/logits/bias',
      ],
    ),
    (
      lambda: old('canned.linear').linear_logit_fn_builder_v2(2, [X])(
        features=features()
      ),
      [4, 2],
      ['linear_model/x/weights', 'linear_model/bias_weights'],
    ),
  ],
  ids=['baseline', 'dnn', 'linear'],
)
def test_logit_functions(make, shape, names):
  """Logit functions of each kind, and the names of their variables."""
  logits = make()

  assert logits.shape.as_list() == shape
  assert variable_names() == names


def test_units_must_be_an_int():
  """As for the v1 builder."""
  with pytest.raises(ValueError, match='units must be an int'):
    old('canned.dnn').dnn_logit_fn_builder_v2(2.5, [3], [X], None, None, False)


def test_learning_rates_of_linear_models():
  """1 / sqrt(columns), up to a greatest value that differs."""
  linear, combined = old('canned.linear'), old('canned.dnn_linear_combined')

  of_one_hundred = linear._get_default_optimizer([X] * 100)
  assert of_one_hundred._learning_rate == pytest.approx(0.1)
  of_one = linear._get_default_optimizer_v2([X]).get_config()
  assert of_one['learning_rate'] == pytest.approx(linear._LEARNING_RATE)
  rates = [combined._linear_learning_rate(n) for n in (1, 100, 10**6)]
  assert rates == [0.005, 0.005, 0.001]


def test_fraction_of_zero():
  """Of the values of all variables together, partitioned ones included."""
  fraction = old('canned.linear')._compute_fraction_of_zero(
    [tf.constant([0.0, 1.0]), [tf.constant([[0.0, 1.0]]), tf.constant([0.0])]]
  )

  with emulated_session.EmulatedSession(fraction.graph) as sess:
    assert sess.run(fraction) == pytest.approx(3 / 5)
  assert fraction.dtype == tf.float32


@pytest.mark.parametrize('name', ['_add_hidden_layer_summary', None])
def test_layer_summaries(name):
  """A layer has two summaries, under its tag."""
  if name:
    old('canned.dnn')._add_hidden_layer_summary(tf.zeros([2]), 'layer')
  else:
    old('canned.dnn_linear_combined')._add_layer_summary(tf.zeros([2]), 'layer')

  names = {op.name for op in v1.get_collection(v1.GraphKeys.SUMMARIES)}
  assert {n.partition(':')[0] for n in names} == {
    'layer/fraction_of_zero_values',
    'layer/activation',
  }


def test_columns_of_both_parts():
  """The columns in one list; none at all is an error."""
  check = old('canned.dnn_linear_combined')._validate_feature_columns

  assert check([1], [2]) == [1, 2]
  assert check(None, [2]) == [2]
  with pytest.raises(ValueError, match='must be defined'):
    check(None, [])


def test_sync_replicas_optimizer_is_refused():
  """It cannot be one of two optimizers."""
  check = old('canned.dnn_linear_combined')._check_no_sync_replicas_optimizer
  adam = v1.train.AdamOptimizer()

  check(adam)
  with pytest.raises(ValueError, match='does not support multi optimizers'):
    check(v1.train.SyncReplicasOptimizer(adam, 2))


@pytest.mark.parametrize(
  'fn, family',
  [(old_canned.dnn_model_fn, 'v1'), (old_canned.dnn_model_fn_v2, 'v2')],
)
def test_dnn_model_fn_builds_the_network(fn, family, tmp_path):
  """The model function of the deep network serves other model functions."""
  import tfcompat_estimator as estimator

  head = estimator.RegressionHead()
  if family == 'v1':
    from tfcompat_estimator.heads import v1_heads

    head = v1_heads.regression_head()
  with tf.Graph().as_default():
    v1.train.create_global_step()
    spec = fn(
      features={'x': tf.constant([[1.0], [2.0]])},
      labels=tf.constant([[1.0], [2.0]]),
      mode='train',
      head=head,
      hidden_units=[3],
      feature_columns=[tf.feature_column.numeric_column('x')],
      config=estimator.RunConfig(model_dir=str(tmp_path)),
    )
    names = {v.op.name for v in v1.trainable_variables()}

  assert isinstance(spec, estimator.EstimatorSpec)
  assert any(n.startswith('dnn/hiddenlayer_0/kernel') for n in names)
