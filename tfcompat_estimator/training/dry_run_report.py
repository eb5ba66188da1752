"""Tells what a dry run has found."""

import dataclasses
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_MOST_VARIABLES = 20  # in the text
_UNITS = ('B', 'KiB', 'MiB', 'GiB', 'TiB')


@dataclasses.dataclass
class Report:
  """What a training would do, and what is wrong with it.

  Attributes:
    model_dir: Of the estimator; it was read only.
    features: By what an input is ('feature x', 'label'), the dtype and the shape
      of its first batch.
    variables: The shapes of all that a checkpoint would have, by name.
    seconds_per_step: How long the last step took; the first one has more to do.
    checkpoint_bytes: The size of a checkpoint.
    peak_memory_bytes: The most memory that the process has had; 0 where the
      system does not tell.
    resumes_from: The checkpoint that training would go on from, or None.
    metrics: Those of each evaluation, by the name of its EvalSpec.
    predictions: Dtypes and shapes of a batch of predictions, by key.
    would_write: What a training would write, in words.
    stages: What went well.
    problems: What is wrong, in words.
  """

  model_dir: str
  features: dict[str, tuple[str, tuple[int, ...]]] = dataclasses.field(
    default_factory=dict
  )
  variables: dict[str, list[int]] = dataclasses.field(default_factory=dict)
  seconds_per_step: float = 0.0
  checkpoint_bytes: int = 0
  peak_memory_bytes: int = 0
  resumes_from: str | None = None
  metrics: dict[str, Any] = dataclasses.field(default_factory=dict)
  predictions: dict[str, Any] = dataclasses.field(default_factory=dict)
  would_write: list[str] = dataclasses.field(default_factory=list)
  stages: list[str] = dataclasses.field(default_factory=list)
  problems: list[str] = dataclasses.field(default_factory=list)

  def note_writing(self, config: Any) -> None:
    """Notes what training itself would write, as a `RunConfig` says."""
    self.peak_memory_bytes = _peak_memory()
    kept = config.keep_checkpoint_max
    if config.save_checkpoints_steps:
      often = f'every {config.save_checkpoints_steps} steps'
    elif config.save_checkpoints_secs:
      often = f'every {config.save_checkpoints_secs} seconds'
    else:
      often = 'never'
    size = readable(self.checkpoint_bytes)
    keeps = f'the last {kept} stay' if kept else 'all stay'
    self.would_write.append(
      f'{self.model_dir}: a checkpoint of {size} {often} ({keeps})'
    )
    if config.save_summary_steps:
      self.would_write.append(
        f'{self.model_dir}: events every {config.save_summary_steps} steps'
      )

  def __str__(self) -> str:
    sections = [
      ('Features and labels of a batch', _specs(self.features)),
      ('Variables, optimizer and all', _variables(self.variables)),
      ('Predictions of a batch', _specs(self.predictions)),
      ('Costs', self._costs()),
      ('Would write', self.would_write),
      ('Went well', [', '.join(self.stages)] if self.stages else []),
      ('Wrong', self.problems or ['nothing']),
    ]
    return '\n'.join(
      f'{title}\n' + '\n'.join(f'  {line}' for line in lines)
      for title, lines in sections
      if lines
    )

  def _costs(self) -> list[str]:
    if not self.variables:
      return []
    lines = [f'a step takes {self.seconds_per_step:.3g} s on this machine']
    if self.peak_memory_bytes:
      lines.append(
        f'the process has had {readable(self.peak_memory_bytes)} of memory'
      )
    resumes = self.resumes_from or 'initial values'
    return [*lines, f'training would begin with {resumes}']


def differences(
  here: Mapping[str, Sequence[int]], stored: Mapping[str, Sequence[int]]
) -> list[str]:
  """What keeps a model from going on from a checkpoint.

  Args:
    here: The shapes of the model's variables, by name.
    stored: Those in the checkpoint.
  """
  missing = sorted(set(here) - set(stored))
  problems = [
    f'model_dir: its checkpoint has shape {list(stored[name])} for {name}, the '
    f'model has {list(shape)}. Build the model as it was, or give another model_dir.'
    for name, shape in sorted(here.items())
    if name in stored and list(stored[name]) != list(shape)
  ]
  if missing:
    names = ', '.join(missing[:4]) + (', ...' if missing[4:] else '')
    problems.append(
      f'model_dir: its checkpoint lacks {len(missing)} of the variables: {names}. '
      'Build the model (and its optimizer) as it was, or give another model_dir.'
    )
  return problems


def readable(size: float) -> str:
  """A number of bytes: 1.5 MiB."""
  power = min(int(math.log(max(size, 1), 1024)), len(_UNITS) - 1)
  return f'{size / 1024**power:.4g} {_UNITS[power]}'


def _specs(specs: Mapping[Any, tuple[str, Sequence[int]]]) -> list[str]:
  names = list(map(str, specs))  # those of a MultiHead are pairs
  width = max(map(len, names), default=0)
  return [
    f'{name:{width}}  {dtype} {list(shape)}'
    for name, (dtype, shape) in zip(names, specs.values(), strict=True)
  ]


def _variables(shapes: Mapping[str, Sequence[int]]) -> list[str]:
  sizes = {name: math.prod(shape) for name, shape in shapes.items()}
  largest = sorted(sizes, key=lambda name: -sizes[name])
  lines = [f'{name} {list(shapes[name])}' for name in largest[:_MOST_VARIABLES]]
  if largest[_MOST_VARIABLES:]:
    lines.append(f'and {len(largest) - _MOST_VARIABLES} smaller ones')
  total = f'{len(sizes)} of {sum(sizes.values()):,} numbers; the largest first:'
  return [total, *lines] if lines else []


def _peak_memory() -> int:
  try:
    import resource
  except ImportError:  # Windows
    return 0
  peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
  return peak if sys.platform == 'darwin' else peak * 1024
