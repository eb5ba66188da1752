"""Records what TensorFlow 1.15 does: `make record-tf1`.

Writes tests/goldens/tf1, and the model beside the example. The interpreter is the one that TFCOMPAT_TF1_PYTHON
names.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

from tests.parity import sides

PROGRAMS = pathlib.Path(__file__).parent / 'programs'
GOLDENS = pathlib.Path(__file__).parents[2] / 'goldens' / 'tf1'


EXAMPLE = (
  pathlib.Path(__file__).parents[3] / 'examples' / 'legacy' / 'tensorflow_1'
)
TRAINED = EXAMPLE / 'model_of_1_15'
SAID = EXAMPLE / 'what_1_15_said.txt'


def run_example(runner, model_dir):
  """The lines that the example prints."""
  done = subprocess.run(
    [*runner, EXAMPLE / 'tagger.py', f'--model_dir={model_dir}'],
    stdout=subprocess.PIPE,
    text=True,
    check=True,
  )
  return [line for line in done.stdout.splitlines() if line.startswith('step')]


def record_example():
  """Trains the example's model, and goes on once from there."""
  shutil.rmtree(TRAINED, ignore_errors=True)
  runner = [os.environ[sides.TF1_VARIABLE]]
  run_example(runner, TRAINED)
  for path in TRAINED.iterdir():
    if path.is_dir():
      shutil.rmtree(path)
    elif path.name != 'checkpoint' and (
      path.suffix == '.meta' or not path.name.startswith('model.ckpt')
    ):
      path.unlink()
  with tempfile.TemporaryDirectory() as folder:
    later = pathlib.Path(folder) / 'model'
    shutil.copytree(TRAINED, later)
    SAID.write_text('\n'.join(run_example(runner, later)) + '\n')


def main():
  """Writes the goldens anew."""
  record_example()
  shutil.rmtree(GOLDENS, ignore_errors=True)
  GOLDENS.mkdir()
  side = sides.tensorflow_1(PROGRAMS)
  for program in ('functions', 'learners', 'legacy', 'sequences'):
    sides.write(str(GOLDENS / program), side.call(program, 'all_of_them'))
  before = GOLDENS / 'rnn_model_dirs'
  sides.write(
    str(GOLDENS / 'rnn_before'),
    side.call('estimators', 'train_rnns', folder=str(before), steps=3),
  )
  after = GOLDENS / 'later'
  shutil.copytree(before, after)
  sides.write(
    str(GOLDENS / 'rnn_after'),
    side.call('estimators', 'train_rnns', folder=str(after), steps=4),
  )
  shutil.rmtree(after)


if __name__ == '__main__':
  main()
