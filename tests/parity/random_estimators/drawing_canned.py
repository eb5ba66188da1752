"""Draws descriptors of canned Estimators: dicts that JSON can hold."""

from hypothesis import strategies as st

from tests.parity.random_estimators import drawing

# What makes ids, and the features that it reads.
CATEGORICAL = {
  'vocabulary': ['word'],
  'oov': ['word'],
  'file': ['word'],
  'hashed': ['word'],
  'identity': ['ids'],
  'hashed_ids': ['ids'],
  'number_vocabulary': ['ids'],
  'buckets': ['age'],
  'wide_buckets': ['x'],
  'crossed': ['age', 'word'],
  'crossed_names': ['ids', 'word'],
  'crossed_three': ['age', 'ids', 'tags'],
  'tags': ['tags'],
  'hashed_tags': ['tags'],
  'weighted': ['tags', 'tag_weights'],
}
NUMBERS = {
  'x': ['x'],
  'scaled': ['x'],
  'age': ['age'],
  'flat': ['seq'],
}
NO_INDICATOR = {'crossed_names'}
NETWORKS = ('DNN', 'Linear', 'DNNLinearCombined', 'Baseline', 'RNN')
SIZES = st.lists(st.integers(2, 6), min_size=1, max_size=3)
TEXTS = ('Adagrad', 'Adam', 'Ftrl', 'RMSProp', 'SGD')
DIVIDING = drawing.DIVIDING | {'Adam', 'RMSProp'}
WORDS_OF = {'binary': ['no', 'yes'], 'classes': ['low', 'middle', 'high']}


def _ids():
  return drawing.one_of(*CATEGORICAL)


@st.composite
def _deep(draw):
  """A dense column."""
  kind = draw(drawing.one_of('number', 'buckets', 'embedding', 'embedding'))
  if kind == 'number':
    return {'as': 'number', 'of': draw(drawing.one_of(*NUMBERS))}
  if kind == 'buckets':
    return {
      'as': 'plain',
      'of': draw(drawing.one_of('buckets', 'wide_buckets')),
    }
  of = draw(_ids())
  if draw(drawing.SELDOM) and of not in NO_INDICATOR:
    return {'as': 'indicator', 'of': of}
  return {
    'as': 'embedding',
    'of': of,
    'size': draw(st.integers(1, 4)),
    'combiner': draw(drawing.one_of('mean', 'sqrtn', 'sum')),
    'max_norm': draw(drawing.one_of(None, None, 0.5)),
    'trainable': not draw(drawing.SELDOM),
  }


@st.composite
def _wide(draw):
  """A column of a linear model."""
  if draw(drawing.SELDOM):
    return {'as': 'number', 'of': draw(drawing.one_of(*NUMBERS))}
  return {'as': 'plain', 'of': draw(_ids())}


def _columns(column):
  """No two with the same name, which follows from what they read."""
  return st.lists(
    column,
    min_size=1,
    max_size=4,
    unique_by=lambda c: (c['as'], *sorted(read_by([c]))),
  )


def read_by(columns):
  """The features that columns read."""
  reads = {**CATEGORICAL, **NUMBERS}
  return {name for column in columns for name in reads[column['of']]}


@st.composite
def _optimizer(draw, family, normal, mirrored):
  """How an optimizer is given: a name, an object, or a function."""
  how = draw(drawing.one_of('text', 'made', 'called'))
  names = TEXTS
  if how != 'text' and family == 'v2':
    names = drawing.KERAS_OPTIMIZERS
  elif how != 'text':
    # AdagradDA takes the step, which is in the graph.
    names = drawing.OPTIMIZERS[: -1 if mirrored or how == 'made' else None]
  name = draw(drawing.one_of(*names))
  if normal and name in DIVIDING:
    how, name = 'text', 'SGD'
  return {
    'how': how,
    'name': name,
    'schedule': draw(drawing.one_of(*drawing.SCHEDULES)),
  }


