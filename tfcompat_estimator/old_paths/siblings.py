"""Lists the modules that old modules had imported, and so have as attributes.

The paths are those of `paths.py`.
"""

# Attribute: the old module that it is, wherever there is such an attribute.
_USUAL = {
  '_tpu_estimator_embedding': 'tpu._tpu_estimator_embedding',
  'base_head': 'head.base_head',
  'basic_session_run_hooks': 'hooks.basic_session_run_hooks',
  'binary_class_head': 'head.binary_class_head',
  'binary_head_lib': 'head.binary_class_head',
  'dnn': 'canned.dnn',
  'estimator': 'estimator',
  'estimator_lib': 'estimator',
  'estimator_util': 'util',
  'export': 'export.export_lib',
  'export_lib': 'export.export_lib',
  'export_output': 'export.export_output',
  'export_output_lib': 'export.export_output',
  'exporter_lib': 'exporter',
  'feeding_functions': 'inputs.queues.feeding_functions',
  'gc': 'gc',
  'head_lib': 'canned.head',
  'head_utils': 'head.head_utils',
  'hooks': 'hooks.hooks',
  'inputs': 'inputs.inputs',
  'linear': 'canned.linear',
  'metric_keys': 'canned.metric_keys',
  'model_fn': 'model_fn',
  'model_fn_lib': 'model_fn',
  'multi_class_head': 'head.multi_class_head',
  'multi_head': 'head.multi_head',
  'multi_head_lib': 'head.multi_class_head',
  'optimizers': 'canned.optimizers',
  'prediction_keys': 'canned.prediction_keys',
  'regression_head': 'head.regression_head',
  'run_config': 'run_config',
  'run_config_lib': 'run_config',
  'seq_head_lib': 'head.sequential_head',
  'session_run_hook': 'hooks.session_run_hook',
  'tpu_config': 'tpu.tpu_config',
  'util': 'util',
  'util_lib': 'tpu.util',
}


def _usual(names: str) -> dict[str, str]:
  return {name: _USUAL[name] for name in names.split()}


# Old module: {attribute: old module}.
MODULES: dict[str, dict[str, str]] = {
  'canned.baseline': _usual(
    'estimator head_lib head_utils optimizers regression_head'
  ),
  'canned.dnn': _usual(
    'estimator head_lib head_utils optimizers regression_head'
  ),
  'canned.dnn_linear_combined': _usual(
    'dnn estimator head_lib head_utils linear optimizers regression_head'
  ),
  'canned.head': _usual('export_output metric_keys model_fn prediction_keys'),
  'canned.kmeans': _usual('estimator export_output model_fn_lib'),
  'canned.linear': _usual(
    'binary_class_head estimator head_lib head_utils optimizers regression_head'
  ),
  'canned.metric_keys': _usual('model_fn'),
  'canned.rnn': _usual(
    'binary_head_lib estimator model_fn multi_head_lib optimizers seq_head_lib'
  ),
  'early_stopping': _usual('estimator_lib'),
  'estimator': _usual('estimator_util export_lib model_fn_lib run_config'),
  'estimator_lib': _usual(
    'basic_session_run_hooks estimator_lib export hooks inputs session_run_hook'
  ),
  'export.export': _usual('util'),
  'exporter': _usual('gc metric_keys util'),
  'extenders': _usual('estimator_lib'),
  'head.base_head': _usual('export_output metric_keys'),
  'head.binary_class_head': _usual(
    'base_head export_output metric_keys model_fn prediction_keys'
  ),
  'head.head_utils': _usual('binary_class_head multi_class_head'),
  'head.multi_class_head': _usual(
    'base_head export_output metric_keys model_fn prediction_keys'
  ),
  'head.multi_head': _usual('base_head export_output metric_keys model_fn'),
  'head.multi_label_head': _usual(
    'base_head export_output metric_keys model_fn prediction_keys'
  ),
  'head.regression_head': _usual(
    'base_head export_output metric_keys model_fn prediction_keys'
  ),
  'head.sequential_head': _usual('base_head multi_head'),
  'hooks.hooks': _usual('estimator_lib'),
  'inputs.numpy_io': _usual('feeding_functions'),
  'inputs.pandas_io': _usual('feeding_functions'),
  'keras_lib': _usual('estimator_lib export_lib model_fn_lib'),
  'tpu._tpu_estimator_embedding': _usual('model_fn_lib'),
  'tpu.tpu_config': _usual('run_config_lib util_lib'),
  'tpu.tpu_estimator': _usual(
    '_tpu_estimator_embedding estimator_lib export_output_lib model_fn_lib'
    ' tpu_config util_lib'
  ),
  'training': _usual('estimator_lib exporter_lib run_config_lib'),
}
