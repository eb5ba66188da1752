"""Says what names of `tf` and `tensorflow.python` TensorFlow lost since 1.15.

`tf.compat.v1` has nearly all that `tf` had in 1.15; what is left is here, and
what private modules had that programs import although they are private.
"""

# What programs compare: the last release of TensorFlow 1.
VERSION = '1.15.5'

_V1 = 'tensorflow:compat.v1.'


def _v1(names: str, below: str = '') -> dict[str, str]:
  """{name: its place in tf.compat.v1}; `old=new` where the name is another."""
  rows = {}
  for word in names.split():
    name, _, now = word.partition('=')
    rows[name] = f'{_V1}{below}{now or name}'
  return rows


# Of `tf` itself: what it was, and where that is.
PLACES = {
  'pywrap_tensorflow': 'tensorflow.python.pywrap_tensorflow',
}

# Private modules that went elsewhere. The longest row counts; modules below
# them keep their names.
MOVED = {
  # A part of Keras of 2021 is there still, which knows nothing of tf_keras.
  'python.keras': 'tf_keras.src',
  **{
    f'python.keras.layers.{below}': 'tf_keras.layers'
    for below in (
      'advanced_activations',
      'convolutional',
      'core',
      'cudnn_recurrent',
      'embeddings',
      'local',
      'merge',
      'noise',
      'normalization',
      'pooling',
      'recurrent',
      'wrappers',
    )
  },
  'python.keras._impl.keras': 'tf_keras.src',
  'python.keras._impl.keras.estimator': 'tensorflow.compat.v1.keras.estimator',
  'python.keras.applications': 'tf_keras.applications',
  'python.keras.datasets': 'tf_keras.datasets',
  'python.keras.engine.network': 'tf_keras.src.engine.functional',
  'python.keras.optimizer_v2': 'tf_keras.src.optimizers.legacy',
  'python.keras.saving.hdf5_format': 'tf_keras.src.saving.legacy.hdf5_format',
  'python.keras.estimator': 'tensorflow.compat.v1.keras.estimator',
  'python.keras.layers': 'tf_keras.layers',
  'python.keras.preprocessing': 'tf_keras.preprocessing',
  'python.feature_column.dense_features': (
    'tf_keras.src.feature_column.dense_features'
  ),
  'python.ops.losses.loss_reduction': (
    'tensorflow.python.ops.losses.losses_impl'
  ),
  'python.ops.rnn_cell_wrapper_impl': 'tf_keras.src.layers.rnn.cell_wrappers',
  'python.training.gen_training_ops': 'tensorflow.python.ops.gen_training_ops',
  'python.training.training_ops': 'tensorflow.python.ops.gen_training_ops',
  'python.training.tracking.graph_view': (
    'tensorflow.python.checkpoint.graph_view'
  ),
  'python.training.tracking.tracking': 'tensorflow.python.trackable.autotrackable',
  'python.training.tracking.util': 'tensorflow.python.checkpoint.checkpoint',
  'python.training.distribute': 'tensorflow.python.distribute.distribute_lib',
  'python.training.distribution_strategy_context': (
    'tensorflow.python.distribute.distribute_lib'
  ),
  'python.distribute.distribution_strategy_context': (
    'tensorflow.python.distribute.distribute_lib'
  ),
  'python.training.checkpointable': 'tensorflow.python.trackable',
  'python.training.tracking': 'tensorflow.python.trackable',
  'python.tpu.tpu_config': (
    'tensorflow_estimator.python.estimator.tpu.tpu_config'
  ),
  'python.tpu.tpu_estimator': (
    'tensorflow_estimator.python.estimator.tpu.tpu_estimator'
  ),
}

# What `from module import name` gives where both moved apart.
MOVED_NAMES = {
  'python.keras.engine.base_layer.InputSpec': 'tf_keras.layers:InputSpec',
  'python.keras.engine.network.Network': (
    'tf_keras.src.engine.functional:Functional'
  ),
  'python.keras.layers.DeviceWrapper': _V1 + 'nn.rnn_cell.DeviceWrapper',
  'python.keras.utils.generic_utils.CustomObjectScope': (
    'tf_keras.utils:CustomObjectScope'
  ),
  'python.keras.utils.generic_utils.custom_object_scope': (
    'tf_keras.utils:custom_object_scope'
  ),
  'python.keras.utils.generic_utils.deserialize_keras_object': (
    'tf_keras.utils:deserialize_keras_object'
  ),
  'python.keras.utils.generic_utils.get_custom_objects': (
    'tf_keras.utils:get_custom_objects'
  ),
  'python.keras.utils.generic_utils.serialize_keras_object': (
    'tf_keras.utils:serialize_keras_object'
  ),
  'python.keras.utils.tf_utils.smart_cond': (
    'tensorflow.python.framework.smart_cond:smart_cond'
  ),
}

