"""Loads compiled Keras models from files."""

import json
import os
import zipfile
from typing import Any

import h5py
import tensorflow as tf
import tf_keras

logging = tf.compat.v1.logging


def load(
  path: str, model_dir: str, custom_objects: dict[str, Any] | None
) -> Any:
  """The model in the file, of the Keras that wrote it.

  Args:
    path: The file, or an address in Google Cloud Storage.
    model_dir: A file from there is copied to `keras/keras_model.h5` in it.
    custom_objects: The user's classes and functions by name.

  Raises:
    OSError: There is no such file.
    TypeError: It is in Google Cloud Storage, whose client is not installed.
    ValueError: It cannot be got from there.
  """
  if path.startswith('gs://') or 'storage.googleapis.com' in path:
    path = _download(path, model_dir)
  logging.info('Loading models from %s', path)
  if _is_of_keras3(path):
    import keras

    return keras.models.load_model(path, custom_objects=custom_objects)
  return tf_keras.models.load_model(path, custom_objects=custom_objects)


def _is_of_keras3(path: str) -> bool:
  """Whether it is a file that Keras 3 wrote: an archive, or HDF5."""
  if not os.path.isfile(path):
    return False
  if h5py.is_hdf5(path):
    with h5py.File(path) as file:
      return str(file.attrs.get('keras_version', '')).startswith('3')
  if not zipfile.is_zipfile(path):
    return False
  with zipfile.ZipFile(path) as archive:
    if 'metadata.json' not in archive.namelist():
      return False
    metadata = json.loads(archive.read('metadata.json'))
  return metadata.get('keras_version', '').startswith('3')


def _download(address: str, model_dir: str) -> str:
  try:
    from google.cloud import storage
  except ImportError as error:
    raise TypeError(
      'Could not save model to Google cloud storage; please install '
      '`google-cloud-storage` via `pip install google-cloud-storage`.'
    ) from error
  rest, blob = os.path.split(address)
  bucket = os.path.basename(rest)
  directory = os.path.join(model_dir, 'keras')
  tf.io.gfile.makedirs(directory)
  path = os.path.join(directory, 'keras_model.h5')
  try:
    client = storage.Client()
    client.get_bucket(bucket).blob(blob).download_to_filename(path)
  except Exception as error:
    raise ValueError(
      f'Failed to download keras model {address}, please check environment '
      'variable GOOGLE_APPLICATION_CREDENTIALS and that the model path is '
      'storage.googleapis.com/{bucket}/{object}.'
    ) from error
  logging.info('Saving model to %s', path)
  return path
