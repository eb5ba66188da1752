"""The rows, input functions and receivers of random Estimators."""

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
fc = tf.feature_column
WORDS = ['red', 'green', 'blue', 'mauve']
SPECS = {
  'x': ([3], tf.float32),
  'age': ([1], tf.float64),
  'ids': ([2], tf.int64),
  'word': ([], tf.string),
  'seq': ([4, 2], tf.float32),
  'w': ([1], tf.float32),
  'unused': ([2], tf.string),
  'tags': ([3], tf.string),
  'tag_weights': ([3], tf.float32),
}
# Of these an example may have any number: '' and 0 stand for nothing.
SPARSE = ('tags', 'tag_weights')


def rows(case):
  """Features and labels as arrays."""
  n = case['rows']
  rng = np.random.RandomState(case['seed'])
  x = rng.normal(size=(n, 3)).astype(np.float32)
  features = {
    'x': x,
    'age': rng.uniform(15, 75, (n, 1)).astype(
      np.float32 if case['kind'] == 'keras' else np.float64
    ),
    'ids': rng.randint(-1 if case.get('missing') else 0, 9, (n, 2)),
    'word': rng.choice([w.encode() for w in [*WORDS, '', 'grey']], n),
    'seq': rng.normal(size=(n, 4, 2)).astype(np.float32),
    'w': rng.uniform(0.5, 2, (n, 1)).astype(np.float32),
    'unused': rng.choice([b'a', b'b'], (n, 2)),
    'tags': rng.choice([w.encode() for w in [*WORDS, 'grey']], (n, 3)),
    'tag_weights': rng.uniform(0.5, 2, (n, 3)).astype(np.float32),
  }
  there = np.arange(3) < rng.randint(0, 4, (n, 1))
  features['tags'] = np.where(there, features['tags'], b'')
  features['tag_weights'] *= there
  features = {
    name: value.astype(object) if value.dtype.kind == 'S' else value
    for name, value in features.items()
    if name in case['features']
  }
  z = (x @ np.array([1.0, -1.0, 0.5])).astype(np.float32)[:, None]
  labels = {
    'binary': (z > 0).astype(np.int64),
    'classes': np.digitize(z, [-0.8, 0.8]).astype(np.int64),
    'number': z,
    'numbers': np.concatenate([z, 1 - 2 * z], 1),
    'count': np.floor(np.exp(np.clip(z / 2, -2, 2))),
    'bits': np.concatenate([z > 0, z > 1, z > -1], 1).astype(np.int64),
  }[case['task']]
  if case.get('flat_labels') and labels.shape[1] == 1:
    labels = labels[:, 0]
  if case.get('label_words'):
    words = np.array(case['label_words'], object)
    return features, words[labels]
  return features, labels.astype(case.get('label_dtype') or labels.dtype)


def _repeated(dataset, case, train):
  if not train:
    return dataset
  if case.get('shuffle'):
    dataset = dataset.shuffle(7, seed=case['seed'])
  return dataset.repeat()


def _dataset(case, train):
  dataset = tf.data.Dataset.from_tensor_slices(rows(case))
  dataset = _repeated(dataset, case, train)
  return dataset.batch(case['batch'], drop_remainder=bool(case.get('drop')))


def _as_numpy(case, train):
  return tf1.estimator.inputs.numpy_input_fn(
    *rows(case), case['batch'], num_epochs=None if train else 1, shuffle=False
  )()


def _as_tensors(case, train):
  """The whole as constants; an evaluation must say how many steps it takes."""
  features, labels = rows(case)
  constants = {k: tf.constant(v) for k, v in features.items()}
  return constants, tf.constant(labels)


def _as_generator(case, train):
  features, labels = rows(case)

  def generate():
    for i in range(case['rows']):
      yield {k: v[i] for k, v in features.items()}, labels[i]

  types = {k: SPECS[k][1] for k in features}, tf.as_dtype(labels.dtype)
  shapes = {k: SPECS[k][0] for k in features}, labels.shape[1:]
  dataset = tf1.data.Dataset.from_generator(generate, types, shapes)
  return _repeated(dataset, case, train).batch(case['batch'])


def _as_one_shot(case, train):
  return tf1.data.make_one_shot_iterator(_dataset(case, train)).get_next()


def _as_initializable(case, train):
  iterator = tf1.data.make_initializable_iterator(_dataset(case, train))
  tf1.add_to_collection(tf1.GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
  return iterator.get_next()


KINDS = {
  'dataset': _dataset,
  'numpy': _as_numpy,
  'tensors': _as_tensors,
  'generator': _as_generator,
  'one_shot': _as_one_shot,
  'initializable': _as_initializable,
}


def _with_sparse(features):
  """Features of any number of values as SparseTensors."""
  features = dict(features)
  places = tf.where(tf.not_equal(features['tags'], ''))
  for name in set(SPARSE) & set(features):
    features[name] = tf.SparseTensor(
      places,
      tf.gather_nd(features[name], places),
      tf.shape(features[name], out_type=tf.int64),
    )
  return features


def _is_dataset(value):
  return isinstance(value, (tf.data.Dataset, tf1.data.Dataset))


def input_fn(case, mode):
  """An input function of the case; predictions may have no labels."""

  def call():
    result = KINDS[case['input']](case, mode == 'train')
    if case.get('sparse') and 'tags' in case['features']:
      if _is_dataset(result):
        result = result.map(lambda f, labels: (_with_sparse(f), labels))
      else:
        result = _with_sparse(result[0]), result[1]
    if mode == 'infer' and case.get('no_labels') and not _is_dataset(result):
      return result[0]
    if case.get('prefetch') and _is_dataset(result):
      return result.prefetch(2)
    return result

  return call


def eval_steps(case):
  """None, where the input ends by itself."""
  if case['input'] == 'tensors' or case.get('limited'):
    return 2
  return None


# --- exports -----------------------------------------------------------------


def _parsed(shape, dtype, sparse):
  if sparse:
    return tf.io.VarLenFeature(dtype)
  dtype = tf.float32 if dtype == tf.float64 else dtype
  return tf.io.FixedLenFeature(shape, dtype)


def receiver(case, names):
  """A receiver function that takes arrays, or parses examples."""
  if case['receiver'] == 'parsing':
    spec = {k: _parsed(*SPECS[k], k in SPARSE) for k in names}
    return tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)

  def receive():
    inputs = {
      k: tf1.placeholder(SPECS[k][1], [None, *SPECS[k][0]], name=f'in_{k}')
      for k in names
    }
    return tf.estimator.export.ServingInputReceiver(dict(inputs), inputs)

  return receive


def _example(features, i):
  example = tf.train.Example()
  for name, values in features.items():
    value = np.reshape(values[i], [-1])
    if name in SPARSE:
      value = value[value.astype(bool)]
    feature = example.features.feature[name]
    if SPECS[name][1] == tf.string:
      feature.bytes_list.value.extend(value)
    elif SPECS[name][1] == tf.int64:
      feature.int64_list.value.extend(value)
    else:
      feature.float_list.value.extend(value)
  return example.SerializeToString()


def feeds(case, names, inputs):
  """What the inputs of an export's signature are fed, by their names."""
  features = {k: v[:5] for k, v in rows(case)[0].items() if k in names}
  if case['receiver'] == 'parsing':
    examples = [_example(features, i) for i in range(5)]
    return dict.fromkeys(inputs, examples)
  # A signature of one input calls it by a name of its own.
  return {k: features.get(k, features[names[0]]) for k in inputs}
