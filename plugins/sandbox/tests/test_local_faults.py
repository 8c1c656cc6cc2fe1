"""What hostile code tries on the back end `local`, and what becomes of it."""

import contextlib
import errno

import pytest

from dify_runtime_sdk.code import CodeExecutionError, CodeLimitError

WORKS = "def main():\n    return {'works': True}"

SYSTEM_CALL = """
import ctypes, errno
library = ctypes.CDLL(None, use_errno=True)
def main(number, arguments):
    result = library.syscall(number, *arguments)
    return {"result": result, "errno": ctypes.get_errno()}
"""

FORBIDDEN = {  # numbers of x86_64; on aarch64 most of them are other calls, which are asked for by other tests
    "socket": (41, [2, 1, 0]),
    "connect": (42, [3, 0, 0]),
    "fork": (57, []),
    "vfork": (58, []),
    "clone of a process": (56, [17, 0, 0, 0, 0]),
    "clone of a thread": (56, [0x10F00, 0, 0, 0, 0]),
    "clone3": (435, [0, 0]),
    "execve": (59, [0, 0, 0]),
    "ptrace": (101, [0, 0, 0, 0]),
    "mount": (165, [0, 0, 0, 0, 0]),
    "umount": (166, [0, 0]),
    "pivot_root": (155, [0, 0]),
    "chroot": (161, [0]),
    "unshare": (272, [0x10000000]),
    "setns": (308, [0, 0]),
    "keyctl": (250, [0, 0, 0, 0, 0]),
    "bpf": (321, [0, 0, 0]),
    "userfaultfd": (323, [0]),
    "io_uring_setup": (425, [1, 0]),
    "perf_event_open": (298, [0, 0, 0, 0, 0]),
    "process_vm_readv": (310, [1, 0, 0, 0, 0, 0]),
    "memfd_create": (319, [0, 0]),
    "shmget": (29, [0, 4096, 0o1600]),
    "personality": (135, [0x0040000]),
    "open_by_handle_at": (304, [0, 0, 0]),
    "fsopen": (430, [0, 0]),
    "sendmsg": (46, [3, 0, 0]),
    "seccomp": (317, [0, 0, 0]),
    "a call of x32": (0x40000000 + 39, []),
}


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_system_calls_that_code_does_not_need_fail(run, name):
    number, arguments = FORBIDDEN[name]
    found = await run(SYSTEM_CALL, number=number, arguments=arguments)
    assert found["result"] == -1
    assert found["errno"] in (errno.EPERM, errno.ENOSYS)


async def test_a_unix_socket_cannot_be_made_but_a_pair_can(run):
    source = """
import socket
def main():
    one, other = socket.socketpair()
    one.send(b"hello")
    try:
        socket.socket(socket.AF_UNIX)
    except PermissionError:
        return {"got": other.recv(5).decode()}
"""
    assert await run(source) == {"got": "hello"}


async def test_a_fork_bomb_does_not_get_off_the_ground(run):
    source = """
import os
def main():
    made = 0
    for _ in range(1000):
        try:
            os.fork()
            made += 1
        except PermissionError:
            pass
    return {"made": made}
"""
    assert await run(source) == {"made": 0}


async def test_threads_cannot_be_made_by_python(run):
    with pytest.raises(CodeExecutionError, match="start new thread"):
        await run("import threading\ndef main():\n    threading.Thread(target=print).start()\n    return {}")


async def test_a_thread_bomb_of_javascript_ends_within_the_limits(run_javascript):
    source = """
const { Worker } = require('worker_threads');
async function main() {
  const workers = [];
  for (let i = 0; i < 1000; i++) workers.push(new Worker('for (;;);', { eval: true }));
  await new Promise(() => {});
}
"""
    with pytest.raises((CodeLimitError, CodeExecutionError)):
        await run_javascript(source)
    assert await run_javascript("function main() { return {works: true} }") == {"works": True}


async def test_javascript_can_start_no_process(run_javascript):
    with pytest.raises(CodeExecutionError, match="EPERM"):
        await run_javascript("function main() { return {out: require('child_process').execFileSync('/bin/ls')} }")


async def test_only_the_scratch_directory_can_be_written(run):
    source = """
import os
def main():
    places = [at for at, _, _ in os.walk("/") if os.access(at, os.W_OK)]
    for place in ("/", "/usr/lib", "/dev", "/sandbox/inside", "/etc"):
        try:
            open(place + "/file", "w").close()
            places.append(place)
        except OSError:
            pass
    return {"places": places}
"""
    assert await run(source) == {"places": ["/tmp"]}


async def test_the_scratch_directory_is_the_calls_own(run):
    source = (
        "import os\ndef main():\n    was = os.listdir('.')\n    open('left', 'w').write('x')\n    return {'was': was}"
    )
    assert [await run(source) for _ in range(3)] == [{"was": []}] * 3


async def test_the_scratch_directory_is_small(run):
    source = """
def main():
    for number in range(100):
        with open(str(number), "wb") as file:
            file.write(bytes(1 << 20))
"""
    with pytest.raises(CodeExecutionError, match="No space left"):
        await run(source)


