"""Runs many steps in one call, where nobody can tell the difference.

`fused_steps` runs the training and evaluation steps that no hook looks at in a loop
inside TensorFlow: `hook_schedule` knows when each hook looks, and `hook_protocol` is
what hooks may say. `prefetch` computes predictions before they are asked for, where
`side_effects` allows it. Both have their `loops` built when `warm_up` says so, at the
pace that is handed in (`paces`). May import all other rooms of the engine, but not
`distribution`, which imports it.
"""
