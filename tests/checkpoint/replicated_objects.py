"""Object-based checkpoints on two logical CPUs, in a process that has them."""

import os

import keras
import tensorflow as tf
import tf_keras

import tfcompat_estimator as tfe
from tests.checkpoint import object_models, small_model
from tfcompat_estimator import predictor
from tfcompat_estimator.keras_interop import convert

LIBRARIES = {'tf_keras': tf_keras, 'keras3': keras}


def strategy():
  return tf.distribute.MirroredStrategy(['/cpu:0', '/cpu:1'])


def scaffold(folder):
  """By net: a training with replicas in between, and one on a device."""
  seen = {}
  for net in object_models.NETS:
    both = f'{folder}/{net}/both'
    options = {'keep_checkpoint_max': 2}
    for steps, chosen in ((2, strategy()), (3, None), (4, strategy())):
      made = object_models.train(
        both, steps, {'net': net}, train_distribute=chosen, **options
      )
    export = made.export_saved_model(
      f'{folder}/{net}/export', object_models.receiver
    )
    kept = small_model.steps_on_disk(both)
    one = object_models.train(f'{folder}/{net}/one', 4, {'net': net})
    values = [small_model.values_of(each.model_dir) for each in (made, one)]
    latest = object_models.predicted(made)
    path = made.latest_checkpoint() + '.index'
    with open(path, 'r+b') as file:
      file.truncate(os.path.getsize(path) // 2)
    seen[net] = {
      'values': values,
      'kept': kept,
      'served': predictor.from_saved_model(export)({'x': object_models.X})['y'],
      'latest': latest,
      'damaged': made.evaluate(object_models.eval_input_fn)['global_step'],
    }
  return seen


def changed(folder):
  """From names to objects and back on replicas: values, and those of one device."""
  kinds = {'names': object_models.names, 'objects': object_models.objects}
  seen = {}
  for first, then in (('names', 'objects'), ('objects', 'names')):
    for steps, kind in ((2, first), (4, then)):
      made = object_models.train(
        f'{folder}/{then}/both',
        steps,
        {'saver': kinds[kind]},
        train_distribute=strategy(),
      )
    one = object_models.train(f'{folder}/{then}/one', 4, {'saver': kinds[then]})
    seen[then] = [small_model.values_of(each.model_dir) for each in (made, one)]
  return seen


def keras_models(folder):
  """By library and format: as `scaffold`, by `model_to_estimator`."""
  seen = {}
  for library, lib in LIBRARIES.items():
    for kind in ('saver', 'checkpoint'):
      made = [
        _trained(lib, f'{folder}/{library}/{kind}/{name}', kind, strategies)
        for name, strategies in {
          'both': (strategy(), None, strategy()),
          'one': (None, None, None),
        }.items()
      ]
      seen[f'{library} {kind}'] = [
        small_model.values_of(each.model_dir) for each in made
      ]
  return seen


def _trained(lib, folder, kind, strategies):
  layers = [
    lib.layers.Input((3,), name='x'),
    lib.layers.Dense(1, kernel_initializer='ones', name='d'),
    lib.layers.BatchNormalization(name='b'),
  ]
  model = lib.Sequential(layers)
  is_old = lib is tf_keras
  optimizers = tf_keras.optimizers.legacy if is_old else keras.optimizers
  model.compile(optimizers.SGD(0.1, momentum=0.9), 'mse', metrics=['mae'])
  for chosen in strategies:
    config = tfe.RunConfig(folder, train_distribute=chosen)
    made = convert.model_to_estimator_v2(
      model, config=config, checkpoint_format=kind
    )
    made.train(object_models.input_fn, steps=1)
  return made


def observe(folder):
  cpu = tf.config.list_physical_devices('CPU')[0]
  two = [tf.config.LogicalDeviceConfiguration()] * 2
  tf.config.set_logical_device_configuration(cpu, two)
  return {
    each.__name__: each(f'{folder}/{each.__name__}')
    for each in (scaffold, changed, keras_models)
  }
