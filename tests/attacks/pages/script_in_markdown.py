"""Put scripts into text cells: one's own, the written answer, and the given ones."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% replace output_or_state
<script>alert('pwned')</script>

<img src=x onerror="alert('pwned')"> [click](javascript:alert('pwned')) <svg/onload=alert('pwned')>

<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==" onclick="alert('pwned')">x</a>

<style>@import 'http://example.org/pwned.css';</style><form action="http://example.org/pwned"><button>

# %% markdown before rnn_step
<iframe src="javascript:alert('pwned')"></iframe><object data="data:text/html,<script>alert('pwned')</script>"></object>
<math><mtext></mtext><mglyph><style><img src=x onerror=alert('pwned')></style></mglyph></math>

# %% replace title
# <script>alert('pwned')</script>
