"""Imports the private modules of TensorFlow and tf_keras that the package needs.

This is the only file that may do so (tests/architecture_test.py holds it); each
name comes with the reason why no public one serves.
"""

from collections.abc import Callable
from typing import Any

# pylint: disable=unused-import
# ruff: noqa: F401
# The interface that stock hooks, Saver, QueueRunner and Tensor.eval() accept in
# place of a Session; `tf.compat.v1` does not export it.
# The mapping between fetch structures and flat lists of graph elements, with
# Session.run's own conversions and error messages, is written nowhere else.
import numpy as np
import tensorflow as tf

# The messages that the index of a checkpoint consists of.
from tensorflow.core.protobuf.tensor_bundle_pb2 import (
  BundleEntryProto,
  BundleHeaderProto,
)
from tensorflow.python.client.session import SessionInterface
from tensorflow.python.client.session import _FetchHandler as FetchHandler

# Enters eager mode under a default graph: tf.init_scope() does not, when the
# program called tf.compat.v1.disable_eager_execution().
# In eager mode, the name that gives each variable a resource of its own, freed
# with its last handle; tf.Variable uses it, but has no v1 initializer.
# What functions called by this thread are compiled with; the public setters of
# tf.config.optimizer are for all threads.
# The module has the mode of the process, which is assigned anew.
from tensorflow.python.eager import context as eager_context_module

# Ends a function that waits too long: RunOptions.timeout_in_ms.
from tensorflow.python.eager.cancellation import CancellationManager
from tensorflow.python.eager.context import (
  FunctionCallOptions,
  anonymous_name,
  eager_mode,
)
from tensorflow.python.eager.context import context as eager_context

# Names the operation in an error of a function, and where it was made; only the
# public call of a function has it.
from tensorflow.python.eager.polymorphic_function.atomic_function import (
  InterpolateRuntimeError,
)

# Tells whether a tape watches: publicly only a tape knows of itself.
from tensorflow.python.eager.record import could_possibly_record

# What feature columns read each other's tensors from in `input_layer`: sequences
# had such a function in tf.contrib only.
# The class of `weight_column` objects: only the function that makes them,
# which logs a deprecation, is public.
# What feature columns are, what they read features from, and the interface
# through which they ask for variables: only the columns themselves are public.
# The class of columns that give a tensor for each step of a sequence.
# The types of TensorFlow's own columns, to tell them from those that users
# derive: what is known of the ones need not hold for the others.
from tensorflow.python.feature_column.feature_column import (
  _LazyBuilder as LazyBuilder,
)
from tensorflow.python.feature_column.feature_column_v2 import (
  BucketizedColumn,
  CategoricalColumn,
  CrossedColumn,
  DenseColumn,
  EmbeddingColumn,
  FeatureTransformationCache,
  HashedCategoricalColumn,
  IdentityCategoricalColumn,
  IndicatorColumn,
  NumericColumn,
  SequenceDenseColumn,
  SharedEmbeddingColumn,
  StateManager,
  VocabularyFileCategoricalColumn,
  VocabularyListCategoricalColumn,
  is_feature_column_v2,
)
from tensorflow.python.feature_column.feature_column_v2_types import (
  FeatureColumn,
)

# How arrays of strings become constants: nothing public says by which function.
from tensorflow.python.framework import tensor_util

# Orders the reads and writes of Keras' new-style optimizers in a plain graph,
# as tf.function does for what it traces; only functions get it publicly.
from tensorflow.python.framework.auto_control_deps import (
  AutomaticControlDependencies,
)

# The nodes of a function with their inputs named as in a graph: the public import of
# graphs takes functions as they are.
from tensorflow.python.framework.function_def_to_graph import (
  function_def_to_graph_def,
)

# The MetaGraphDef that CheckpointSaverHook writes for TensorBoard, from a GraphDef
# made before: the public export_meta_graph makes one more.
from tensorflow.python.framework.meta_graph import (
  create_meta_graph_def,
)

# Tells whether an op is stateful, those in functions included: what functions
# hold are NodeDefs, and only operations of a graph know their OpDef.
from tensorflow.python.framework.op_def_registry import get as op_def

