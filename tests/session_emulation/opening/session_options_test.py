"""Tests what of a session_config takes effect, on real runs."""

import pytest
import tensorflow as tf

from tests import fresh, tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import run_config
from tfcompat_estimator.session_emulation.opening import session_options

v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
  monkeypatch.setattr(session_options, '_said', set())


def _config(**fields):
  return v1.ConfigProto(**{'allow_soft_placement': True, **fields})


def _rewriting(**options):
  config = _config()
  rewrites = config.graph_options.rewrite_options
  for name, value in options.items():
    if isinstance(value, str):
      value = getattr(type(rewrites), value)
    setattr(rewrites, name, value)
  return config


def _state():
  return (
    tf.config.get_soft_device_placement(),
    tf.debugging.get_log_device_placement(),
    tf.config.optimizer.get_jit(),
    tf.config.optimizer.get_experimental_options(),
  )


_JIT = v1.OptimizerOptions(global_jit_level=v1.OptimizerOptions.ON_1)


@pytest.mark.parametrize(
  ('config', 'index', 'expected'),
  [
    (v1.ConfigProto(), 0, False),
    (_config(), 0, True),
    (_config(log_device_placement=True), 1, True),
    (
      _config(graph_options=v1.GraphOptions(optimizer_options=_JIT)),
      2,
      'autoclustering',
    ),
    (_rewriting(constant_folding='OFF'), 3, {'constant_folding': False}),
    (_rewriting(remapping='AGGRESSIVE'), 3, {'remapping': True}),
    (
      _rewriting(disable_meta_optimizer=True, min_graph_nodes=-1),
      3,
      {'disable_meta_optimizer': True, 'min_graph_nodes': -1},
    ),
  ],
)
def test_applied_and_reset(config, index, expected):
  """An option holds while it is applied, and is as before thereafter."""
  before = _state()
  with session_options.applied(config):
    actual = _state()[index]
    if isinstance(expected, dict):
      assert expected.items() <= actual.items()
    else:
      assert actual == expected
  assert _state() == before


@pytest.mark.parametrize('config', [None, run_config.default_session_config()])
def test_defaults_change_nothing(config, caplog):
  """What an estimator uses by itself leaves TensorFlow alone."""
  before = _state()
  session_options.start(config)
  with session_options.applied(config):
    assert _state() == before
  assert not caplog.records


def test_ignored_fields_are_named_once(caplog):
  """Fields without a meaning are listed in one line."""
  config = _config(isolate_session_state=True, operation_timeout_in_ms=5)
  config.gpu_options.allocator_type = 'BFC'
  for _ in range(2):
    session_options.start(config)
  (line,) = caplog.messages
  assert line == (
    'session_config: no meaning on TensorFlow 2, so ignored: '
    "['gpu_options.allocator_type', 'isolate_session_state', "
    "'operation_timeout_in_ms']"
  )


def _on_gpu(features, labels, mode):
  with tf.device('/gpu:0'):
    # An op that takes no value from its input: nothing may move it elsewhere.
    features = tf.square(features)
  return tiny.model_fn(features, labels, mode)


@pytest.mark.skipif(
  bool(tf.config.list_physical_devices('GPU')), reason='a GPU is there'
)
@pytest.mark.parametrize('verb', ['train', 'evaluate', 'predict'])
def test_placement_in_each_mode(tmp_path, verb):
  """Without soft placement an op for a device that is missing fails."""

  def run(soft):
    config = run_config.RunConfig(
      session_config=_config(allow_soft_placement=soft)
    )
    made = base_estimator.EstimatorV2(_on_gpu, str(tmp_path), config)
    if verb == 'train':
      return made.train(tiny.batches(), steps=1)
    return list(getattr(made, verb)(tiny.batches(1)))

  run(True)
  with pytest.raises(tf.errors.InvalidArgumentError, match=r'(?i)gpu'):
    run(False)
  assert tf.config.get_soft_device_placement()


_THREADS = """
import sys
import tensorflow as tf
from tfcompat_estimator.estimator import base_estimator as estimator
from tfcompat_estimator.records import run_config
config = tf.compat.v1.ConfigProto(
    intra_op_parallelism_threads=3, inter_op_parallelism_threads=5)
def make():
  return estimator.Estimator(
      lambda features: None, sys.argv[1],
      run_config.RunConfig(session_config=config))
make()
print(tf.config.threading.get_intra_op_parallelism_threads())
print(tf.config.threading.get_inter_op_parallelism_threads())
tf.constant(1)
config.intra_op_parallelism_threads = 7
make()
"""


def test_threads(tmp_path):
  """Threads are set by the first estimator; later ones are told no."""
  done = fresh.run('-c', _THREADS, tmp_path, TF_CPP_MIN_LOG_LEVEL='2')
  assert done.returncode == 0, done.stderr
  assert done.stdout.split() == ['3', '5']
  late = 'session_config.intra_op_parallelism_threads comes too late'
  assert done.stderr.count(late) == 1


_DEVICES = """
import sys
import tensorflow as tf
if sys.argv[2] == 'off':
  tf.compat.v1.disable_v2_behavior()
from tfcompat_estimator import _tf
from tfcompat_estimator.estimator import base_estimator as estimator
from tfcompat_estimator.records import run_config
def make(count):
  config = tf.compat.v1.ConfigProto(device_count={'CPU': count, 'GPU': 0})
  estimator.Estimator(
      lambda features: None, sys.argv[1],
      run_config.RunConfig(session_config=config))
make(2)
with _tf.eager_mode():
  print(len(tf.config.list_logical_devices('CPU')))
print(tf.config.get_visible_devices('GPU'))
make(1)
make(3)
"""


@pytest.mark.parametrize('v2', ['on', 'off'])
def test_device_count(tmp_path, v2):
  """A CPU is divided, GPUs are hidden; later it is too late to have more."""
  done = fresh.run('-c', _DEVICES, tmp_path, v2, TF_CPP_MIN_LOG_LEVEL='2')
  assert done.returncode == 0, done.stderr
  assert done.stdout.split() == ['2', '[]']
  late = 'session_config.device_count comes too late'
  assert done.stderr.count(late) == 1


def test_placement_is_as_before_after_training_inside_a_graph(model_dir):
  """A default graph of the user's does not turn soft placement off for good."""
  before = tf.config.get_soft_device_placement()
  with tf.Graph().as_default():
    tiny.estimator(model_dir).train(tiny.batches(), steps=1)

  assert tf.config.get_soft_device_placement() == before
