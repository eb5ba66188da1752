"""Programs that use packages of others, one function each: see `table`.

python -m tfcompat_estimator -m tests.packages.programs NAME FOLDER
"""

import os
import pathlib
import sys

import numpy as np
import tensorflow as tf

fc = tf.feature_column

X = np.random.RandomState(0).rand(64, 2).astype(np.float32)
Y = (X[:, :1] > 0.5).astype(np.int64)


def input_fn():
  return tf.data.Dataset.from_tensor_slices(({'x': X}, Y)).repeat(5).batch(16)


def columns():
  return [fc.numeric_column('x', shape=[2])]


def classifier(folder, **kwargs):
  return tf.estimator.DNNClassifier([4], columns(), folder, **kwargs)


def exported(folder):
  """The path of a trained classifier's export, with raw receivers."""
  estimator = classifier(f'{folder}/model')
  estimator.train(input_fn, steps=5)
  receiver = tf.estimator.export.build_raw_serving_input_receiver_fn(
    {'x': tf.TensorSpec([None, 2], tf.float32, name='x')}
  )
  path = estimator.export_saved_model(f'{folder}/exports', receiver)
  (expected,) = estimator.predict(
    lambda: tf.data.Dataset.from_tensors({'x': X}),
    yield_single_examples=False,
  )
  return path.decode(), expected['probabilities']


def wandb(folder):
  """WandbHook, offline: the history has the summaries."""
  os.environ.update(WANDB_MODE='offline', WANDB_SILENT='true')
  import wandb as library
  from wandb.integration.tensorflow import WandbHook

  run = library.init(dir=folder, project='p')
  classifier(f'{folder}/m').train(
    input_fn, hooks=[WandbHook(steps_per_log=5)], steps=20
  )
  run.finish()
  assert list(pathlib.Path(folder).rglob('*.wandb'))


def comet(folder):
  """Comet's hook, offline: it is given a session and logs the graph."""
  import comet_ml
  from comet_ml.callbacks import _tensorflow_estimator as callbacks

  experiment = comet_ml.OfflineExperiment(
    offline_directory=folder, disabled=False, auto_metric_logging=True
  )
  hook = callbacks.CometTensorflowEstimatorTrainSessionHook(experiment)
  classifier(f'{folder}/m').train(input_fn, hooks=[hook], steps=5)
  experiment.end()
  assert list(pathlib.Path(folder).glob('*.zip'))


def mlflow(folder):
  """MLflow's `tf1-estimator` model type: an export, loaded and called."""
  from mlflow import models
  from mlflow import tensorflow as flavor

  path, expected = exported(folder)
  saved = pathlib.Path(folder, 'mlflow')
  saved.mkdir()
  pathlib.Path(path).rename(saved / 'export')
  model = models.Model()
  model.add_flavor(
    'tensorflow',
    model_type='tf1-estimator',
    saved_model_dir='export',
    meta_graph_tags=['serve'],
    signature_def_key='predict',
  )
  model.save(str(saved / 'MLmodel'))
  loaded = flavor.load_model(str(saved))
  got = loaded(x=tf.constant(X))['probabilities'].numpy()
  np.testing.assert_allclose(got, expected, rtol=1e-6)


def hub_layer(folder):
  """hub.KerasLayer of a SavedModel in a model_fn, trained with it."""
  import tensorflow_hub

  table = tf.Variable(tf.ones([2, 3]))
  module = tf.train.Checkpoint(
    variables=[table], trainable_variables=[table], regularization_losses=[]
  )
  module.__call__ = tf.function(
    lambda x: x @ table,
    input_signature=[tf.TensorSpec([None, 2])],
  )
  tf.saved_model.save(module, f'{folder}/module')

  def model_fn(features, labels, mode):
    net = tensorflow_hub.KerasLayer(f'{folder}/module', trainable=True)(
      features['x']
    )
    logits = tf.compat.v1.layers.dense(net, 1)
    head = tf.estimator.BinaryClassHead()
    return head.create_estimator_spec(
      features,
      mode,
      logits,
      labels=labels,
      train_op_fn=lambda loss: tf.compat.v1.train.GradientDescentOptimizer(
        0.1
      ).minimize(loss, tf.compat.v1.train.get_global_step()),
    )

  estimator = tf.estimator.Estimator(model_fn, f'{folder}/m')
  estimator.train(input_fn)
  trained = [
    estimator.get_variable_value(name)
    for name in estimator.get_variable_names()
    if 'dense' not in name and name != 'global_step'
  ]
  assert any((value != 1).any() for value in trained), trained


