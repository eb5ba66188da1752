"""Draws descriptors of Estimators: dicts that JSON can hold."""

import hypothesis
from hypothesis import strategies as st

BATCHES = (1, 5, 8, 24)
ROWS = 24
FEATURES = ('x', 'age', 'ids', 'word', 'seq', 'w', 'unused')
NEEDS = {
  'x': {'x'},
  'age': {'age'},
  'ids': {'ids'},
  'word': {'word'},
  'recurrent': {'seq'},
  'conv': {'seq'},
}
FLAG = st.booleans()
SELDOM = st.sampled_from([False, False, False, True])
ACTIVATIONS = ('relu', 'tanh', 'none')
TASKS = ('binary', 'classes', 'number', 'numbers', 'count', 'bits')
LAYERS = (
  'dense',
  'keras_dense',
  'variable',
  'batch_norm',
  'keras_batch_norm',
  'dropout',
  'noise',
  'cond',
  'while',
  'layer_norm',
  'py_func',
  'function',
)
KERAS_LAYERS = (
  'dense',
  'batch_norm',
  'dropout',
  'noise',
  'layer_norm',
  'activation',
  'prelu',
  'lambda',
  'activity',
)
OPTIMIZERS = (
  'sgd',
  'momentum',
  'nesterov',
  'adam',
  'adagrad',
  'rmsprop',
  'centered',
  'ftrl',
  'adadelta',
  'proximal_sgd',
  'proximal_adagrad',
  'adagrad_da',
)
KERAS_OPTIMIZERS = (
  'keras_sgd',
  'keras_adam',
  'keras_adagrad',
  'keras_rmsprop',
  'keras_ftrl',
  'keras_nadam',
)
SCHEDULES = (
  'constant',
  'exponential',
  'cosine',
  'piecewise',
  'polynomial',
  'inverse',
  'natural',
  'linear_cosine',
  'restarts',
)
METRICS = (
  'mean',
  'keras_mean',
  'weighted',
  'below',
  'tensor',
  'accuracy',
  'recall',
  'iou',
  'per_class',
  'top',
  'auc',
  'at',
  'thresholds',
  'rmse',
  'mae',
  'pearson',
)
CALLS = (
  ('train', 'evaluate', 'predict', 'export'),
  ('train', 'train', 'evaluate', 'predict'),
  ('train', 'predict', 'train', 'export', 'evaluate'),
  ('train', 'export'),
)


# They divide by the size of a gradient. That of a bias before a normalization is
# zero but for rounding, which they make as large as any other.
DIVIDING = {'adam', 'adadelta', 'centered', 'rmsprop', 'keras_adam'}
DIVIDING |= {
  'keras_nadam',
  'keras_rmsprop',
  'new_adam',
  'text_adam',
  'tf1_adam',
}
DIVIDING |= {'text_rmsprop'}


def one_of(*values):
  return st.sampled_from(values)


def some(values, most):
  return st.lists(one_of(*values), max_size=most, unique=True)


def common(kind, v2_behavior, mirrored):
  """What all kinds have: data, input, configuration, calls."""
  drawn = {
    'kind': st.just(kind),
    'seed': st.integers(1, 500),
    'rows': st.just(ROWS),
    'batch': one_of(*BATCHES),
    'family': one_of('v1', 'v2') if not mirrored else st.just('v2'),
    'task': one_of(*TASKS),
    'input': one_of(
      'dataset', 'dataset', 'numpy', 'tensors', 'generator', 'one_shot'
    ),
    'shuffle': FLAG,
    'prefetch': FLAG,
    'drop': SELDOM,
    'limited': FLAG,
    'no_labels': FLAG,
    'flat_labels': FLAG,
    'receiver': one_of('raw', 'parsing'),
    'summary_steps': one_of(1, 2, 100, None),
    'save_steps': one_of(1, 2, 100),
    'keep': one_of(1, 5),
    'calls': one_of(*CALLS).map(list),
    'watched': FLAG,
    'max_steps': SELDOM,
    'eval_name': one_of(None, 'again'),
    'whole_batches': FLAG,
  }
  if mirrored:
    drawn['mirrored'] = one_of('train', 'both')
    drawn['input'] = st.just('dataset')
    drawn['batch'] = one_of(1, 4)
    drawn['drop'] = st.just(True)
  return drawn


def _keep_stable(case, optimizer):
  """Takes another optimizer where rounding would decide what is learnt."""
  normal = any('norm' in kind for kind, _ in case['layers'])
  if normal and case['optimizer'] in DIVIDING:
    case['optimizer'] = optimizer


