"""Pytest plugin for `make coverage`: nbval kills its kernels, and with them the record of the lines they ran.

Here they are asked to end instead. Loaded with `-p gentle_kernels`.
"""

from nbval.kernel import RunningKernel


def stop(self) -> None:
    self.kc.shutdown()
    self.kc.stop_channels()
    self.km.shutdown_kernel()
    del self.km


RunningKernel.stop = stop
