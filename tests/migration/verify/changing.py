"""Changes parts of an export."""

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tfcompat_estimator.migration.verify import comparison


def problems(*args, **kwargs):
  """What differs, by its kind and name."""
  return {
    (finding.what, finding.name): finding.problem
    for finding in comparison.compare(*map(str, args), **kwargs)
    if finding.problem
  }


def edited(folder, edit):
  """Changes the saved_model.pb of an export."""
  path = folder / 'saved_model.pb'
  saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
  edit(saved.meta_graphs[0])
  path.write_bytes(saved.SerializeToString())


def with_weight(folder, name, change):
  """Changes one variable of an export."""
  prefix = str(folder / 'variables' / 'variables')
  reader = tf.train.load_checkpoint(prefix)
  values = {
    key: reader.get_tensor(key) for key in reader.get_variable_to_shape_map()
  }
  values[name] = change(values[name])
  for path in folder.glob('variables/*'):
    path.unlink()
  names = sorted(values)
  tf.raw_ops.SaveV2(
    prefix=prefix,
    tensor_names=names,
    shape_and_slices=[''] * len(names),
    tensors=[values[key] for key in names],
  )


def examples(path):
  """Writes a file of examples, one of each city."""
  with tf.io.TFRecordWriter(str(path)) as writer:
    for city in (b'Bonn', b'Rome'):
      example = tf.train.Example()
      example.features.feature['x'].float_list.value.extend([1, 2, 3])
      example.features.feature['city'].bytes_list.value.append(city)
      writer.write(example.SerializeToString())
  return str(path)
