"""Calls old heads and model functions as legacy programs do."""

import tensorflow as tf

from tests.migration.old_paths import calling

v1 = tf.compat.v1
MODES = ('train', 'eval', 'infer')

# --- heads --------------------------------------------------------------------

HEADS = {
  'binary': lambda: calling.old(
    'canned.head'
  )._binary_logistic_head_with_sigmoid_cross_entropy_loss(weight_column='w'),
  'binary_or_multi': lambda: calling.old(
    'canned.head'
  )._binary_logistic_or_multi_class_head(3, None, None, 'weighted_sum'),
  'multi': lambda: calling.old(
    'canned.head'
  )._multi_class_head_with_softmax_cross_entropy_loss(3, name='h'),
  'regression': lambda: calling.old('canned.head')._regression_head(
    label_dimension=1
  ),
}


def head_spec(name, mode):
  head = HEADS[name]()
  logits = tf.fill([2, head.logits_dimension], 0.5)
  dtype = tf.float32 if head.logits_dimension == 1 else tf.int64
  spec = head.create_estimator_spec(
    calling.features(),
    mode,
    logits,
    labels=calling.labels(mode, dtype),
    train_op_fn=lambda loss: tf.no_op(),
  )
  return calling.of_spec(spec)


# --- model functions ----------------------------------------------------------


def model_fns():
  """Old model functions, each with its own arguments by position."""
  combined = ([calling.X], 'Ftrl', [calling.X], 'Adagrad', [2])
  return {
    'v1 baseline': (
      calling.old('canned.baseline')._baseline_model_fn,
      ('Ftrl',),
    ),
    'v2 baseline': (
      calling.old('canned.baseline')._baseline_model_fn_v2,
      ('Ftrl',),
    ),
    'v1 dnn': (calling.old('canned.dnn')._dnn_model_fn, ([2], [calling.X])),
    'v2 dnn': (calling.old('canned.dnn').dnn_model_fn_v2, ([2], [calling.X])),
    'v1 linear': (
      calling.old('canned.linear')._linear_model_fn,
      ([calling.X], 'Ftrl', None, calling.config()),
    ),
    'v2 linear': (
      calling.old('canned.linear')._linear_model_fn_v2,
      ([calling.X], 'Ftrl', calling.config()),
    ),
    'v1 combined': (
      calling.old('canned.dnn_linear_combined')._dnn_linear_combined_model_fn,
      combined,
    ),
    'v2 combined': (
      calling.old(
        'canned.dnn_linear_combined'
      )._dnn_linear_combined_model_fn_v2,
      combined,
    ),
  }


def model_fn_spec(name, mode):
  model_fn, arguments = model_fns()[name]
  if name.startswith('v1'):
    head = calling.old('canned.head')._regression_head()
  else:
    head = tf.estimator.RegressionHead()
  by_name = {} if 'linear' in name else {'config': calling.config()}
  spec = model_fn(
    calling.features(), calling.labels(mode), mode, head, *arguments, **by_name
  )
  return calling.of_spec(spec)


CALLS = {
  **{
    f'head {name} {mode}': lambda n=name, m=mode: head_spec(n, m)
    for name in HEADS
    for mode in MODES
  },
  **{
    f'model_fn {api} {kind} {mode}': (
      lambda n=f'{api} {kind}', m=mode: model_fn_spec(n, m)
    )
    for api in ('v1', 'v2')
    for kind in ('baseline', 'dnn', 'linear', 'combined')
    for mode in MODES
  },
}
