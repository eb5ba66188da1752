"""Trains linear models by stochastic dual coordinate ascent (SDCA).

For each example there is a dual variable, kept in a hash table under the
example's id; a step improves those of a batch and moves the weights along. The
minimum of the sum of the examples' weighted losses + l1 |w| + l2/2 |w|^2 is
approached without a learning rate (the squared loss is halved):

    sdca = tf.estimator.experimental.LinearSDCA(
      example_id_column='example_id', symmetric_l2_regularization=2.0)
    tf.estimator.LinearClassifier(feature_columns, optimizer=sdca)

`sdca_optimizer` has the public class, `sdca_training` connects it to the linear
models; `sdca_examples` reads batches, `duals` is the table, `sdca_weights` what is
trained, `sdca_solver` makes the steps. The room is entered through `canned.linear`;
it may import what `canned` may.

S. Shalev-Shwartz and T. Zhang, Stochastic Dual Coordinate Ascent Methods for
Regularized Loss Minimization (2013); the l1 part: Accelerated Proximal
Stochastic Dual Coordinate Ascent for Regularized Loss Minimization (2014).
"""