async def test_nothing_of_the_host_is_to_be_seen(run):
    source = """
import os
def main():
    return {
        "here": sorted(os.listdir("/")), "etc": os.listdir("/etc"), "user": os.getuid(), "process": os.getpid(),
        "host": os.uname().nodename, "environment": sorted(os.environ), "open": [n for n in range(64) if is_open(n)],
    }
def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False
"""
    found = await run(source)
    assert not {"proc", "sys", "home", "var", "run", "work", "opt", "mnt"} & set(found["here"])
    assert found["etc"] in ([], ["ld.so.cache"])
    assert found["user"] == 65534
    assert found["process"] == 1
    assert found["host"] == "sandbox"
    assert set(found["environment"]) <= {"PWD", "LC_CTYPE"}
    assert found["open"] == [0, 1, 2, 3]


async def test_packages_beside_the_interpreter_are_not_to_be_seen(run):
    source = "import sysconfig, os\ndef main():\n    return {'found': os.listdir(sysconfig.get_path('purelib'))}"
    assert await run(source) == {"found": []}


async def test_no_capability_is_left(run):
    source = """
import ctypes, struct
def main():
    header, data = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0)), ctypes.create_string_buffer(24)
    library = ctypes.CDLL(None)
    assert library.capget(header, data) == 0
    bounds = [library.prctl(23, number, 0, 0, 0) for number in range(41)]
    never_more = library.prctl(39, 0, 0, 0, 0)
    return {"capabilities": any(data.raw), "bounds": sum(one == 1 for one in bounds), "never more": never_more}
"""
    assert await run(source) == {"capabilities": False, "bounds": 0, "never more": 1}


@pytest.mark.parametrize("target", ["-1", "os.getppid()", "os.getpid()", "2"])
async def test_killing_around_hits_nobody_else(run, target):
    with contextlib.suppress(CodeExecutionError):
        await run(f"import os, signal\ndef main():\n    os.kill({target}, signal.SIGKILL)\n    return {{}}")
    assert await run(WORKS) == {"works": True}


async def test_limits_cannot_be_raised(run):
    source = """
import resource
def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard * 2, hard * 2))
"""
    with pytest.raises(CodeExecutionError, match="limit"):
        await run(source)


async def test_printing_a_hundred_megabytes_is_over_the_limit(run, run_javascript):
    with pytest.raises(CodeLimitError, match="CODE_SANDBOX_OUTPUT"):
        await run("def main():\n    for _ in range(100):\n        print('x' * 1_000_000)\n    return {}")
    with pytest.raises(CodeLimitError):  # whichever comes first: it keeps what it could not write yet
        await run_javascript("function main() { for (;;) console.log('x'.repeat(1e6)) }")


async def test_memory_is_limited_whatever_takes_it(run, run_javascript):
    with pytest.raises(CodeLimitError, match="CODE_SANDBOX_MEMORY"):
        await run("def main():\n    return {'x': len(bytearray(10 ** 9))}")
    with pytest.raises(CodeLimitError, match="CODE_SANDBOX_MEMORY"):
        await run("import mmap\ndef main():\n    return {'x': len(mmap.mmap(-1, 10 ** 9))}")
    with pytest.raises(CodeLimitError, match="CODE_SANDBOX_MEMORY"):
        await run_javascript("function main() { const a = []; for (;;) a.push(Buffer.alloc(1e7, 1)) }")


async def test_code_that_leaves_early_has_no_result(run, run_javascript):
    with pytest.raises(CodeExecutionError, match="SystemExit"):
        await run("import sys\ndef main():\n    sys.exit(3)")
    with pytest.raises(CodeExecutionError, match="exited with code 3"):
        await run("import os\ndef main():\n    os._exit(3)")
    with pytest.raises(CodeExecutionError, match="ended the process"):
        await run_javascript("function main() { process.exit(0) }")


async def test_a_crash_is_the_codes_own(run):
    with pytest.raises(CodeExecutionError, match=r"exited with code -11|killed"):
        await run("import ctypes\ndef main():\n    ctypes.string_at(0)")
    assert await run(WORKS) == {"works": True}


async def test_the_traceback_shows_the_code_and_not_the_sandbox(run):
    with pytest.raises(CodeExecutionError) as caught:
        await run("def helper():\n    return 1 / 0\n\ndef main():\n    return helper()")
    assert "line 2, in helper" in caught.value.message
    assert "return 1 / 0" in caught.value.message
    assert "inside" not in caught.value.message


async def test_numbers_that_json_does_not_have_are_an_error(run):
    with pytest.raises(CodeExecutionError, match="JSON"):
        await run("def main():\n    return {'x': float('nan')}")


async def test_a_promise_is_waited_for(run_javascript):
    source = "async function main({x}) { return await new Promise((done) => setTimeout(() => done({x}), 10)) }"
    assert await run_javascript(source, x=1) == {"x": 1}
