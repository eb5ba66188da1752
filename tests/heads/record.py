"""Records what the reference's heads give: REFERENCE_PYTHON record.py OUTPUT."""

import importlib
import json
import pathlib
import sys
import types

import tensorflow as tf

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from tests.heads import cases


def reference() -> cases.Library:
  """The heads of `tf.estimator`, public and private."""
  room = 'tensorflow_estimator.python.estimator'
  v1_heads = importlib.import_module(f'{room}.canned.head')
  sequential = importlib.import_module(f'{room}.head.sequential_head')
  heads = types.SimpleNamespace(
    **{k: getattr(tf.estimator, k) for k in dir(tf.estimator)},
    **{k.lstrip('_'): v for k, v in vars(v1_heads).items() if '_head' in k},
    SequentialHeadWrapper=sequential.SequentialHeadWrapper,
  )

  def session(graph: tf.Graph) -> tf.compat.v1.Session:
    return tf.compat.v1.Session(graph=graph)

  return cases.Library(heads, tf.keras.optimizers.legacy, session)


def main(output: str) -> None:
  """Writes a line of JSON for each case and mode."""
  library = reference()
  with pathlib.Path(output).open('w', encoding='utf-8') as lines:
    for mode in cases.MODES:
      lines.writelines(
        json.dumps([name, mode, seen]) + '\n'
        for name, seen in cases.observe_all(library, mode).items()
      )


if __name__ == '__main__':
  main(sys.argv[1])
