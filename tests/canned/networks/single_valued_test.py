"""Features of one value an example are read densely, to the same numbers."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator
from tests.parity import sides
from tests.parity.programs import columns as program
from tfcompat_estimator.canned import dnn, linear
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column
GOLDEN = pathlib.Path(__file__).parents[2] / 'goldens' / 'initial_values.json'
MODELS = (
  'combined',
  'linear_mean',
  # In a program of TF 1 the v1 family is compared with itself, below.
  pytest.param('dnn_v1', marks=pytest.mark.slow),
  'dnn_clipped',
)
# What only TensorFlow's way of reading features has.
SPARSE_OPS = {'SparseFillEmptyRows', 'SparseToDense', 'SparseReshape'}


class Ops(v1.train.SessionRunHook):
  """Keeps the types of the operations in the graph."""

  types: frozenset[str] = frozenset()

  def begin(self):
    graph = v1.get_default_graph()
    self.types = frozenset(op.type for op in graph.get_operations())


def derived(column):
  """The column as a user's own type, which may do anything."""
  kind = type(column)
  if kind is type(fc.numeric_column('x')):
    return column
  return type(kind.__name__, (kind,), {})(*column)


@pytest.fixture(scope='module', autouse=True)
def installed():
  """The program finds `tf.estimator`."""
  had = hasattr(tf, 'estimator')
  tfcompat_estimator.install()
  yield
  if not had:
    tfcompat_estimator.uninstall()


@pytest.fixture(scope='module')
def vocabulary(tmp_path_factory):
  """A vocabulary file."""
  path = tmp_path_factory.mktemp('vocabulary') / 'colors.txt'
  path.write_text('red\ngreen\nblue\n', encoding='utf-8')
  return str(path)


def columns(vocabulary, change=lambda column: column):
  """Wide and deep columns."""
  wide = program.categorical(vocabulary)
  deep = [*program.dense(wide), *program.shared()]
  return [change(c) for c in wide], [change(c) for c in deep]


def makers(wide, deep):
  return {
    **program.estimators(wide, deep),
    # The norm of a gradient says whether its ids repeat.
    'dnn_clipped': lambda folder: dnn.DNNClassifierV2(
      [8],
      deep,
      folder,
      optimizer=lambda: tf_keras.optimizers.legacy.RMSprop(0.01, clipnorm=0.05),
      config=run_config.RunConfig(tf_random_seed=7, save_summary_steps=None),
    ),
  }


def numbers(estimator, ops):
  """What training, evaluation and predictions come to."""
  estimator.train(program.input_fn, steps=8, hooks=[ops])
  result = {
    name: estimator.get_variable_value(name)
    for name in estimator.get_variable_names()
  }
  metrics = estimator.evaluate(program.input_fn, steps=4)
  result.update((f'metrics/{name}', metrics[name]) for name in metrics)
  predictions = estimator.predict(program.input_fn)
  result['logits'] = np.array(
    [next(predictions)['logits'] for _ in range(program.SIZE)]
  )
  return result


@pytest.mark.parametrize('name', MODELS)
def test_same_numbers(name, vocabulary, tmp_path):
  """Bit by bit those of TensorFlow's own way: variables, slots, metrics."""
  results, ops = [], []
  for change in (lambda column: column, derived):
    estimator = makers(*columns(vocabulary, change))[name](
      str(tmp_path / str(len(results)))
    )
    ops.append(Ops())
    results.append(numbers(estimator, ops[-1]))

  assert not SPARSE_OPS & ops[0].types
  assert SPARSE_OPS & ops[1].types
  assert results[0].keys() == results[1].keys()
  for key, value in results[0].items():
    # TensorFlow's optimizer of graphs fuses what it knows the shapes of, such as
    # the sum of networks, and the last bit changes.
    exact = key != 'logits' and name != 'dnn_clipped'
    tolerance = (0, 0) if exact else (2e-5, 1e-7)
    np.testing.assert_allclose(value, results[1][key], *tolerance, err_msg=key)


