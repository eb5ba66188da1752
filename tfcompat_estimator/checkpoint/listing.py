"""Lists the checkpoints of a directory, newest first."""

import os
import re
from typing import Any, NamedTuple

import tensorflow as tf

gfile = tf.io.gfile

# The copy that stands in while a checkpoint of the same step is written again.
STAND_IN = '.kept'
_INDEX = re.compile(r'(?P<prefix>.+-(?P<step>\d+)(?:\.kept)?)\.index')
# What `hooks/input_position.py` writes beside them.
_INPUT = re.compile(r'input(_\w+_\d+)?\.ckpt-')
_STEP = re.compile(r'-(\d+)(?:\.kept)?$')


class Listing(NamedTuple):
  """The checkpoints that a directory may have.

  Attributes:
    prefixes: Paths of checkpoints, the one to use first. Those that the state
      file names may be gone.
    recorded: Those that the state file lists, oldest first; None if there is no
      readable `checkpoint` state file.
  """

  prefixes: list[str]
  recorded: list[str] | None


def find(directory: str) -> Listing:
  """Lists what the `checkpoint` state file names and what lies beside it.

  The state file says which checkpoint is the latest: it is written last, and
  one may go back by editing it. All others follow by their step. Where it
  names checkpoints of another directory, and this one has them too, it was
  copied or moved: these are meant. Training would remove those as they get old.
  """
  state = _state(directory)
  on_disk = _on_disk(directory)
  if state is None:
    return Listing(_by_step(on_disk), None)
  here = {os.path.basename(path): path for path in on_disk}

  def meant(path: str) -> str:
    folder, name = os.path.split(path)
    if os.path.abspath(folder) == os.path.abspath(directory):
      return path
    return here.get(name, path)

  recorded = [meant(path) for path in state.all_model_checkpoint_paths]
  others = _by_step([*recorded, *on_disk])
  latest = meant(state.model_checkpoint_path)
  return Listing(list(dict.fromkeys([latest, *others])), recorded)


def step_of(prefix: str) -> int:
  """The step in the name of a checkpoint, -1 if there is none."""
  match = _STEP.search(prefix)
  return int(match.group(1)) if match else -1


def _by_step(prefixes: list[str]) -> list[str]:
  # The stand-in of a step comes after the checkpoint itself.
  return sorted(
    {*prefixes},
    key=lambda p: (step_of(p), not p.endswith(STAND_IN)),
    reverse=True,
  )


def _on_disk(directory: str) -> list[str]:
  """The checkpoints of the model, other than positions in its input."""
  try:
    names = gfile.listdir(directory)
  except tf.errors.NotFoundError:
    return []
  matches = [_INDEX.fullmatch(name) for name in names if not _INPUT.match(name)]
  return [os.path.join(directory, m['prefix']) for m in matches if m]


def _state(directory: str) -> Any:
  try:
    state = tf.train.get_checkpoint_state(directory)
  except (UnicodeDecodeError, ValueError):
    return None  # so garbled that it is no text
  if state is None or not state.model_checkpoint_path:
    return None
  return state