# Makes an emulated session the default one for Tensor.eval() and Operation.run():
# the public `with session.as_default()` belongs to tf.compat.v1.Session.
from tensorflow.python.framework.stack import default_session

# The graph of one k-means iteration, with every way of initialization: the ops
# alone are public (tf.raw_ops), what connects them is not.
# Tables of lookups that TF 1 had in tf.contrib: of these, the ones that give ids
# to words are not public.
from tensorflow.python.ops import clustering_ops, lookup_ops

# Carries the shape and dtype of a variable over to its handle in a function:
# publicly only functions that capture a tf.Variable know them.
from tensorflow.python.ops.handle_data_util import (
  get_resource_handle_data,
  set_handle_data,
)

# What the hooks of host calls open before the first step: writers of
# `tf.summary` in a graph are found by a private collection only.
from tensorflow.python.ops.summary_ops_v2 import (
  summary_writer_initializer_op,
)

# The type of variables in parts: v1 model functions get them from
# `get_variable` under a partitioner, also where there is one part only.
from tensorflow.python.ops.variables import PartitionedVariable

# Records one step for RunOptions.trace_level: the public tf.profiler writes to a
# directory only, and ProfilerHook wants the record itself.
from tensorflow.python.profiler.internal._pywrap_profiler import (
  ProfilerSession,
)

# The classes that model functions return in `export_outputs`: they left the
# public API together with `tf.estimator.export`.
# Turns export outputs into signatures, logs which were kept and why, and names
# version directories: the rules that TensorFlow Serving relies on, kept by core.
from tensorflow.python.saved_model.model_utils import (
  export_output,
  export_utils,
)

# The class of the columns of `tf.compat.v1.tpu.experimental.embedding_column`.
from tensorflow.python.tpu.feature_column import (
  _TPUBaseEmbeddingColumn as TPUBaseEmbeddingColumn,
)

# The eval step counter and the hook that stops after N evaluations: core's
# evaluate-once machinery makes a Session, its parts do not.
from tensorflow.python.training.evaluation import (
  _get_or_create_eval_step as get_or_create_eval_step,
)
from tensorflow.python.training.evaluation import (
  _StopAfterNEvalsHook as StopAfterNEvalsHook,
)

# Reads the global step before the train op's update (collection
# `global_step_read_op_cache`), as the reference's graphs have it.
from tensorflow.python.training.training_util import (
  _get_or_create_global_step_read as get_or_create_global_step_read,
)

# `tf.estimator.VocabInfo`, which `tf.train.warm_start` still takes; no public
# name leads to it any more.
from tensorflow.python.training.warm_starting_util import VocabInfo
from tensorflow.tsl.profiler.protobuf import trace_events_pb2

# How values become arrays under NumPy 2 (inputs/conversion.py).
try:
  from tensorflow.python.util import numpy_compat
except ImportError:  # TensorFlow 2.16 and 2.17, which take NumPy 1 only
  numpy_compat = None


def append_strings_by(append: Callable[[Any, np.ndarray], None]) -> None:
  """Has `make_tensor_proto` put arrays of strings into protos by `append`."""
  if hasattr(tensor_util, 'SlowAppendObjectArrayToTensorProto'):
    tensor_util.SlowAppendObjectArrayToTensorProto = append
    tensor_util._NP_TO_APPEND_FN[np.object_] = append  # noqa: SLF001


def is_eager_by_default() -> bool:
  """Whether the program has eager mode, be it in a graph just now.

  After disable_v2_behavior() it has not. The public functions tell of the
  moment: in a graph they say no either way.
  """
  mode = eager_context_module.default_execution_mode
  return mode == eager_context_module.EAGER_MODE


def has_op_callbacks() -> bool:
  """Whether this thread has each operation that is made changed, as debuggers do.

  `tf.debugging.enable_check_numerics` does so; publicly nobody can ask.
  """
  return bool(eager_context().op_callbacks)


