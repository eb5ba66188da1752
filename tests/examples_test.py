"""Runs what `make demo` runs, with few steps, and checks its parts."""

import importlib.util
import json
import pathlib
import re
import subprocess
import sys

import pytest
import tensorflow as tf

from tests import fresh

ROOT = pathlib.Path(__file__).parents[1]
EXAMPLES = ROOT / 'examples'
LEGACY = sorted((EXAMPLES / 'legacy').glob('*.py'))
DEMO = [
  EXAMPLES / 'legacy' / f'{n}.py' for n in ('breast_cancer_dnn', 'digits_cnn')
]


def load_serve():
  spec = importlib.util.spec_from_file_location('serve', EXAMPLES / 'serve.py')
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


@pytest.mark.parametrize('path', LEGACY, ids=lambda path: path.stem)
def test_legacy_programs_do_not_know_us(path):
  """The programs are what people wrote: no word of this package."""
  text = path.read_text()

  assert 'tfcompat' not in text
  assert 'import tensorflow' in text
  assert 'estimator' in text


def test_demo_runs(tmp_path, monkeypatch):
  """Both programs train, resume and export; their exports are served."""
  monkeypatch.setenv('TMPDIR', str(tmp_path))

  done = fresh.run(EXAMPLES / 'demo.py', '--train_steps=20')

  assert done.returncode == 0, done.stdout + done.stderr
  for step in (20, 40):
    assert len(re.findall(rf'step {step}: accuracy', done.stdout)) == 2
  assert 'hook: 20 steps watched' in done.stdout
  assert 'checkpoints at steps [20, 30, 40]' in done.stdout
  assert done.stdout.count('predict() said') == 12
  assert 'All of it works' in done.stdout


def test_demo_fails_when_a_program_does(tmp_path, monkeypatch):
  """A program that raises ends the demo with its log and a bad status."""
  monkeypatch.setenv('TMPDIR', str(tmp_path))

  done = fresh.run(EXAMPLES / 'demo.py', '--train_steps=0')

  assert done.returncode != 0
  assert 'Must specify steps > 0, given: 0' in done.stderr


def test_serving_encodes_examples_as_tensorflow_does():
  """The hand-made encoder gives what tf.train.Example parses."""
  features = {
    'text': ['red', 'grün'],
    'numbers': [1.5, -2.0],
    'counts': [3, -1, 2**40],
  }

  parsed = tf.train.Example.FromString(load_serve().encode_example(features))

  feature = parsed.features.feature
  assert set(feature) == set(features)
  assert [v.decode() for v in feature['text'].bytes_list.value] == [
    'red',
    'grün',
  ]
  assert list(feature['numbers'].float_list.value) == features['numbers']
  assert list(feature['counts'].int64_list.value) == features['counts']


def test_serving_reads_signatures_as_tensorflow_does():
  """The hand-made reader finds the tensor names of a signature."""
  meta_graph = tf.compat.v1.MetaGraphDef()
  meta_graph.meta_info_def.tensorflow_version = 'x' * 300
  signature = meta_graph.signature_def['serving_default']
  signature.inputs['inputs'].name = 'examples:0'
  signature.outputs['scores'].name = 'softmax:0'
  signature.outputs['classes'].name = 'names:1'

  inputs, outputs = load_serve().parse_signature(
    meta_graph.SerializeToString(), 'serving_default'
  )

  assert inputs == {'inputs': 'examples:0'}
  assert outputs == {'scores': 'softmax:0', 'classes': 'names:1'}


def test_serving_names_the_signatures_there_are():
  """A missing signature ends the program with the names of the others."""
  meta_graph = tf.compat.v1.MetaGraphDef()
  meta_graph.signature_def['predict'].method_name = 'p'

  with pytest.raises(SystemExit, match="'classify'.*predict"):
    load_serve().parse_signature(meta_graph.SerializeToString(), 'classify')


@pytest.mark.parity
@pytest.mark.parametrize('path', DEMO, ids=lambda path: path.stem)
def test_programs_run_in_the_reference(path, reference, tmp_path):
  """The same text runs under TF 2.15, on from a directory that we wrote."""
  outputs = []
  for command in (
    [sys.executable, '-m', 'tfcompat_estimator'],
    [reference.python],
  ):
    done = subprocess.run(
      [*command, path, f'--model_dir={tmp_path}', '--train_steps=10'],
      cwd=ROOT,
      stdin=subprocess.DEVNULL,
      capture_output=True,
      text=True,
      check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs.append(done.stdout)

  assert 'step 20: accuracy' in outputs[0]
  assert 'step 40: accuracy' in outputs[1]
  assert len(json.loads((tmp_path / 'predictions.json').read_text())) == 6


@pytest.mark.cluster
def test_cluster_demo_runs(tmp_path, monkeypatch):
  """All tasks train although a worker is killed; nothing stays behind."""
  monkeypatch.setenv('TMPDIR', str(tmp_path))

  done = fresh.run(EXAMPLES / 'distributed' / 'launch.py', '--max_steps=1000')

  assert done.returncode == 0, done.stdout + done.stderr
  assert 'worker 1 was killed' in done.stdout
  for name in ('chief 0', 'worker 0', 'worker 1', 'ps 0', 'evaluator 0'):
    assert f'{name} |' in done.stdout
  assert len(re.findall('accuracy 0.9|accuracy 1.0', done.stdout)) == 2
  assert not list(tmp_path.iterdir())
