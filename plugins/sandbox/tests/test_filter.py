"""The filter of system calls, as the kernel gets it."""

import struct

import pytest

from dify_sandbox.local.inside.filter import program
from dify_sandbox.local.inside.syscalls import ARCHITECTURES, numbers


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_every_call_has_a_number_of_its_own(machine):
    table = numbers(machine)
    assert len(set(table.values())) == len(table) > 100
    assert {"read", "write", "mmap", "futex", "exit_group"} <= set(table)
    assert not {"socket", "connect", "ptrace", "mount", "unshare", "setns", "bpf", "clone3", "fork"} & set(table)


@pytest.mark.parametrize("node", [False, True])
@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_program_fits_into_the_kernel_and_ends_by_refusing(machine, node):
    steps = list(struct.iter_unpack("=HBBI", program(machine, node=node)))
    assert len(steps) < 4096
    assert steps[-1] == (0x06, 0, 0, 0x00050000 | 1)
    assert all(at + 1 + max(yes, no) < len(steps) for at, (_, yes, no, _) in enumerate(steps[:-1]))


def test_an_architecture_without_a_table_is_an_error():
    with pytest.raises(OSError, match="riscv64"):
        program("riscv64", node=False)
