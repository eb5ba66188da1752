"""Runs programs that were written for TPUEstimator, on CPUs and GPUs.

    TPUEstimator(model_fn, use_tpu=False, train_batch_size=32,
                 config=RunConfig(tpu_config=TPUConfig(iterations_per_loop=100)))

What such programs rely on is kept: batch sizes in `params`, `TPUEstimatorSpec`
with metrics and host calls over lists of tensors, the settings. What only a TPU
can do is refused, with the way out. May import all rooms of the core but `canned` and
`keras_interop`.
"""
