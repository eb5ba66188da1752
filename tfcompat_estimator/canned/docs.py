"""Writes the documentation of arguments that many constructors share."""

import inspect
import textwrap
from collections.abc import Callable, Iterable
from typing import TypeVar

from tfcompat_estimator.records import argument_docs

_Class = TypeVar('_Class', bound=type)

_ARGUMENTS = {
  'activation_fn': (
    'What hidden layers apply to their sums: a function, the name of an '
    'activation of tf_keras, or None. Default: `tf.nn.relu`.'
  ),
  'batch_norm': (
    'Whether to normalize the outputs of hidden layers over the batch, after '
    'dropout. Default: False.'
  ),
  'config': 'A `RunConfig`. Default: `RunConfig()`.',
  'dropout': (
    'The probability with which outputs of hidden layers are dropped in '
    'training, 0 to 1. Default: None, no dropout.'
  ),
  'feature_columns': ('An iterable of feature columns, each of another name.'),
  'head': (
    'A head, such as `tf.estimator.BinaryClassHead()`: what the logits predict.'
  ),
  'hidden_units': (
    'The sizes of the hidden layers, positive integers: `[64, 32]` is a first '
    'layer of 64 units and a second one of 32.'
  ),
  'input_layer_partitioner': (
    'A partitioner of `tf.compat.v1` for the variables of feature columns. '
    'Default: variables of 64 MiB and more are split among parameter servers.'
  ),
  'label_dimension': (
    'The number of values to predict for an example, the last axis of labels. '
    'Default: 1.'
  ),
  'label_vocabulary': (
    'A list or tuple of strings: the values of labels, in the order of class '
    'ids. Default: None, labels are integers from 0 to `n_classes` - 1.'
  ),
  'loss_reduction': (
    'What becomes of the weighted losses of a batch: a `{reductions}` other '
    'than NONE. Default: `{loss_reduction}`.'
  ),
  'model_dir': (
    'The directory of checkpoints and events; what it holds is continued. '
    'Default: that of `config`, or a new temporary one.'
  ),
  'n_classes': 'The number of classes, at least 2. Default: 2.',
  'optimizer': (
    "The optimizer: 'Adagrad', 'Adam', 'Ftrl', 'RMSProp' or 'SGD', {optimizer}, "
    'or a class or function that makes one of no arguments, which may use the '
    "global step. Default: '{default}'."
  ),
  'partitioner': (
    'A partitioner of `tf.compat.v1` for the variables. Default: those of 64 '
    'MiB and more are split among parameter servers.'
  ),
  'sparse_combiner': (
    "What becomes of several ids of an example in a column: 'sum', 'mean' or "
    "'sqrtn', the sum divided by the root of the squared weights' sum. "
    "Default: 'sum'."
  ),
  'warm_start_from': (
    'Where first values of variables come from: the path of a checkpoint, a '
    'SavedModel or a `WarmStartSettings`. Default: None.'
  ),
  'weight_column': (
    "A feature's name, or a numeric column: weights of examples, by which "
    'losses and metrics are multiplied. Default: None, all are 1.'
  ),
}

_FAMILIES = {
  'v1': {
    'reductions': 'tf.compat.v1.losses.Reduction',
    'loss_reduction': 'SUM',
    'optimizer': 'a `tf.compat.v1.train.Optimizer`',
  },
  'v2': {
    'reductions': 'tf.losses.Reduction',
    'loss_reduction': 'SUM_OVER_BATCH_SIZE',
    'optimizer': (
      'an optimizer of tf_keras, old or new style, or of Keras 3 (it is copied '
      'for each training)'
    ),
  },
}

_RAISES = (
  'TypeError: The weight column is neither a name nor a numeric column.\n'
  'ValueError: Another argument is not as described. Optimizers, sizes of '
  'layers and most of what feature columns are is found wrong only when the '
  'model is built, as in `train`.'
)

# By an argument's name: what is special about v1 forms that have it.
_V1_FACTS = {
  'loss_reduction': (
    'its loss is a sum over the batch by default, its metrics are those of '
    '`tf.compat.v1.metrics`'
  ),
  'optimizer': 'its optimizers are those of `tf.compat.v1.train`',
  'dnn_optimizer': 'its optimizers are those of `tf.compat.v1.train`',
  'partitioner': 'large variables can be partitioned',
  'input_layer_partitioner': 'large variables can be partitioned',
}

# Arguments of combined models that mean what those of one network mean.
_ALIASES = {
  f'{network}_{name}': name
  for network in ('dnn', 'linear')
  for name in (
    'activation_fn',
    'dropout',
    'feature_columns',
    'hidden_units',
    'optimizer',
    'sparse_combiner',
  )
}
_NETWORKS = {'dnn': 'deep network', 'linear': 'linear model'}


def describe(family: str) -> Callable[[_Class], _Class]:
  """A class decorator: documents the family and the constructor's arguments.

  Args:
    family: 'v1' or 'v2'.
  """

  def decorate(cls: _Class) -> _Class:
    constructor = cls.__init__  # type: ignore[misc]
    parameters = list(inspect.signature(constructor).parameters.values())[1:]
    constructor.__doc__ = _of_arguments(parameters, family)
    if family == 'v1':
      names = {parameter.name for parameter in parameters}
      text = f'{inspect.getdoc(cls)}\n\n{_of_v1(names)}'
      cls.__doc__ = textwrap.indent(text, '  ').lstrip()
    return cls

  return decorate


def _of_arguments(parameters: Iterable[inspect.Parameter], family: str) -> str:
  texts = {each.name: _text(each, _FAMILIES[family]) for each in parameters}
  return argument_docs.completed(
    'Makes the estimator; nothing runs or is written yet.',
    texts,
    {**texts, 'Raises': _RAISES},
  )


def _of_v1(arguments: set[str]) -> str:
  """What is special about the v1 form of an Estimator of these arguments."""
  facts = [text for name, text in _V1_FACTS.items() if name in arguments]
  if len(facts) > 1:
    facts[-1] = f'and {facts[-1]}'
  return textwrap.fill(
    f'The form of `tf.compat.v1.estimator`: {", ".join(facts)}.', 78
  )


def _text(parameter: inspect.Parameter, words: dict[str, str]) -> str:
  name = parameter.name
  text = _ARGUMENTS[_ALIASES.get(name, name)]
  text = text.format(default=parameter.default, **words)
  if parameter.default is None and 'Default:' not in text:
    text += ' Default: None, this network is left out.'
  if name in _ALIASES:
    return f'For the {_NETWORKS[name.split("_")[0]]}: {_uncapitalized(text)}'
  return text


def _uncapitalized(text: str) -> str:
  return text[0].lower() + text[1:]