def switches() -> dict[str, Any]:
  """What the program set of TensorFlow and tf_keras that changes what is built.

  None of these can be asked for by a public name.
  """
  from tensorflow.core.config import flags
  from tensorflow.python.compat import compat
  from tensorflow.python.framework import config, ops
  from tensorflow.python.ops import control_flow_util_v2
  from tensorflow.python.ops.numpy_ops import np_dtypes
  from tf_keras.src import backend
  from tf_keras.src.engine import base_layer, base_layer_utils
  from tf_keras.src.saving import object_registration

  def private(owner: Any, name: str) -> Any:
    return getattr(owner, f'_{name}')

  eager_graph = private(backend, 'DUMMY_EAGER_GRAPH')
  phases = private(backend, 'GRAPH_LEARNING_PHASES')
  here = private(object_registration, 'THREAD_LOCAL_CUSTOM_OBJECTS')
  return {
    'tensor equality': private(tf.Tensor, 'USE_EQUALITY'),
    'dtype promotion': ops.get_dtype_conversion_mode().name,
    'numpy slicing': private(ops, 'numpy_style_slicing'),
    'prefer float32': np_dtypes.is_prefer_float32(),
    'op determinism': config.is_op_determinism_enabled(),
    'all intermediates': private(
      control_flow_util_v2, 'EXPERIMENTAL_OUTPUT_ALL_INTERMEDIATES_OVERRIDE'
    ),
    'forward compatibility': private(
      compat, 'FORWARD_COMPATIBILITY_DATE_NUMBER'
    ),
    'shapes of int64': flags.config().tf_shape_default_int64.value(),
    'learning phase is set': eager_graph.learning_phase_is_set,
    'learning phase': repr(phases.get(eager_graph.key)),
    'dtype of layers': base_layer_utils.v2_dtype_behavior_enabled(),
    'scopes of layers': private(
      base_layer, 'is_name_scope_on_model_declaration_enabled'
    ),
    'custom objects': (
      _by_identity(private(object_registration, 'GLOBAL_CUSTOM_OBJECTS')),
      _by_identity(vars(here)),
    ),
  }


def _by_identity(objects: Any) -> Any:
  return tuple((name, id(each)) for name, each in objects.items())


def keras_seeds() -> Any:
  """What tf_keras draws seeds from after `set_random_seed`, or None."""
  from tf_keras.src import backend

  return getattr(backend._SEED_GENERATOR, 'generator', None)  # noqa: SLF001


def keras3_global_state() -> Any:
  """Keras 3's counters for automatic names, among others; loads Keras 3.

  Clones of a model must be named alike in each graph and process, which no
  public function of Keras 3 can bring about without clearing the user's state.
  """
  from keras.src.backend.common import global_state

  return global_state


def add_control_input(op: Any, control_input: Any) -> None:
  """Lets an operation of a graph wait for another one that exists already.

  Publicly that is decided when an operation is made; tf_keras makes some whose
  order nobody could decide.
  """
  op._add_control_input(control_input)  # noqa: SLF001


def while_loop(condition: Any, body: Any, variables: list[Any]) -> Any:
  """Builds a loop of nothing but its two functions and variables.

  The public one adds two variables that count, six operations a step.

  Args:
    condition: A concrete function of the variables, which returns a bool.
    body: One that returns the variables' next values.
    variables: Their values at first.

  Returns:
    The operation.
  """
  operation = tf.raw_ops.While(
    input=variables, cond=condition, body=body, parallel_iterations=1
  )[0].op
  # What TensorFlow's own loops have: without it each step calls two functions.
  lowered = tf.compat.v1.AttrValue(b=True)
  operation._set_attr('_lower_using_switch_merge', lowered)  # noqa: SLF001
  return operation


def call_flat(function: Any, tensors: list[Any]) -> Any:
  """Calls a function that captures nothing with all its arguments, as tensors.

  The public call converts each argument: with the handles of 60 variables that
  takes a tenth of a step. What it does besides matters while a graph is built, or
  where a tape watches; to hand over its outputs takes as long as a tenth of a tiny step.
  """
  context = eager_context()
  if not context.executing_eagerly() or could_possibly_record():
    return function._call_flat(tensors, [])  # noqa: SLF001
  atomic = function._inference_function  # noqa: SLF001
  outputs = atomic.function_type.flat_outputs
  with InterpolateRuntimeError(atomic):
    values = context.call_function(atomic.name, tensors, len(outputs))
  for value, output in zip(values, outputs, strict=True):
    kind = output.dtype._handle_data  # noqa: SLF001 - of a resource only
    if kind:
      set_handle_data(value, kind.shape_inference)
  return values
