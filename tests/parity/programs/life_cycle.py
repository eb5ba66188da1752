"""Two small models, deterministic from a checkpoint on, and their life cycle."""

import glob
import os

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
ROWS = 96


def data():
  rng = np.random.RandomState(11)
  features = {
    'age': rng.uniform(18, 80, ROWS).astype(np.float32),
    'size': rng.normal(size=ROWS).astype(np.float32),
    'colour': rng.choice(['red', 'green', 'blue'], ROWS).astype(np.bytes_),
  }
  labels = (features['age'] + 20 * features['size'] > 50).astype(np.int64)
  return features, labels


def input_fn():
  return tf.data.Dataset.from_tensor_slices(data()).repeat().batch(16)


def eval_input_fn():
  return tf.data.Dataset.from_tensor_slices(data()).batch(32)


def predict_input_fn():
  return tf.data.Dataset.from_tensor_slices(data()[0]).batch(32)


def columns():
  fc = tf.feature_column
  age = fc.numeric_column('age', normalizer_fn=lambda x: (x - 50.0) / 20.0)
  colour = fc.categorical_column_with_vocabulary_list(
    'colour', ['red', 'green', 'blue']
  )
  decade = fc.bucketized_column(fc.numeric_column('age'), [30.0, 50.0, 65.0])
  return [
    age,
    fc.numeric_column('size'),
    decade,
    fc.embedding_column(colour, 2),
    fc.indicator_column(fc.crossed_column(['colour', decade], 9)),
  ]


def custom_model_fn(features, labels, mode, params):
  """Logistic regression by hand: v1 variables, optimizer, metrics."""
  x = tf.stack([features['age'] / 50.0, features['size']], axis=1)
  with tf1.variable_scope('body'):
    w = tf1.get_variable(
      'w', [2, 4], initializer=tf1.glorot_normal_initializer()
    )
    hidden = tf1.layers.dense(tf.matmul(x, w), 3, activation=tf.nn.tanh)
  logits = tf1.layers.dense(hidden, 1, name='logits')[:, 0]
  probability = tf.sigmoid(logits)
  if mode == tf.estimator.ModeKeys.PREDICT:
    predictions = {'probability': probability}
    return tf.estimator.EstimatorSpec(
      mode,
      predictions=predictions,
      export_outputs={
        'serving_default': tf.estimator.export.PredictOutput(predictions)
      },
    )
  loss = tf1.losses.sigmoid_cross_entropy(labels, logits)
  if mode == tf.estimator.ModeKeys.EVAL:
    metrics = {
      'accuracy': tf1.metrics.accuracy(labels, probability > 0.5),
      'auc': tf1.metrics.auc(labels, probability),
    }
    return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops=metrics)
  optimizer = tf1.train.AdagradOptimizer(params['learning_rate'])
  train_op = optimizer.minimize(loss, tf1.train.get_global_step())
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def make(kind, model_dir):
  config = tf.estimator.RunConfig(
    model_dir=model_dir, tf_random_seed=3, save_summary_steps=1
  )
  if kind == 'custom':
    return tf.estimator.Estimator(
      custom_model_fn, config=config, params={'learning_rate': 0.1}
    )
  return tf.estimator.DNNClassifier(
    [6, 4], columns(), optimizer='Adagrad', config=config
  )


def train(kind, model_dir, steps):
  """The losses of some further steps, and the variables after them."""
  make(kind, model_dir).train(input_fn, steps=steps)
  last = variables(kind, model_dir)
  losses = {
    event.step: value.simple_value
    for event, value in summaries(model_dir)
    if value.tag == 'loss' and event.step > last['global_step'] - steps
  }
  return {
    'steps': sorted(losses),
    'losses': np.array([losses[step] for step in sorted(losses)]),
    'variables': last,
  }


def variables(kind, model_dir):
  estimator = make(kind, model_dir)
  names = estimator.get_variable_names()
  return {name: estimator.get_variable_value(name) for name in names}


def evaluate(kind, model_dir):
  metrics = make(kind, model_dir).evaluate(eval_input_fn)
  return {k: float(v) for k, v in metrics.items()}


def predict(kind, model_dir):
  """All predictions, stacked by key."""
  rows = list(make(kind, model_dir).predict(predict_input_fn))
  return {key: np.stack([row[key] for row in rows]) for key in rows[0]}


def write(kind, model_dir, export_base, steps):
  """A short life; returns where the export is and what the events hold."""
  make(kind, model_dir).train(input_fn, steps=steps)
  evaluate(kind, model_dir)
  return {
    'export_dir': export(kind, model_dir, export_base),
    'event_tags': event_tags(model_dir),
  }


def observe(kind, model_dir, export_dir):
  """All that can be read out of a life, whoever wrote it."""
  return {
    'metrics': evaluate(kind, model_dir),
    'predictions': predict(kind, model_dir),
    'variables': variables(kind, model_dir),
    'served': serve(export_dir),
  }


def export(kind, model_dir, export_base):
  spec = {
    'age': tf.io.FixedLenFeature([], tf.float32),
    'size': tf.io.FixedLenFeature([], tf.float32),
    'colour': tf.io.FixedLenFeature([], tf.string),
  }
  if kind != 'custom':
    spec = tf.feature_column.make_parse_example_spec(columns())
  receiver = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
  path = make(kind, model_dir).export_saved_model(export_base, receiver)
  return tf.compat.as_text(path)


def serialized(features):
  """Each row as a tf.Example."""
  examples = []
  for age, size, colour in zip(*features.values(), strict=True):
    example = tf.train.Example()
    example.features.feature['age'].float_list.value.append(age)
    example.features.feature['size'].float_list.value.append(size)
    example.features.feature['colour'].bytes_list.value.append(bytes(colour))
    examples.append(example.SerializeToString())
  return examples


def serve(export_dir):
  """Every signature's outputs on tf.Examples of the data."""
  features, _ = data()
  examples = serialized(features)
  return {
    'v2': _serve_v2(export_dir, examples),
    'v1': _serve_v1(export_dir, examples),
  }


def _serve_v1(export_dir, examples):
  """By tf.compat.v1's loader, in a session."""
  with tf.Graph().as_default(), tf1.Session() as session:
    graph = tf1.saved_model.load(session, ['serve'], export_dir)
    outputs = {}
    for key, signature in graph.signature_def.items():
      ((_, given),) = signature.inputs.items()
      names = {k: info.name for k, info in signature.outputs.items()}
      outputs[key] = session.run(names, {given.name: examples})
    return outputs


def _serve_v2(export_dir, examples):
  """By tf.saved_model.load, as functions."""
  loaded = tf.saved_model.load(export_dir)
  outputs = {}
  for key, function in loaded.signatures.items():
    (name,) = function.structured_input_signature[1]
    served = function(**{name: tf.constant(examples)})
    outputs[key] = {k: v.numpy() for k, v in served.items()}
  return outputs


def summaries(folder):
  """(event, value) of every summary value in a folder's event files."""
  pattern = os.path.join(folder, 'events.out.tfevents.*')
  for path in sorted(glob.glob(pattern)):
    for event in tf1.train.summary_iterator(path):
      for value in event.summary.value:
        yield event, value


def event_tags(model_dir):
  """{tag: steps} of the event files of the model and of its evaluation."""
  tags = {}
  for folder in ('', 'eval'):
    for event, value in summaries(os.path.join(model_dir, folder)):
      tags.setdefault(os.path.join(folder, value.tag), set()).add(event.step)
  return {key: sorted(steps) for key, steps in tags.items()}