@st.composite
def canned(draw, v2_behavior=True, mirrored=False):
  """One of both families, over columns of its own."""
  case = draw(
    st.fixed_dictionaries(drawing.common('canned', v2_behavior, mirrored))
  )
  family = case['family'] = draw(drawing.one_of('v1', 'v2'))
  network = draw(drawing.one_of(*NETWORKS, *NETWORKS[:3]))
  if network == 'RNN':
    family = case['family'] = 'v2'
  if case['task'] in ('count', 'bits'):
    family = case['family'] = 'v2'  # the v1 family has no such heads
  wide, deep = draw(_columns(_wide())), draw(_columns(_deep()))
  if network == 'RNN':
    deep = deep[:2] if draw(drawing.FLAG) else []
  parts = {
    'DNN': deep,
    'Linear': wide,
    'DNNLinearCombined': [*wide, *deep],
    'RNN': [*deep, {'as': 'sequence', 'of': 'tags'}],
    'Baseline': [],
  }
  used = read_by(parts[network]) or {'x'}
  weight = draw(drawing.one_of(None, 'name', 'column'))
  features = sorted(
    used
    | ({'w'} if weight else set())
    | set(draw(drawing.some((*drawing.FEATURES, 'tags', 'tag_weights'), 3)))
  )
  normal = draw(drawing.SELDOM)
  optimizer = _optimizer(family, normal, mirrored)
  reductions = {
    'v1': ('weighted_sum', 'weighted_mean', 'weighted_sum_over_batch_size'),
    'v2': ('sum', 'sum_over_batch_size'),
  }[family]
  words = draw(drawing.FLAG) and case['task'] in WORDS_OF
  case.update(
    network=network,
    wide=wide,
    deep=deep,
    used=sorted(used),
    features=features,
    weight=weight,
    by_head=case['task'] in ('count', 'bits')
    or (family == 'v2' and draw(drawing.FLAG)),
    label_words=WORDS_OF[case['task']] if words else None,
    label_dtype=None
    if words or case['task'] not in WORDS_OF
    else draw(drawing.one_of(None, 'int32', 'float32'))
    if case['task'] == 'binary'
    else draw(drawing.one_of(None, 'int32')),
    reduction=draw(drawing.one_of(None, *reductions)),
    thresholds=draw(drawing.FLAG),
    sizes=draw(SIZES),
    activation=draw(drawing.one_of(*drawing.ACTIVATIONS)),
    batch_norm=normal,
    optimizers=[draw(optimizer), draw(optimizer)],
    sparse_combiner=draw(drawing.one_of('sum', 'mean', 'sqrtn')),
    cell=draw(drawing.one_of('basic', 'gru', 'lstm')),
    parts=draw(drawing.one_of(None, None, 2)),
    missing=draw(drawing.FLAG),
    sparse=draw(drawing.FLAG),
    added_metrics=draw(drawing.SELDOM),
    warm_start=draw(
      drawing.one_of(None, None, None, 'all', 'some', 'vocabulary')
    ),
  )
  _keep_possible(case)
  return case


def _keep_possible(case):
  """Leaves out what no Estimator of the kind takes."""
  network = case['network']
  if network in ('Baseline', 'RNN') or (
    network == 'DNNLinearCombined' and case['by_head']
  ):
    case['warm_start'] = None
  if network == 'DNNLinearCombined' and case['task'] == 'classes':
    case['parts'] = None  # of three biases, of which it writes a summary
  if network == 'Baseline' and not case.get('mirrored'):
    case['drop'] = False  # the reference predicts without end
  if case.get('mirrored') and case['by_head']:
    case['reduction'] = None  # the reference divides sums by the replicas
  for optimizer in case['optimizers']:
    # The reference uses an optimizer of Keras for one training.
    again = case['calls'].count('train') > 1
    if again and case['family'] == 'v2' and optimizer['how'] == 'made':
      optimizer['how'] = 'called'
