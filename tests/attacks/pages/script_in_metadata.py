"""Put scripts into ids, titles, languages and kernels of the notebook."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
CELL_IDS = {"rnn_step": "x\"><script>alert('pwned')</script>", "rnn_step_check": "x' onclick='alert(`pwned`)"}
METADATA = {"rnn_unroll_check": {"comment": "<script>alert('pwned')</script>", "checksum": "<script>alert('pwned')</script>"}}
NOTEBOOK = {
    "title": "</title><script>alert('pwned')</script>",
    "authors": [{"name": "<script>alert('pwned')</script>"}],
    "kernelspec": {"name": "../../pwned", "display_name": "<script>alert('pwned')</script>", "language": "bash"},
    "language_info": {"name": "x\"><script>alert('pwned')</script>", "file_extension": "/../pwned"},
    "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"</script><script>alert('pwned')</script>": {}}}},
}
