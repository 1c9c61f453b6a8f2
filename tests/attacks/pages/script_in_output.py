"""Put scripts into outputs of every kind."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display

print("<script>alert('pwned')</script></pre></div><img src=x onerror=alert('pwned')>")
display(HTML("<script>alert('pwned')</script><img src=x onerror=\"alert('pwned')\">"))
display(HTML("<iframe srcdoc='<script>alert(`pwned`)</script>'></iframe><a href='javascript:alert(`pwned`)'>x</a>"))
display(Markdown("<script>alert('pwned')</script> [x](javascript:alert('pwned')) ![x](x\" onerror=\"alert('pwned'))"))
display(Javascript("alert('pwned')"))
display(Latex("$<script>alert('pwned')</script>$"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(`pwned`)'><script>alert('pwned')</script></svg>"))
display({"text/html": "<body onload=alert('pwned')>", "image/svg+xml": "<svg onload=alert('pwned')/>", "application/javascript": "alert('pwned')", "image/png": "x\" onerror=\"alert('pwned')", "text/latex": "</script><script>alert('pwned')</script>"}, raw=True)