@st.composite
def custom(draw, v2_behavior=True, mirrored=False):
  """A model function of its own parts, or one that ends in a public head."""
  kind = draw(one_of('custom', 'custom', 'head'))
  case = draw(st.fixed_dictionaries(common(kind, v2_behavior, mirrored)))
  columns = draw(some(('x', 'age', 'ids', 'word'), 4)) or ['x']
  sources = [*NEEDS, 'input_layer', 'dense_features', 'linear_model']
  sources = draw(
    st.lists(one_of(*sources), min_size=1, max_size=3, unique=True)
  )
  if 'linear_model' in sources and columns == ['ids']:
    columns.append('x')
  used = set(columns) if set(sources) - set(NEEDS) else set()
  used = used.union(*(NEEDS.get(name, ()) for name in sources))
  features = sorted(used | {'w'} | set(draw(some(FEATURES, 3))))
  # The reference has no AdagradDA, no optimizer of Keras under a strategy.
  optimizers = OPTIMIZERS[:-1] if mirrored else OPTIMIZERS
  if v2_behavior and not mirrored:  # They need resource variables.
    optimizers += KERAS_OPTIMIZERS
  case.update(
    columns=columns,
    sources=sources,
    features=features,
    used=sorted(used),
    layers=draw(
      st.lists(
        st.tuples(one_of(*LAYERS), one_of(*ACTIVATIONS)).map(list), max_size=4
      )
    ),
    signature=draw(one_of('all', 'params', 'mode')),
    initializer=draw(one_of('glorot', 'truncated', 'uniform', 'scaling', 'v2')),
    optimizer=draw(one_of(*optimizers)),
    schedule=draw(one_of(*SCHEDULES)),
    clip=draw(one_of(None, None, 'norm', 'value')),
    average=draw(SELDOM),
    scaffold=draw(
      one_of(None, None, 'saver', 'init_fn', 'averages', 'local', 'checkpoint')
    ),
    reduction=draw(
      one_of(
        'weighted_sum_by_nonzero_weights',
        'weighted_mean',
        'weighted_sum',
        'weighted_sum_over_batch_size',
      )
    ),
    regression=draw(one_of('squared', 'absolute', 'huber')),
    metrics=draw(some(METRICS, 6)),
    hooks=draw(some(('logging', 'summary', 'nan', 'stop'), 2)),
    exports=draw(some(('predict', 'regress', 'classify', 'tensor'), 3)),
    bare=draw(SELDOM),
    weighted=draw(FLAG),
    l2=draw(SELDOM),
    parts=draw(one_of(None, None, 2, 3)),
    oov=draw(FLAG),
    cell=draw(one_of('basic', 'gru', 'lstm')),
    scope=draw(one_of(None, 'tower')),
    summaries=draw(SELDOM),
    warm_start=draw(one_of(None, None, None, 'all', 'some')),
  )
  _keep_stable(case, 'nesterov')
  if not v2_behavior:
    case['metrics'] = [m for m in case['metrics'] if m != 'keras_mean']
  if case['scaffold'] == 'checkpoint':
    case['keep'] = 5  # There it is always five.
    case['max_steps'] = False  # There one more step is done each time.
  if case['warm_start']:
    # An average begins with the old value or the new one, as threads have it;
    # a variable that only a scaffold makes is not found.
    case.update(average=False, scaffold=None)
  return case


@st.composite
def keras(draw, v2_behavior=True, mirrored=False):
  """A Keras model, compiled."""
  case = draw(st.fixed_dictionaries(common('keras', v2_behavior, mirrored)))
  used = draw(some(('x', 'age', 'ids', 'seq'), 3)) or ['x']
  extra = draw(SELDOM)
  # The reference clones a model with its optimizer, which new ones and those of
  # tf.compat.v1 do not let it.
  optimizers = KERAS_OPTIMIZERS
  case.update(
    used=used,
    features=sorted({*used, 'unused'} if extra else used),
    sequential=draw(FLAG),
    dict=draw(FLAG),
    layers=draw(
      st.lists(
        st.tuples(one_of(*KERAS_LAYERS), one_of(*ACTIVATIONS)).map(list),
        max_size=4,
      )
    ),
    cell=draw(one_of('basic', 'gru', 'lstm', 'none')),
    optimizer=draw(one_of(*optimizers)),
    metrics=draw(
      some(('accuracy', 'mae', 'mean_squared', 'auc', 'precision', 'own'), 3)
    ),
    # Under a strategy the reference fails with an object-based checkpoint.
    format='saver' if mirrored else draw(one_of('saver', 'checkpoint')),
    l2=draw(FLAG),
  )
  _keep_stable(case, 'keras_sgd')
  if case['format'] == 'checkpoint':
    case['max_steps'] = False  # There one more step is done each time.
  if case['task'] != 'binary':
    case['metrics'] = [
      m for m in case['metrics'] if m not in ('auc', 'precision')
    ]
  return case


def draw_cases(strategy, count, seed):
  """A list of `count` descriptors; equal seeds give equal ones."""
  return [_draw(strategy, seed * 1000 + i) for i in range(count)]


def _draw(strategy, seed):
  """One descriptor. A run of its own: hypothesis varies what it drew before."""
  drawn = []

  @hypothesis.seed(seed)
  @hypothesis.settings(
    max_examples=2,  # the first one is the simplest of all
    database=None,
    deadline=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
  )
  @hypothesis.given(strategy)
  def keep(case):
    drawn.append(case)

  keep()
  return drawn[-1]
