"""Products stay float32's own wherever they are computed, and torch's settings are as before afterwards."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.learning.processor import efficient_processor, limited_threads


@pytest.mark.parametrize("shape", [(1536, 128, 128), (8192, 64, 64), (3072, 3, 128), (128, 3072, 128)])
def test_products_are_as_exact_as_float32(shape):
    rows, inner, columns = shape
    generator = torch.Generator().manual_seed(1)
    left = torch.randn((rows, inner), generator=generator)
    right = torch.randn((inner, columns), generator=generator)
    exact = left.double() @ right.double()
    with efficient_processor():
        product = left @ right
    # Rounding a factor to bfloat16 moves it by up to 2^-9, to float32 by 2^-24.
    assert (product - exact).abs().max() < 2**-18 * exact.abs().max()


def test_settings_are_restored_when_the_last_of_several_threads_is_done():
    before = torch.backends.mkldnn.matmul.fp32_precision
    both_inside, first_has_left = Barrier(2, timeout=60), Barrier(2, timeout=60)

    def first() -> None:
        with efficient_processor():
            both_inside.wait()
        first_has_left.wait()

    def second() -> str:
        with efficient_processor():
            both_inside.wait()
            first_has_left.wait()
            return torch.backends.mkldnn.matmul.fp32_precision

    with ThreadPoolExecutor(2) as pool:
        _, within = pool.submit(first), pool.submit(second).result()
    with efficient_processor():
        alone = torch.backends.mkldnn.matmul.fp32_precision
    assert within == alone
    assert torch.backends.mkldnn.matmul.fp32_precision == before
    torch.get_float32_matmul_precision()  # Raises while torch's settings contradict one another.


def test_threads_are_limited_meanwhile():
    before = torch.get_num_threads()
    with limited_threads(1) as used:
        assert (used, torch.get_num_threads()) == (1, 1)
    assert torch.get_num_threads() == before
    with pytest.raises(NeuralShapesError, match="at least one thread"), limited_threads(0):
        pass
