"""Low-rank adaptation of a kernel (Hu et al., *LoRA: Low-rank adaptation of large language models*, 2022)::

    k = k0 + (α / r) A B

The kernel k0 is frozen; A (*window, channels, r) and B (r, filters) are trained. B starts from zeros, so that nothing
changes at first.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import initializers, ops

Tensor = Any


class LowRankAdapted(keras.layers.Layer):
    """What a layer with a ``_kernel`` needs to have it adapted, as Keras's layers have it.

    Saved is the sum, so that a file can be read by a layer that is not adapted.
    """

    _kernel: Any
    bias: Any
    kernel_constraint: Any
    kernel_regularizer: Any

    def prepare_lora(self, rank: int | None, alpha: float | None) -> None:
        """Take the arguments of a constructor."""
        self.lora_rank: Any = rank
        self.lora_alpha: Any = rank if alpha is None else alpha
        self.lora_enabled = False

    @property
    def kernel(self) -> Tensor:
        """The kernel that is used: (*window, channels // groups, filters)."""
        if not self.built and not hasattr(self, "_kernel"):
            raise AttributeError("You must build the layer before accessing `kernel`.")
        if not self.lora_enabled:
            return self._kernel
        change = ops.matmul(self.lora_kernel_a, self.lora_kernel_b)  # (*window, channels // groups, filters)
        return ops.cast(self._kernel + (self.lora_alpha / self.lora_rank) * change, self.compute_dtype)

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Freeze the kernel and train its low-rank change instead.

        Args:
            rank: r, the width of the change.
            lora_alpha: α; None for the rank.
            a_initializer: of A.
            b_initializer: of B.

        Raises:
            ValueError: under a constraint of the kernel, before the layer is built, or a second time.
        """
        if self.kernel_constraint:
            raise ValueError(
                "Lora is incompatible with kernel constraints. In order to enable lora on this layer, remove the "
                "`kernel_constraint` argument."
            )
        if not self.built:
            raise ValueError("Cannot enable lora on a layer that isn't yet built.")
        if self.lora_enabled:
            raise ValueError("lora is already enabled. This can only be done once per layer.")
        self._tracker.unlock()  # a layer that is built takes no more weights otherwise
        shapes = {"a": (*self._kernel.shape[:-1], rank), "b": (rank, self._kernel.shape[-1])}
        made = {
            name: self.add_weight(
                name=f"lora_kernel_{name}",
                shape=shapes[name],
                initializer=initializers.get(initializer),
                dtype="float32",  # half precision would lose small changes
                regularizer=self.kernel_regularizer,
            )
            for name, initializer in (("a", a_initializer), ("b", b_initializer))
        }
        self.lora_kernel_a, self.lora_kernel_b = made["a"], made["b"]
        self._kernel.trainable = False
        self._tracker.lock()
        self.prepare_lora(rank, lora_alpha)
        self.lora_enabled = True

    def lora_config(self) -> dict[str, Any]:
        """The entries of ``get_config`` where the kernel is adapted."""
        return {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha} if self.lora_rank else {}

    def save_own_variables(self, store: Any) -> None:
        """The adapted kernel, and the bias."""
        if not self.lora_enabled:
            super().save_own_variables(store)
            return
        store["0"] = ops.convert_to_numpy(self.kernel)
        if self.bias is not None:
            store["1"] = self.bias

    def load_own_variables(self, store: Any) -> None:
        """A kernel, which needs no change any more, and the bias."""
        if not self.lora_enabled:
            super().load_own_variables(store)
            return
        own = [self._kernel] if self.bias is None else [self._kernel, self.bias]
        for place, variable in enumerate(own):
            variable.assign(store[str(place)])
        for change in (self.lora_kernel_a, self.lora_kernel_b):
            change.assign(ops.zeros(change.shape))