def constrained_optimization(folder):
  """A RateMinimizationProblem with a constraint as train_op."""
  import tensorflow_constrained_optimization as tfco

  def model_fn(features, labels, mode):
    logits = tf.compat.v1.layers.dense(features['x'], 1)[:, 0]

    def train_op_fn(loss):
      context = tfco.rate_context(logits, tf.cast(labels[:, 0], tf.float32))
      problem = tfco.RateMinimizationProblem(
        tfco.error_rate(context), [tfco.recall(context) >= 0.9]
      )
      optimizer = tfco.ProxyLagrangianOptimizerV1(
        tf.compat.v1.train.AdagradOptimizer(0.5)
      )
      return optimizer.minimize(
        problem, global_step=tf.compat.v1.train.get_global_step()
      )

    return tf.estimator.BinaryClassHead().create_estimator_spec(
      features,
      mode,
      logits[:, None],
      labels=labels,
      train_op_fn=train_op_fn,
    )

  estimator = tf.estimator.Estimator(model_fn, f'{folder}/m')
  estimator.train(lambda: input_fn().repeat(), steps=200)
  metrics = estimator.evaluate(input_fn)
  print(metrics)
  assert metrics['recall'] > 0.85


def petastorm(folder):
  """make_petastorm_dataset of a Parquet file in an input_fn."""
  import pandas as pd
  from petastorm import make_batch_reader
  from petastorm.tf_utils import make_petastorm_dataset

  pd.DataFrame({'a': X[:, 0], 'label': Y[:, 0]}).to_parquet(
    f'{folder}/data.parquet', row_group_size=16
  )

  def input_fn_of_file():
    reader = make_batch_reader(
      f'file://{folder}/data.parquet', num_epochs=2, workers_count=1
    )
    return make_petastorm_dataset(reader).map(
      lambda row: ({'a': row.a}, row.label)
    )

  estimator = tf.estimator.LinearClassifier(
    [fc.numeric_column('a')], f'{folder}/m'
  )
  estimator.train(input_fn_of_file)
  assert estimator.get_variable_value('global_step') == 8


def slim(folder):
  """A network of tf_slim in a model_fn, with its train_op."""
  import tf_slim

  def model_fn(features, labels, mode):
    net = tf_slim.fully_connected(features['x'], 8)
    net = tf_slim.batch_norm(
      net, decay=0.9, is_training=mode == tf.estimator.ModeKeys.TRAIN
    )
    logits = tf_slim.fully_connected(net, 1, activation_fn=None)
    return tf.estimator.BinaryClassHead().create_estimator_spec(
      features,
      mode,
      logits,
      labels=labels,
      train_op_fn=lambda loss: tf_slim.learning.create_train_op(
        loss, tf.compat.v1.train.AdamOptimizer(0.05)
      ),
    )

  estimator = tf.estimator.Estimator(model_fn, f'{folder}/m')
  estimator.train(lambda: input_fn().repeat(), steps=100)
  metrics = estimator.evaluate(input_fn)
  assert metrics['auc'] > 0.8, metrics


def mesh(folder):
  """A network of Mesh TensorFlow in a model_fn, on a mesh of one."""
  import mesh_tensorflow as mtf

  def model_fn(features, labels, mode):
    graph = mtf.Graph()
    grid = mtf.Mesh(graph, 'mesh')
    batch, inner, one = (
      mtf.Dimension('batch', 16),
      mtf.Dimension('inner', 2),
      mtf.Dimension('one', 1),
    )
    x = mtf.import_tf_tensor(
      grid, tf.reshape(features['x'], [16, 2]), [batch, inner]
    )
    net = mtf.layers.dense(
      x, mtf.Dimension('h', 8), activation=mtf.relu, name='h'
    )
    logits = mtf.layers.dense(net, one, name='logits')
    y = mtf.import_tf_tensor(
      grid, tf.cast(tf.reshape(labels, [16, 1]), tf.float32), [batch, one]
    )
    loss = mtf.reduce_mean(mtf.square(mtf.sigmoid(logits) - y))
    updates = []
    if mode == tf.estimator.ModeKeys.TRAIN:
      gradients = mtf.gradients(
        [loss], [v.outputs[0] for v in graph.trainable_variables]
      )
      updates = mtf.optimize.AdafactorOptimizer(0.05).apply_grads(
        gradients, graph.trainable_variables
      )
    lowered = mtf.Lowering(
      graph,
      {grid: mtf.placement_mesh_impl.PlacementMeshImpl('all:1', [], [''])},
    )
    total = lowered.export_to_tf_tensor(loss)
    train_op = None
    if updates:
      step = tf.compat.v1.train.get_global_step()
      train_op = tf.group(
        *[lowered.lowered_operation(op) for op in updates],
        step.assign_add(1),
      )
    return tf.estimator.EstimatorSpec(
      mode,
      loss=total,
      train_op=train_op,
      scaffold=tf.compat.v1.train.Scaffold(
        local_init_op=tf.group(
          tf.compat.v1.local_variables_initializer(),
          tf.compat.v1.tables_initializer(),
          lowered.copy_masters_to_slices(),
        )
      ),
    )

  estimator = tf.estimator.Estimator(model_fn, f'{folder}/m')
  before = estimator.train(input_fn, steps=1).evaluate(input_fn)
  after = estimator.train(lambda: input_fn().repeat(), steps=100).evaluate(
    input_fn
  )
  print(before, after)
  assert after['loss'] < before['loss']