def test_without_v2_behavior(vocabulary, tmp_path):
  """A program of TF 1 gets the same numbers, in the same way."""
  name = 'combined_v1'
  estimator = makers(*columns(vocabulary))[name](str(tmp_path / 'here'))
  here = numbers(estimator, Ops())

  there = sides.ours().call(
    'columns',
    'train_without_v2_behavior',
    name=name,
    vocabulary=vocabulary,
    folder=str(tmp_path / 'there'),
    steps=8,
  )

  assert not SPARSE_OPS & set(there['ops'])
  for key, value in there['variables'].items():
    np.testing.assert_array_equal(value, here[key], err_msg=key)


@pytest.mark.parametrize('name', ['combined', 'dnn_v1'])
def test_initial_values_are_the_references(name):
  """A seed of the graph gives every variable what it gave it there."""
  expected = json.loads(GOLDEN.read_text(encoding='utf-8'))[name]

  found = program.initial_values([name])[name]

  assert found.keys() == expected.keys()
  for variable, values in expected.items():
    np.testing.assert_array_equal(
      np.float32(found[variable]), np.float32(values), err_msg=variable
    )


WORDS = fc.categorical_column_with_vocabulary_list('words', ['a', 'b'])
IDS = fc.categorical_column_with_identity('ids', 4)


def plain_features():
  return {
    'words': tf.constant([['a'], [''], ['b'], ['c']]),
    'ids': tf.constant([1, 2, -1, 3]),
    'known': tf.constant(['a', 'b', 'a', 'c']),
    'weights': tf.constant([[1.0], [2.0], [1.0], [1.0]]),
  }


def changed(**features):
  return lambda: {**plain_features(), **{k: v() for k, v in features.items()}}


def words():
  return plain_features()['words']


def of_unknown_rank():
  return v1.placeholder_with_default(words(), None)


def of_unknown_width():
  return v1.placeholder_with_default(words(), [None, None])


# Features and a column that TensorFlow's own way is for.
OTHERS = {
  'sparse': (changed(words=lambda: tf.sparse.from_dense(words())), WORDS),
  'ragged': (
    changed(words=lambda: tf.RaggedTensor.from_tensor(words())),
    WORDS,
  ),
  'multivalent': (
    changed(words=lambda: tf.concat([words(), words()], 1)),
    WORDS,
  ),
  'unknown rank': (changed(words=of_unknown_rank), WORDS),
  'unknown width': (changed(words=of_unknown_width), WORDS),
  'int16': (changed(ids=lambda: tf.constant([1, 2, -1, 3], tf.int16)), IDS),
  'derived': (plain_features, derived(WORDS)),
  'weighted': (
    plain_features,
    fc.weighted_categorical_column(
      fc.categorical_column_with_hash_bucket('known', 3), 'weights'
    ),
  ),
}


@pytest.mark.parametrize('kind', OTHERS)
@pytest.mark.parametrize('network', ['linear', 'dnn'])
def test_others_are_left_to_tensorflow(kind, network, tmp_path):
  """What is not known to have one value an example is read as ever."""
  features, column = OTHERS[kind]
  estimator = (
    linear.LinearClassifierV2([column], str(tmp_path))
    if network == 'linear'
    else dnn.DNNClassifierV2(
      [2], [fc.embedding_column(column, 2)], str(tmp_path)
    )
  )
  ops = Ops()

  estimator.train(
    lambda: (features(), tf.constant([[0], [1], [0], [1]])),
    steps=2,
    hooks=[ops],
  )

  assert 'SparseFillEmptyRows' in ops.types


EMBEDDINGS = {
  'derived': lambda: derived(fc.embedding_column(IDS, 2)),
  'unsafe': lambda: fc.embedding_column(
    IDS, 2, use_safe_embedding_lookup=False
  ),
  'partitioned': lambda: fc.embedding_column(IDS, 2),
}


