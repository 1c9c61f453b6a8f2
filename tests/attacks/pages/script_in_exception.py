"""Put scripts into the texts, types and lines of exceptions."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("error", 0), "rnn_unroll": ("error", 0)}

# %% before rnn_step
raise type("<img src=x onerror=alert('pwned')>", (Exception,), {})("<script>alert('pwned')</script>\x1b[2J\x1b]0;pwned\x07")

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    "<script>alert('pwned')</script>", 1 / 0  # </code><script>alert('pwned')</script>

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    raise type("X\"><img src=x onerror=alert('pwned')>", (Exception,), {})("</pre><script>alert('pwned')</script>{{7*7}}")