def hub_columns(folder):
  """TF Hub's v1 module as a text column, its exporter (0.12, --tf1)."""
  import tensorflow_hub

  def module_fn():
    text = tf.placeholder(tf.string, [None])
    ids = tf.string_to_hash_bucket_fast(text, 10)
    table = tf.get_variable('table', [10, 4])
    tensorflow_hub.add_signature(inputs=text, outputs=tf.gather(table, ids))

  spec = tensorflow_hub.create_module_spec(module_fn)
  with tf.Graph().as_default():
    module = tensorflow_hub.Module(spec)
    with tf.Session() as session:
      session.run([tf.global_variables_initializer(), tf.tables_initializer()])
      module.export(f'{folder}/module', session)
  column = tensorflow_hub.text_embedding_column(
    'text', f'{folder}/module', trainable=True
  )
  words = np.array(['up' if y else 'down' for y in Y[:, 0]])
  estimator = tf.estimator.DNNClassifier([4], [column], f'{folder}/m')
  estimator.train(
    lambda: tf.data.Dataset.from_tensors(({'text': words}, Y)).repeat(),
    steps=50,
  )
  metrics = estimator.evaluate(
    lambda: tf.data.Dataset.from_tensors(({'text': words}, Y))
  )
  assert metrics['accuracy'] == 1, metrics


def saved_model_cli(folder):
  """show, run and scan of TensorFlow's own program, on a classifier."""
  import subprocess

  path, expected = exported(folder)
  np.save(f'{folder}/x.npy', X)
  command = [pathlib.Path(sys.executable).with_name('saved_model_cli')]
  serve = ['--dir', path, '--tag_set', 'serve']

  def said(*arguments):
    return subprocess.run(
      [*command, *arguments],
      check=True,
      capture_output=True,
      text=True,
      env={**os.environ, 'CUDA_VISIBLE_DEVICES': '-1'},
    ).stdout

  shown = said('show', '--dir', path, '--all')
  assert 'tensorflow/serving/predict' in shown, shown
  said(
    'run',
    *serve,
    '--signature_def',
    'predict',
    '--inputs',
    f'x={folder}/x.npy',
    '--outdir',
    folder,
  )
  got = np.load(f'{folder}/probabilities.npy')
  np.testing.assert_allclose(got, expected, rtol=1e-6)
  assert 'does not contain the default denylisted ops' in said('scan', *serve)


def notebook(folder):
  """Notebooks of TensorFlow 1, run by a kernel: each line of the first cell."""
  os.environ['JUPYTER_PATH'] = os.path.join(
    os.environ['PYTHONPATH'].split(os.pathsep)[0], 'share', 'jupyter'
  )
  import nbclient
  import nbformat

  first = [
    'import tfcompat_estimator; tfcompat_estimator.install(tf1=True)',
    '%load_ext tfcompat_estimator',
  ]
  cells = [
    (
      'import tensorflow as tf\n'
      'from tensorflow.contrib import layers\n'
      'from tests.packages.programs import input_fn'
    ),
    (
      'def model_fn(features, labels, mode):\n'
      '  logits = layers.fully_connected(features["x"], 1, activation_fn=None)\n'
      '  loss = tf.losses.sigmoid_cross_entropy(labels, logits)\n'
      '  step = tf.train.get_or_create_global_step()\n'
      '  train_op = tf.train.AdamOptimizer().minimize(loss, step)\n'
      '  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)'
    ),
    (
      'import tempfile\n'
      'estimator = tf.estimator.Estimator(model_fn, tempfile.mkdtemp())\n'
      'estimator.train(input_fn)\n'
      'print(estimator.evaluate(input_fn)["global_step"])'
    ),
  ]
  for line in first:
    made = nbformat.v4.new_notebook(
      cells=[nbformat.v4.new_code_cell(cell) for cell in [line, *cells]]
    )
    nbclient.NotebookClient(made, timeout=300).execute()
    said = [out.get('text', '') for out in made.cells[-1].outputs]
    assert '20\n' in said, said


if __name__ == '__main__':
  globals()[sys.argv[1]](sys.argv[2])