@pytest.mark.parametrize('kind', EMBEDDINGS)
def test_other_embeddings_are_left_to_tensorflow(kind, tmp_path):
  """So are lookups of another kind, and variables that are in parts."""
  partitioner = None
  if kind == 'partitioned':
    partitioner = v1.fixed_size_partitioner(2)
  estimator = dnn.DNNClassifier(
    [2],
    [EMBEDDINGS[kind]()],
    str(tmp_path),
    input_layer_partitioner=partitioner,
  )
  ops = Ops()

  def input_fn():
    return {'ids': tf.constant([1, 2, 0, 3])}, tf.constant([0, 1, 0, 1])

  estimator.train(input_fn, steps=2, hooks=[ops])

  assert 'GatherNd' in ops.types  # the values of a sparse tensor


def test_values_of_the_wrong_type_are_refused(tmp_path):
  """In the words that TensorFlow has for them."""
  estimator = linear.LinearClassifierV2([WORDS], str(tmp_path))

  with pytest.raises(ValueError, match='dtype must be compatible'):
    estimator.train(
      lambda: ({'words': tf.constant([1, 2])}, tf.constant([0, 1])), steps=1
    )


def test_ids_out_of_range(tmp_path):
  """An id beyond its buckets is an error, as ever; below, it is none."""
  estimator = linear.LinearRegressorV2([IDS], str(tmp_path))

  def input_fn(ids):
    return lambda: ({'ids': tf.constant(ids)}, tf.constant([[1.0], [1.0]]))

  estimator.train(input_fn([0, -7]), steps=1)
  with pytest.raises(tf.errors.InvalidArgumentError, match='not in'):
    estimator.train(input_fn([0, 4]), steps=1)


def test_networks_share_what_they_read(tmp_path):
  """Ids are looked up once for both, and each repetition is found once."""
  hashed = fc.categorical_column_with_hash_bucket('known', 3)
  estimator = tfcompat_estimator.DNNLinearCombinedClassifier(
    str(tmp_path),
    linear_feature_columns=[WORDS, hashed],
    dnn_feature_columns=[
      fc.embedding_column(WORDS, 2),
      fc.embedding_column(hashed, 2),
      fc.indicator_column(hashed),
    ],
    dnn_hidden_units=[2],
  )
  counts = {}

  class Counter(v1.train.SessionRunHook):
    def begin(self):
      for op in v1.get_default_graph().get_operations():
        if not op.name.startswith('training/'):
          counts[op.type] = counts.get(op.type, 0) + 1

  estimator.train(
    lambda: (plain_features(), tf.constant([0, 1, 0, 1])),
    steps=1,
    hooks=[Counter()],
  )

  assert counts['LookupTableFindV2'] == 1
  assert counts['StringToHashBucketFast'] == 1
  assert counts['Unique'] == 2


def test_no_examples(vocabulary, tmp_path):
  """A batch may be empty."""
  wide, deep = columns(vocabulary)
  estimator = makers(wide, deep)['combined'](str(tmp_path))
  estimator.train(program.input_fn, steps=1)

  def input_fn(size):
    return tf.data.Dataset.from_tensors(program.data(size))

  assert not list(estimator.predict(lambda: input_fn(0)))
  assert len(list(estimator.predict(lambda: input_fn(1)))) == 1


def test_transformed_features(tmp_path):
  """A feature may stand under its column: it is taken as it is."""
  column = fc.indicator_column(IDS)

  def input_fn():
    given = tf.SparseTensor(
      [[0, 0], [1, 0]], tf.constant([3, 3], tf.int64), [2, 1]
    )
    return {'ids': tf.constant([0, 0]), IDS: given}, tf.constant([0, 1])

  def model_fn(features, labels, mode):
    logits = dnn_logits(features, mode, column)
    del labels
    return tf.compat.v1.estimator.EstimatorSpec(mode, {'logits': logits})

  estimator = tf.compat.v1.estimator.Estimator(model_fn, str(tmp_path))
  first = next(iter(estimator.predict(input_fn)))['logits']

  np.testing.assert_array_equal(first, [0, 0, 0, 1])


def dnn_logits(features, mode, column):
  from tfcompat_estimator.canned.networks import families, input_layer, network

  v1.train.get_or_create_global_step()
  return input_layer.build(
    families.V2, features, [column], mode == 'train', network.Recorder()
  )
