"""Tests that kept graphs serve only while all switches are as they were."""

import contextlib
import random

import pytest
import tensorflow as tf
import tf_keras
from tensorflow.core.config import flags
from tensorflow.python import tf2
from tensorflow.python.autograph.core import ag_ctx
from tensorflow.python.compat import compat
from tensorflow.python.framework import config, ops
from tensorflow.python.ops.numpy_ops import np_dtypes
from tf_keras.src.engine import base_layer, base_layer_utils

from tests.estimator import keeping
from tfcompat_estimator import _tf
from tfcompat_estimator.estimator import build_flags

v1 = tf.compat.v1
keras = tf_keras.backend
determinism = tf.config.experimental
layers = base_layer_utils
OPTIONS = tf.config.optimizer


@contextlib.contextmanager
def attribute(owner, name, value):
  """Sets what a switch without a way back has set."""
  before = getattr(owner, name)
  setattr(owner, name, value)
  try:
    yield
  finally:
    setattr(owner, name, before)


def turned(turn, back):
  """Calls `turn`, and `back` at the end."""

  @contextlib.contextmanager
  def context():
    turn()
    try:
      yield
    finally:
      back()

  return context


def toggled(is_on, on, off):
  """Turns a switch round, whatever it is."""

  @contextlib.contextmanager
  def context():
    was = is_on()
    (off if was else on)()
    try:
      yield
    finally:
      (on if was else off)()

  return context


def setter(set_value, new, get=None, old=None):
  """Sets one value, then what was there."""

  @contextlib.contextmanager
  def context():
    was = get() if get else old
    set_value(new)
    try:
      yield
    finally:
      set_value(was)

  return context


SWITCHES = {
  'resource variables': toggled(
    v1.resource_variables_enabled,
    v1.enable_resource_variables,
    v1.disable_resource_variables,
  ),
  'control flow': toggled(
    v1.control_flow_v2_enabled,
    v1.enable_control_flow_v2,
    v1.disable_control_flow_v2,
  ),
  'eager mode of the process': lambda: attribute(
    _tf.eager_context_module,
    'default_execution_mode',
    not _tf.eager_context_module.default_execution_mode,
  ),
  'eager mode': lambda: tf.Graph().as_default(),
  'TF 2 behavior': toggled(
    tf.__internal__.tf2.enabled,
    tf2.enable,
    tf2.disable,
  ),
  'tensor shapes': toggled(
    lambda: isinstance(tf.TensorShape([1])[0], int),
    v1.enable_v2_tensorshape,
    v1.disable_v2_tensorshape,
  ),
  'tensor equality': toggled(
    lambda: tf.Tensor._USE_EQUALITY,  # noqa: SLF001
    v1.enable_tensor_equality,
    v1.disable_tensor_equality,
  ),
  'functions run eagerly': setter(
    tf.config.run_functions_eagerly, True, old=False
  ),
  'autograph': lambda: ag_ctx.ControlStatusCtx(ag_ctx.Status.DISABLED),
  'jit': setter(OPTIONS.set_jit, 'autoclustering', old=False),
  'optimizer of graphs': lambda: attribute(
    _tf.eager_context(),
    '_optimizer_experimental_options',
    {'constant_folding': False},
  ),
  'soft placement': toggled(
    tf.config.get_soft_device_placement,
    lambda: tf.config.set_soft_device_placement(True),
    lambda: tf.config.set_soft_device_placement(False),
  ),
  'floatx': setter(keras.set_floatx, 'float64', keras.floatx),
  'epsilon': setter(keras.set_epsilon, 1e-3, keras.epsilon),
  'image data format': setter(
    keras.set_image_data_format, 'channels_first', keras.image_data_format
  ),
  'mixed precision': setter(
    tf_keras.mixed_precision.set_global_policy,
    'mixed_bfloat16',
    tf_keras.mixed_precision.global_policy,
  ),
  'random generators of layers': toggled(
    keras.experimental.is_tf_random_generator_enabled,
    keras.experimental.enable_tf_random_generator,
    keras.experimental.disable_tf_random_generator,
  ),
  'dtype promotion': setter(ops.set_dtype_conversion_mode, 'legacy', old='off'),
  'numpy slicing': lambda: attribute(ops, '_numpy_style_slicing', True),
  'prefer float32': setter(
    np_dtypes.set_prefer_float32, True, np_dtypes.is_prefer_float32
  ),
  'op determinism': turned(
    determinism.enable_op_determinism, config.disable_op_determinism
  ),
  'all intermediates': setter(v1.experimental.output_all_intermediates, True),
  'forward compatibility': lambda: compat.forward_compatibility_horizon(
    2040, 1, 1
  ),
  'shapes of int64': setter(
    flags.config().tf_shape_default_int64.reset,
    True,
    flags.config().tf_shape_default_int64.value,
  ),
  'learning phase': turned(
    lambda: keras.set_learning_phase(1), keras.clear_session
  ),
  'dtype of layers': toggled(
    layers.v2_dtype_behavior_enabled,
    layers.enable_v2_dtype_behavior,
    layers.disable_v2_dtype_behavior,
  ),
  'scopes of layers': lambda: attribute(
    base_layer, '_is_name_scope_on_model_declaration_enabled', True
  ),
  'custom objects': lambda: tf_keras.utils.custom_object_scope(
    {'relu': random.random}
  ),
}
# Tested by themselves below, or with another one.
OTHERS = {'environment', 'learning phase is set'}


def described():
  """All switches by name."""
  public, private = build_flags.read()
  return dict(public + private)


@pytest.mark.eager
@pytest.mark.parametrize('name', SWITCHES)
def test_a_switch_is_told(name):
  """And told to be as it was, when it is turned back."""
  before = described()
  with SWITCHES[name]():
    now = described()
  assert now[name] != before[name]
  assert hash(build_flags.read())
  assert described() == before


@pytest.mark.parametrize('name', ['TF_CONFIG', 'TFCOMPAT_FUSED_STEPS'])
def test_the_environment_is_told(name, monkeypatch):
  """It is read while graphs are built."""
  before = described()
  monkeypatch.setenv(name, 'other')
  assert described()['environment'] != before['environment']


def test_all_switches_are_tried():
  """A new row of the table needs one here."""
  assert SWITCHES.keys() | OTHERS == described().keys()


@pytest.mark.eager
def test_another_switch_makes_another_graph(model_dir, hits):
  """The graph from before is there when it is turned back."""
  estimator = keeping.linear()(model_dir)
  keeping.once(estimator)
  evaluate = keeping.evaluate(keeping.eight)
  evaluate(estimator)
  with SWITCHES['prefer float32']():
    evaluate(estimator)
  assert not hits
  evaluate(estimator)
  assert hits == [keeping.EVAL]
