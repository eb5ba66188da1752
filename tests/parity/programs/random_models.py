"""Makes, trains, evaluates and exports what JSON descriptors tell.

Runs under both TensorFlows; `tests/parity/random_estimators/drawing.py` draws descriptors.
"""

import glob
import os
import sys
import traceback

import numpy as np
import tensorflow as tf

sys.path.append(os.path.dirname(__file__))

import random_canned
import random_inputs
import random_keras
import random_training

tf1 = tf.compat.v1
# Times; queues, which numpy_input_fn has there and tf.data here.
UNCOUNTED = ('global_step/sec', 'checkpoint', 'enqueue_input')


def custom(case, config, warm):
  """An Estimator with a model function of the case's signature."""
  folder = config.model_dir
  make = random_training.head_spec if case['kind'] == 'head' else None

  def spec(features, labels, mode):
    if make:
      return make(case, features, labels, mode)
    return random_training.spec_of(case, folder, features, labels, mode)

  def with_all(features, labels, mode, params, config):
    assert params['seed'] == case['seed']
    assert config.model_dir == folder
    return spec(features, labels, mode)

  def with_params(features, labels, mode, params):
    return with_all(features, labels, mode, params, config)

  def with_mode(features, labels, mode):
    return spec(features, labels, mode)

  model_fn = {'all': with_all, 'params': with_params, 'mode': with_mode}
  params = {'seed': case['seed']} if case['signature'] != 'mode' else None
  api = tf.estimator if case['family'] == 'v2' else tf1.estimator
  return api.Estimator(
    model_fn[case['signature']],
    config=config,
    params=params,
    warm_start_from=warm,
  )


MAKERS = {
  'custom': custom,
  'head': custom,
  'keras': random_keras.estimator,
  'canned': random_canned.estimator,
}
# What gives variables their first values, where seeds do not.
STARTS = {'canned': random_canned.starts}


def config_of(case, folder):
  """The RunConfig, with a strategy on two CPUs where the case has one."""
  strategy = None
  if case.get('mirrored'):
    strategy = tf.distribute.MirroredStrategy(
      ['/cpu:0', '/cpu:1'],
      cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )
  return tf.estimator.RunConfig(
    model_dir=folder,
    tf_random_seed=case['seed'],
    save_summary_steps=case['summary_steps'],
    save_checkpoints_steps=case['save_steps'],
    keep_checkpoint_max=case['keep'],
    log_step_count_steps=2,
    train_distribute=strategy,
    eval_distribute=strategy if case.get('mirrored') == 'both' else None,
    session_config=tf1.ConfigProto(allow_soft_placement=True),
  )


def estimator_of(case, folder, warm=None):
  return MAKERS[case['kind']](case, config_of(case, folder), warm)


class Losses(tf1.train.SessionRunHook):
  """Writes down a loss of the collection, and the one that is summarized."""

  def __init__(self):
    self.seen = []

  def begin(self):
    losses = tf1.get_collection(tf1.GraphKeys.LOSSES)[-1:]
    summaries = tf1.get_default_graph().get_operations()
    losses += [op.inputs[1] for op in summaries if op.name == 'loss']
    self._fetches = [losses]

  def before_run(self, run_context):
    return tf1.train.SessionRunArgs(self._fetches)

  def after_run(self, run_context, run_values):
    (losses,) = run_values.results
    self.seen.append([float(np.sum(v)) for v in losses])


# --- what is observed ---------------------------------------------------------


def train(case, estimator, folder):
  hooks = [Losses()] if case.get('watched') else []
  seen = hooks[0].seen if hooks else []
  hooks += STARTS[case['kind']](case) if case['kind'] in STARTS else []
  limit = {'max_steps': 3} if case.get('max_steps') else {'steps': 3}
  estimator.train(random_inputs.input_fn(case, 'train'), hooks=hooks, **limit)
  return {
    'losses': seen,
    'variables': variables(estimator),
    'checkpoints': sorted(
      os.path.basename(p) for p in glob.glob(f'{folder}/model.ckpt-*.index')
    ),
  }


def variables(estimator):
  values = {
    name: _value(estimator, name) for name in estimator.get_variable_names()
  }
  return {k: v for k, v in values.items() if np.asarray(v).dtype.kind in 'biuf'}


def _value(estimator, name):
  try:
    return estimator.get_variable_value(name)
  except Exception as error:  # noqa: BLE001  Slots of parts cannot be read.
    return str(error)


