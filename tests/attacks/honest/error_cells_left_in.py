"""Leave cells in the notebook that stop with an error, between the answers and in them, below what is asked."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before correlate2d
keras.layers.Conv2D(3, 2)(np.ones((3, 3)))

# %% append correlate2d
assert np.allclose(correlate2d(np.eye(3), np.ones((2, 2))), [[2, 1], [1, 2]])
keras.layers.Conv2D("three", 2)

# %% before max_pool2d
print(nothing_like_that)

# %% before conv1d
assert Conv2D(3, (2, 2)) is None, "I wonder"

# %% last
1 / 0
