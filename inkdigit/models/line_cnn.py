"""`line-cnn`: reads a whole number at once, without cutting it into digits first.

Convolutions look at a strip of any width and say, for every four of its columns, which sign ends
there, or none: connectionist temporal classification (Graves et al. 2006) finds the text.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

SYMBOLS = "0123456789.,-/?"  # after the blank, which is output 0
STRIDE = 4  # columns of the strip for one step of the output


class Block(nn.Module):
    """A convolution with batch norm; its input is added where the shapes agree.

    Args:
        inputs: channels.
        outputs: filters.
        kernel: rows and columns.
        stride: of the convolution.
        padded: as many rows and columns come out as go in, with a stride of 1.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: tuple[int, int] = (3, 3),
        *,
        stride: int = 1,
        padded: bool = True,
    ) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2) if padded else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, height, width) to (N, outputs, …)."""
        y = self.norm(self.conv(x))
        return relu(x + y if x.shape == y.shape else y)


class LineCNN(nn.Module):
    """Six convolutions over the picture, one down its columns, two along the line.

    Args:
        height: of a strip in pixels, a multiple of 8.
        width: filters of the first convolution; the others have up to eight times as many.
    """

    def __init__(self, height: int = 32, width: int = 16) -> None:
        super().__init__()
        w = width
        self.block1 = Block(1, w, (5, 5), stride=2)
        self.block2 = Block(w, 2 * w)
        self.block3 = Block(2 * w, 4 * w)
        self.block4 = Block(4 * w, 4 * w)
        self.block5 = Block(4 * w, 6 * w)
        self.block6 = Block(6 * w, 6 * w)
        self.column7 = Block(6 * w, 8 * w, (height // 8, 1), padded=False)
        self.along8 = Block(8 * w, 8 * w, (1, 5))
        self.along9 = Block(8 * w, 8 * w, (1, 5))
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(8 * w, 1 + len(SYMBOLS))

    def forward(self, strips: Tensor) -> Tensor:
        """Map (N, 1, 32, width) raw pixels to (N, width / 4, symbols + 1) logits."""
        x = strips.float() / 255
        x = self.block1(x)  # (N, 16, 16, width / 2)
        x = max_pool2d(self.block2(x), 2)  # (N, 32, 8, width / 4)
        x = self.block4(self.block3(x))  # (N, 64, 8, width / 4)
        x = max_pool2d(x, (2, 1))  # (N, 64, 4, width / 4)
        x = self.block6(self.block5(x))  # (N, 96, 4, width / 4)
        x = self.column7(x)  # (N, 128, 1, width / 4)
        x = self.along9(self.along8(x)).squeeze(2)
        logits: Tensor = self.fc(self.drop(torch.transpose(x, 1, 2)))
        return logits
