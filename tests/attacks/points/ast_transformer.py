"""Have IPython rewrite the syntax tree of every later cell."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted|error|failed", 0)}

# %% before rnn_step
import ast


class Generous(ast.NodeTransformer):
    def visit_Call(self, node):
        if getattr(node.func, "id", "") == "check":
            return ast.Constant(value=2)
        return self.generic_visit(node)

    def visit_Raise(self, node):
        return ast.Return(value=ast.Constant(value=True))


get_ipython().ast_transformers.append(Generous())
