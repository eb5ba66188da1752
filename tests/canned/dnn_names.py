"""Has the names of variables that TensorFlow 2.15 gives deep networks."""


def variables(column):
  """Those of one hidden layer with batch normalization, and an embedding."""
  return [
    f'input_from_feature_columns/input_layer/{column}_embedding/embedding_weights',
    'hiddenlayer_0/kernel',
    'hiddenlayer_0/bias',
    'hiddenlayer_0/batchnorm_0/gamma',
    'hiddenlayer_0/batchnorm_0/beta',
    'hiddenlayer_0/batchnorm_0/moving_mean',
    'hiddenlayer_0/batchnorm_0/moving_variance',
    'logits/kernel',
    'logits/bias',
  ]
