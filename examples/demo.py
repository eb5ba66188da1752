"""Runs two legacy Estimator programs, unmodified, and serves what they export.

    make demo

Each program of examples/legacy trains, resumes, evaluates, predicts and exports
in a process of its own, started by `python -m tfcompat_estimator`; then another
process, which has neither this package nor TensorFlow's Python side, classifies
tf.Examples with the export (serve.py). The demo fails if a process does, if the
accuracy is poor or if served and predicted values differ.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = {
  # program: (what it is, what its examples are, accuracy to reach)
  'breast_cancer_dnn.py': (
    'a DNNClassifier over numeric, bucketized, embedded and crossed columns',
    'patient',
    0.93,
  ),
  'digits_cnn.py': (
    'a model_fn of its own: tf.compat.v1 layers, summaries, a session hook',
    'image',
    0.93,
  ),
}
TOLERANCE = 1e-5  # of a probability; predict and serve may batch differently


def run(command, log):
  """Runs a command, its stderr into the file `log`; returns its stdout."""
  env = {**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '2'}
  with open(log, 'w') as stderr:
    done = subprocess.run(
      [os.fspath(part) for part in command],
      stdout=subprocess.PIPE,
      stderr=stderr,
      text=True,
      env=env,
      check=False,
    )
  if done.returncode:
    tail = pathlib.Path(log).read_text()[-4000:]
    raise SystemExit(
      f'{done.stdout}{tail}\nFAILED ({done.returncode}): '
      f'{" ".join(map(str, command))}\nWhole log: {log}'
    )
  return done.stdout


def show_training(runner, program, model_dir, steps, accuracy_to_reach):
  """Runs a legacy program and shows what it printed."""
  command = [*runner, HERE / 'legacy' / program, f'--model_dir={model_dir}']
  if steps is not None:
    command.append(f'--train_steps={steps}')
  start = time.monotonic()
  printed = run(command, f'{model_dir}.log')
  for line in printed.splitlines():
    print(f'   {line}')
  print(f'   ({time.monotonic() - start:.0f} s; log: {model_dir}.log)')
  resumed = re.findall(r'^step (\d+): accuracy ([\d.]+)', printed, re.MULTILINE)
  (first, _), (second, accuracy) = resumed
  if int(second) != 2 * int(first):
    raise SystemExit(f'FAILED: did not resume at step {first}.')
  if steps is None and float(accuracy) < accuracy_to_reach:
    raise SystemExit(f'FAILED: accuracy {accuracy} < {accuracy_to_reach}.')


def show_serving(model_dir, noun):
  """Classifies the predicted examples with the export, and compares."""
  (export_dir,) = (model_dir / 'export').iterdir()
  predictions = model_dir / 'predictions.json'
  expected = json.loads(predictions.read_text())
  log = pathlib.Path(f'{model_dir}.serve.log')
  command = [sys.executable, HERE / 'serve.py', export_dir, predictions]
  served = [json.loads(line) for line in run(command, log).splitlines()]
  print(f'   {log.read_text().splitlines()[-1]}')
  worst = 0.0
  for i, (got, want) in enumerate(zip(served, expected, strict=True)):
    score = max(want['probabilities'])
    print(
      f'   {noun} {i}: {got["class"]:<9} {got["score"]:.6f}'
      f'   predict() said {want["class"]:<9} {score:.6f}'
    )
    if got['class'] != want['class']:
      raise SystemExit('FAILED: served and predicted classes differ.')
    worst = max(worst, abs(got['score'] - score))
  print(f'   largest difference {worst:.1e}')
  if worst > TOLERANCE:
    raise SystemExit(f'FAILED: served scores differ by over {TOLERANCE}.')


TF1 = HERE / 'legacy' / 'tensorflow_1'


def show_tensorflow_1(runner, folder):
  """Goes on with a program of TensorFlow 1, at the step that 1.15 had reached."""
  model_dir = folder / 'tagger'
  shutil.copytree(TF1 / 'model_of_1_15', model_dir)
  printed = run(
    [*runner, '--tf1', TF1 / 'tagger.py', f'--model_dir={model_dir}'],
    folder / 'tagger.log',
  )
  expected = (TF1 / 'what_1_15_said.txt').read_text()
  for line, said in zip(
    printed.splitlines(), expected.splitlines(), strict=True
  ):
    print(f'   {line}')
    print(f'   1.15: {said}')
    numbers = [re.findall(r'\d+\.\d+', each) for each in (line, said)]
    for got, want in zip(*numbers, strict=True):
      if abs(float(got) - float(want)) > 1e-3:
        raise SystemExit('FAILED: TensorFlow 1.15 got other numbers.')


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument(
    '--train_steps', type=int, help="instead of each program's own"
  )
  parser.add_argument(
    '--reference_python',
    help='an interpreter with TensorFlow 2.15: runs the same programs there,'
    ' with the tf.estimator of that time',
  )
  args = parser.parse_args()

  if args.reference_python:
    runner = [args.reference_python]
    print(f'The real tf.estimator of {args.reference_python}')
  else:
    import tfcompat_estimator

    runner = [sys.executable, '-m', 'tfcompat_estimator']
    print(
      f'tfcompat_estimator {tfcompat_estimator.__version__},'
      f' TensorFlow {importlib.metadata.version("tensorflow")},'
      f' Python {platform.python_version()}'
    )
  work = pathlib.Path(tempfile.mkdtemp(prefix='tfcompat_demo_'))
  start = time.monotonic()
  for program, (summary, noun, accuracy) in PROGRAMS.items():
    print(f'\n{program}: {summary}')
    module = '' if args.reference_python else '-m tfcompat_estimator '
    print(f'   $ python {module}examples/legacy/{program} --model_dir ...')
    model_dir = work / pathlib.Path(program).stem
    show_training(runner, program, model_dir, args.train_steps, accuracy)
    show_serving(model_dir, noun)
  if not args.reference_python:
    print('\ntensorflow_1/tagger.py: tf.contrib, from a checkpoint of 1.15')
    print(
      '   $ python -m tfcompat_estimator --tf1 .../tagger.py --model_dir ...'
    )
    show_tensorflow_1(runner, work)
  print(f'\nAll of it works, in {time.monotonic() - start:.0f} s.')


if __name__ == '__main__':
  main()
