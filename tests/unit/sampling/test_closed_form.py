"""The reader of formulas in the sampler parity files."""

import pytest
import torch

from tests.parity.closed_form import ClosedForm

X = torch.full((2, 1, 1, 1), 2.0)
T = torch.tensor([0.5, 0.5])
Y = torch.tensor([3, 207])


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("yy=y mod 7 (float32, broadcast); v=1.5*x*(1+0.5*yy)-t", [[7.0], [8.5]]),
        ("v(x,t,y) = 0.3*x + (y+1)/10, t in [0,1], 0 = noise; guided officially", [[1.0], [21.4]]),
        ("noise prediction eps = x*2 + t with t the float time (t_continuous - 0.001)*1000", [[4.5], [4.5]]),
        ("eps = x ; variance channels = 0.5*x + y ; t is the original timestep", [[2.0, 4.0], [2.0, 208.0]]),
        ("eps = x*t with t the integer; channels C..2C-1 = -x**2", [[1.0, -4.0], [1.0, -4.0]]),
        ("tt=t/1000 (float32); eps=x+tt; v=tanh(x-x); output=concat([eps,v],channel)", [[2.0005, 0.0], [2.0005, 0.0]]),
    ],
)
def test_formulas_are_read_from_text(formula, expected):
    assert torch.allclose(ClosedForm(formula)(X, T, Y).flatten(1), torch.tensor(expected))


@pytest.mark.parametrize(
    "formula", ["v=__import__('os')", "v=x.data", "v=1.5*x+sinh(t)", "eps=x*alpha; v=x", "no formula", "tt=t/1000"]
)
def test_anything_but_arithmetic_is_refused(formula):
    with pytest.raises(ValueError, match="formula"):
        ClosedForm(formula)
