"""Runs the programs of examples/legacy and records what the reference gives.

python -m tests.legacy_programs /path/to/python-with-tf-2.15 [PROGRAM ...]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
RECORDED = ROOT / 'tests' / 'goldens' / 'legacy_programs.json'
FORMS = {
  'alternating_gan': 'a GAN, its two optimizers alternated by hooks',
  'bert_like_finetune': 'TPUEstimator, attention, init_from_checkpoint, AdamW',
  'census_wide_deep': 'wide and deep, CSV, flags, a parsing receiver',
  'dynamic_rnn': 'disable_v2_behavior, dynamic_rnn, rnn_cell, numpy_input_fn',
  'early_stopping': 'early stopping and in-memory evaluation by hooks',
  'house_prices': 'train_and_evaluate with three exporters, add_metrics',
  'iris_premade': 'a premade DNNClassifier',
  'keras_to_estimator': 'model_to_estimator',
  'queue_regression': 'TF 1.15 style: queue input, tf.layers, batch norm',
  'rnn_sentiment': 'the premade RNN on sequences',
  'text_embedding_column': "a feature column of its own, as TF Hub's",
  'titanic_linear': 'a linear model on pandas data',
  'two_heads': 'a custom Estimator of two heads',
}


def run(program, *command):
  """What a program prints behind the word RESULT."""
  with tempfile.TemporaryDirectory() as folder:
    done = subprocess.run(
      [
        *command,
        os.fspath(ROOT / 'examples' / 'legacy' / f'{program}.py'),
        f'--model_dir={folder}/model',
      ],
      cwd=folder,
      stdin=subprocess.DEVNULL,
      capture_output=True,
      text=True,
      check=False,
      env={
        **os.environ,
        'PYTHONPATH': os.fspath(ROOT),
        'TF_CPP_MIN_LOG_LEVEL': '2',
        'CUDA_VISIBLE_DEVICES': '-1',
      },
    )
  assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
  (result,) = [
    line.removeprefix('RESULT ')
    for line in done.stdout.splitlines()
    if line.startswith('RESULT ')
  ]
  return json.loads(result)


def record(python, *programs):
  """Has the reference run the programs, and writes what they give."""
  found = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
  for program in programs or FORMS:
    found[program] = run(program, python)
    print(program, 'recorded')
  lines = (
    f'{json.dumps(name)}: {json.dumps(found[name])}' for name in sorted(FORMS)
  )
  RECORDED.write_text('{\n' + ',\n'.join(lines) + '\n}\n')


if __name__ == '__main__':
  record(*sys.argv[1:])