# Private modules that are there, and the names that they had: programs (and
# tf_slim 1.1.0) read them.
MENDED = {
  'python.data.util.nest': {
    'is_sequence': 'tensorflow.python.data.util.nest:is_nested',
  },
  'python.eager.function': {
    'defun': 'tensorflow.python.eager.def_function:function'
  },
  'python.feature_column.feature_column_lib': _v1(
    'DenseFeatures=keras.layers.DenseFeatures'
  ),
  'python.framework.graph_util_impl': _v1(
    'convert_variables_to_constants', 'graph_util.'
  ),
  'python.framework.graph_util': _v1(
    'convert_variables_to_constants', 'graph_util.'
  ),
  'python.framework.ops': {
    **_v1(
      'IndexedSlices Tensor'
      ' convert_to_tensor_or_indexed_slices'
      ' register_tensor_conversion_function'
    ),
    'register_dense_tensor_like_type': (
      'tfcompat_estimator.migration.tf1.tensors:register_dense_tensor_like_type'
    ),
    'RegisterShape': 'tfcompat_estimator.migration.tf1.shapes:RegisterShape',
    'IndexedSlicesValue': (
      'tensorflow.python.framework.indexed_slices:IndexedSlicesValue'
    ),
  },
  'python.framework.tensor_shape': {
    'scalar': 'tfcompat_estimator.migration.tf1.shapes:scalar',
    'vector': 'tfcompat_estimator.migration.tf1.shapes:vector',
    'matrix': 'tfcompat_estimator.migration.tf1.shapes:matrix',
  },
  'python.layers.normalization': _v1(
    'BatchNorm=BatchNormalization BatchNormalization'
    ' batch_norm=batch_normalization batch_normalization',
    'layers.',
  ),
  'python.layers.layers': _v1(
    'BatchNormalization InputSpec batch_normalization', 'layers.'
  ),
  'python.ops.array_ops': _v1('stack unstack'),
  'python.ops.control_flow_ops': _v1('Assert case cond while_loop'),
  'python.ops.nn': _v1(
    'bidirectional_dynamic_rnn dynamic_rnn raw_rnn static_rnn'
    ' static_state_saving_rnn',
    'nn.',
  ),
  'python.ops.random_ops': _v1('random_crop'),
  'python.ops.resource_variable_ops': {
    'variable_handle_from_shape_and_dtype': (
      'tensorflow.python.ops.resource_variable_ops'
      ':_variable_handle_from_shape_and_dtype'
    ),
  },
  'python.ops.rnn_cell': _v1(
    'BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell'
    ' LSTMStateTuple MultiRNNCell RNNCell ResidualWrapper',
    'nn.rnn_cell.',
  ),
  'python.ops.rnn_cell_impl': _v1(
    'BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell'
    ' LSTMStateTuple MultiRNNCell RNNCell ResidualWrapper',
    'nn.rnn_cell.',
  ),
  'python.ops.standard_ops': _v1('random_crop stack unstack'),
  'python.ops.variable_scope': _v1(
    'disable_resource_variables enable_resource_variables'
    ' resource_variables_enabled'
  ),
  'python.ops.variables': {
    **_v1('VariableV1=Variable is_variable_initialized'),
    'RefVariable': 'tensorflow.python.ops.ref_variable:RefVariable',
  },
  'python.pywrap_tensorflow': {
    **_v1('NewCheckpointReader', 'train.'),
    'CheckpointReader': (
      'tensorflow.python.training.py_checkpoint_reader:CheckpointReader'
    ),
    'list_devices': 'tensorflow.python.client.device_lib:list_local_devices',
  },
  'python.training.training': _v1('NewCheckpointReader', 'train.'),
  'python.util.nest': {'is_sequence': 'tensorflow.python.util.nest:is_nested'},
}


def moved(name: str) -> str:
  """Where a module of TensorFlow 1 is, as `import` is to be told it."""
  path = name.removeprefix('tensorflow.')
  parts = path.split('.')
  for end in range(len(parts), 0, -1):
    place = MOVED.get('.'.join(parts[:end]))
    if place:
      return '.'.join([place, *parts[end:]])
  return name
