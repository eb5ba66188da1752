"""Whole runs of train_and_evaluate: what they return and what they write."""

import collections
import glob
import json
import os
import re
import time

import tensorflow as tf

tf1 = tf.compat.v1


def model_fn(features, labels, mode):
  """A line through the origin and its slope, as in a textbook."""
  slope = tf1.get_variable('slope', [], initializer=tf1.zeros_initializer())
  predictions = features['x'] * slope
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions={'y': predictions})
  loss = tf.reduce_mean(tf.square(labels - predictions))
  optimizer = tf1.train.GradientDescentOptimizer(0.1)
  tf1.summary.scalar('slope', slope)
  return tf.estimator.EstimatorSpec(
    mode,
    loss=loss,
    train_op=optimizer.minimize(loss, tf1.train.get_global_step()),
    eval_metric_ops={
      'error': tf1.metrics.mean_absolute_error(labels, predictions)
    },
  )


def input_fn():
  x = tf.constant([0.0, 0.5, 1.0, 1.5])
  data = tf.data.Dataset.from_tensor_slices(({'x': x}, 2 * x))
  return data.batch(2).repeat()


def eval_input_fn():
  return input_fn().take(3)


def receiver():
  x = tf1.placeholder(tf.float32, [None], name='x')
  return tf.estimator.export.ServingInputReceiver({'x': x}, {'x': x})


def estimator(model_dir):
  config = tf.estimator.RunConfig(
    model_dir,
    save_checkpoints_steps=2,
    save_summary_steps=2,
    log_step_count_steps=2,
    keep_checkpoint_max=2,
  )
  return tf.estimator.Estimator(model_fn, config=config)


def exporters():
  return [
    tf.estimator.LatestExporter('latest', receiver, exports_to_keep=2),
    tf.estimator.FinalExporter('final', receiver, as_text=True),
    tf.estimator.BestExporter('best', receiver),
  ]


def train_and_evaluate(made, max_steps, hooks=(), **eval_arguments):
  return tf.estimator.train_and_evaluate(
    made,
    tf.estimator.TrainSpec(input_fn, max_steps, hooks=hooks),
    tf.estimator.EvalSpec(
      eval_input_fn, start_delay_secs=0, **{'steps': 2, **eval_arguments}
    ),
  )


def whole(model_dir):
  """Training in two calls, with all three exporters."""
  first = train_and_evaluate(
    estimator(model_dir), 5, exporters=exporters(), throttle_secs=0
  )
  second = train_and_evaluate(
    estimator(model_dir), 8, exporters=exporters()[:2], steps=None
  )
  return [first, second]


def stopped(model_dir):
  """Training that early stopping ends, evaluated under a name."""
  made = estimator(model_dir)
  hook = tf.estimator.experimental.stop_if_lower_hook(
    made,
    'error',
    0.6,
    eval_dir=made.eval_dir('other'),
    run_every_secs=None,
    run_every_steps=1,
  )
  latest = tf.estimator.LatestExporter('latest', receiver)
  return [
    train_and_evaluate(
      made, 50, [hook], name='other', exporters=latest, throttle_secs=0
    )
  ]


def throttled(model_dir):
  """Training without exporters, most of its checkpoints not evaluated."""
  return [train_and_evaluate(estimator(model_dir), 7)]


class Pause(tf.estimator.SessionRunHook):
  """Makes each step take a while, so that another process sees it happen."""

  def before_run(self, run_context):
    time.sleep(0.4)


def role(model_dir, task_type):
  """The part of one process: the chief trains, the evaluator evaluates."""
  os.environ['TF_CONFIG'] = json.dumps(
    {
      'cluster': {'chief': ['localhost:0']},
      'task': {'type': task_type, 'index': 0},
    }
  )
  train_and_evaluate(
    estimator(model_dir), 8, [Pause()], exporters=exporters(), throttle_secs=0.2
  )
  return {'files': sorted(set(files(model_dir))), 'events': events(model_dir)}


def hooked(model_dir, steps, stop):
  """Trains with an early stopping hook; says what came of it."""
  made = estimator(model_dir)
  hook = tf.estimator.experimental.make_early_stopping_hook(
    made, lambda: stop, run_every_secs=None, run_every_steps=1
  )
  made.train(input_fn, hooks=[hook], steps=steps)
  names = ('global_step', 'slope', 'signal_early_stopping/STOP')
  return [made.get_variable_value(name).tolist() for name in names]


def run(kind):
  """What a run returns and leaves behind, without times and hosts."""
  model_dir = tf1.test.get_temp_dir() + '/' + kind
  if tf.io.gfile.exists(model_dir):
    tf.io.gfile.rmtree(model_dir)
  returned = globals()[kind](model_dir)
  return {
    'returned': [describe(pair, model_dir) for pair in returned],
    'files': collections.Counter(sorted(files(model_dir))),
    'events': events(model_dir),
    'checkpoint': checkpoint_paths(model_dir),
    'variables': [list(v) for v in tf.train.list_variables(model_dir)],
    'signatures': signatures(model_dir),
  }


def run_all():
  return {kind: run(kind) for kind in ('whole', 'stopped', 'throttled')}


def describe(pair, model_dir):
  metrics, results = pair
  paths = [
    result and plain(result.decode()[len(model_dir) + 1 :])
    for result in results
  ]
  return {'metrics': {k: float(v) for k, v in metrics.items()}, 'paths': paths}


def plain(path):
  path = re.sub(r'tfevents\.\d+\..*', 'tfevents', path)
  return re.sub(r'/\d{10,}', '/TIME', path)


def files(model_dir):
  for folder, _, names in os.walk(model_dir):
    for name in names:
      yield plain(os.path.join(folder, name)[len(model_dir) + 1 :])


def checkpoint_paths(model_dir):
  """The lines of the file `checkpoint` but for times."""
  with tf.io.gfile.GFile(os.path.join(model_dir, 'checkpoint')) as lines:
    return [line.strip() for line in lines if 'timestamp' not in line]


def events(model_dir):
  """By directory and tag, or kind of event, the steps in their order."""
  found = {}
  for path in sorted(glob.glob(model_dir + '/**/*tfevents*', recursive=True)):
    steps = found.setdefault(plain(path[len(model_dir) + 1 :]), {})
    for event in tf1.train.summary_iterator(path):
      kind = event.WhichOneof('what')
      if kind == 'session_log':
        kind += ' ' + str(event.session_log.status)
      tags = [value.tag for value in event.summary.value]
      for tag in tags or [kind]:
        steps.setdefault(tag, []).append(event.step)
  return found


def signatures(model_dir):
  found = {}
  for exporter in sorted(tf.io.gfile.glob(model_dir + '/export/*')):
    newest = max(tf.io.gfile.glob(exporter + '/*'))
    loaded = tf.saved_model.load(newest)
    found[os.path.basename(exporter)] = {
      key: [
        sorted(function.structured_input_signature[1]),
        sorted(function.structured_outputs),
      ]
      for key, function in loaded.signatures.items()
    }
  return found
