"""Use IPython's magics and the shell."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
%matplotlib inline
%config InlineBackend.figure_format = "retina"
%load_ext autoreload
%autoreload 2
!ls
files = !ls -la
print(len(files))
np.tanh?

# %% before rnn_unroll
%%time
x_t, h, W, U, b = (np.ones(shape, "float32") for shape in ((2, 3), (2, 4), (3, 4), (4, 4), (4,)))
rnn_step(x_t, h, W, U, b)

# %% before simple_rnn_cell
%timeit -n 10 -r 1 rnn_step(x_t, h, W, U, b)
%who
%pip --version