def evaluate(case, estimator, folder):
  metrics = estimator.evaluate(
    random_inputs.input_fn(case, 'eval'),
    steps=random_inputs.eval_steps(case),
    name=case.get('eval_name'),
  )
  return {k: np.asarray(v) for k, v in metrics.items()}


def predict(case, estimator, folder):
  found = estimator.predict(
    random_inputs.input_fn(case, 'infer'),
    predict_keys=case.get('predict_keys'),
    yield_single_examples=not case.get('whole_batches'),
  )
  taken = [p for _, p in zip(range(6), found)]  # noqa: B905
  return [p if isinstance(p, dict) else {'value': p} for p in taken]


def export(case, estimator, folder):
  """The signatures of an export, and what each of them answers."""
  names = case['used']
  path = estimator.export_saved_model(
    f'{folder}/export', random_inputs.receiver(case, names)
  )
  with tf.Graph().as_default() as graph, tf1.Session(graph=graph) as session:
    meta = tf1.saved_model.load(session, ['serve'], path.decode())
    return {
      key: _signature(case, session, signature, names)
      for key, signature in meta.signature_def.items()
    }


def _signature(case, session, signature, names):
  feeds = random_inputs.feeds(case, names, list(signature.inputs))
  answer = session.run(
    {k: v.name for k, v in signature.outputs.items()},
    {signature.inputs[k].name: v for k, v in feeds.items()},
  )

  def info(tensors):
    return {
      k: [v.dtype, [d.size for d in v.tensor_shape.dim]]
      for k, v in tensors.items()
    }

  return {
    'method': signature.method_name,
    'inputs': info(signature.inputs),
    'outputs': info(signature.outputs),
    'answer': answer,
  }


def events(folder):
  """[file's folder, step, tag, number] of all summaries."""
  found = []
  tf1.summary.FileWriterCache.clear()
  for path in sorted(glob.glob(f'{folder}/**/events.*', recursive=True)):
    where = os.path.relpath(os.path.dirname(path), folder)
    for event in tf1.train.summary_iterator(path):
      for value in event.summary.value:
        if value.tag.startswith(UNCOUNTED):
          continue
        number = value.simple_value
        if value.HasField('histo'):
          number = value.histo.sum
        found.append([where, event.step, value.tag, np.float64(number)])
  found.sort(key=lambda row: row[:3])
  return [{'at': row[:3], 'value': row[3]} for row in found]


CALLS = {
  'train': train,
  'evaluate': evaluate,
  'predict': predict,
  'export': export,
}


def _warm_start(case, folder):
  """What the case starts from: a model that was trained in a folder."""
  kind = case.get('warm_start')
  if not kind:
    return None
  before = {**case, 'warm_start': None, 'fewer_words': kind == 'vocabulary'}
  starts = STARTS.get(case['kind'], lambda _: [])
  estimator_of(before, folder).train(
    random_inputs.input_fn(case, 'train'), hooks=starts(before), steps=2
  )
  if kind == 'vocabulary':
    return random_canned.more_words(case, folder)
  if kind == 'some':
    return tf.estimator.WarmStartSettings(folder, random_canned.WARM)
  return folder


def observe(case, folder):
  """What each call of the case comes to."""
  found = {}
  try:
    warm = _warm_start(case, f'{folder}_before')
    estimator = estimator_of(case, folder, warm)
  except Exception as error:  # noqa: BLE001  Compared by the test.
    return {'make': _told(error)}
  for i, name in enumerate(case['calls']):
    found[f'{i} {name}'] = _called(CALLS[name], case, estimator, folder)
  found['events'] = events(folder)
  return found


def _called(call, case, estimator, folder):
  try:
    return call(case, estimator, folder)
  except Exception as error:  # noqa: BLE001  Compared by the test.
    return _told(error)


def _told(error):
  text = ''.join(traceback.format_exception(type(error), error, None)[-1:])
  where = ''.join(traceback.format_tb(error.__traceback__)[-4:])
  return {'error': type(error).__name__, 'text': f'{text[:1500]}\n{where}'}


def run_all(cases, folder, v2_behavior=True, replicas=1):
  """What `observe` returns for each case; all in one process."""
  if not v2_behavior:
    tf1.disable_v2_behavior()
  if replicas > 1:
    (cpu,) = tf.config.list_physical_devices('CPU')
    tf.config.set_logical_device_configuration(
      cpu, [tf.config.LogicalDeviceConfiguration()] * replicas
    )
  found = []
  for i, case in enumerate(cases):
    random_keras.keras.backend.clear_session()
    found.append(observe(case, os.path.join(folder, str(i))))
  return found
