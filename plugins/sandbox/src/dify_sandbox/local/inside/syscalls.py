"""The system calls that code may make; everything else fails.

What is left out needs no reason to be: making processes, namespaces, mounts and sockets, tracing, keys, kernel modules,
BPF, `userfaultfd`, `io_uring`, shared memory outside the limits (`memfd_create`, System V), clocks and the like.
"""

from typing import Final

ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What the kernel calls the architectures that there is a table for."""

NODE_ONLY: Final = ("clone", "execve")
"""Node.js is executed, and has threads; what `clone` may make is restricted further."""

FIRST_NEW: Final = 424
"""From this number on all architectures count alike: what is not allowed there answers as an older kernel would."""

_TABLE: Final = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69,
pwritev 296 70, preadv2 327 286, pwritev2 328 287, open 2 -, openat 257 56, close 3 57, close_range 436 436,
stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79, statx 332 291, poll 7 -, ppoll 271 73, lseek 8 62,
mmap 9 222, mprotect 10 226, munmap 11 215, mremap 25 216, brk 12 214, madvise 28 233, msync 26 227,
mincore 27 232, rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136,
rt_sigtimedwait 128 137, rt_sigsuspend 130 133, sigaltstack 131 132, ioctl 16 29, access 21 -,
faccessat 269 48, faccessat2 439 439, pipe 22 -, pipe2 293 59, select 23 -, pselect6 270 72,
sched_yield 24 124, sched_getaffinity 204 123, sched_setaffinity 203 122, sched_getparam 143 121,
sched_getscheduler 145 120, sched_get_priority_max 146 125, sched_get_priority_min 147 126, dup 32 23,
dup2 33 -, dup3 292 24, nanosleep 35 101, clock_nanosleep 230 115, getitimer 36 102, setitimer 38 103,
alarm 37 -, pause 34 -, getpid 39 172, getppid 110 173, gettid 186 178, getuid 102 174, geteuid 107 175,
getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150, getgroups 115 158, getpgrp 111 -,
getpgid 121 155, getsid 124 156, exit 60 93, exit_group 231 94, wait4 61 260, waitid 247 95, kill 62 129,
tgkill 234 131, tkill 200 130, uname 63 160, fcntl 72 25, flock 73 32, fsync 74 82, fdatasync 75 83,
truncate 76 45, ftruncate 77 46, getdents 78 -, getdents64 217 61, getcwd 79 17, chdir 80 49, fchdir 81 50,
rename 82 -, renameat 264 38, renameat2 316 276, mkdir 83 -, mkdirat 258 34, rmdir 84 -, creat 85 -,
symlink 88 -, symlinkat 266 36, readlink 89 -, readlinkat 267 78, unlink 87 -, unlinkat 263 35, chmod 90 -,
fchmod 91 52, fchmodat 268 53, umask 95 166, utime 132 -, utimes 235 -, utimensat 280 88, futimesat 261 -,
gettimeofday 96 169, clock_gettime 228 113, clock_getres 229 114, time 201 -, times 100 153,
getrusage 98 165, sysinfo 99 179, getrlimit 97 163, setrlimit 160 164, prlimit64 302 261,
getpriority 140 141, setpriority 141 140, statfs 137 43, fstatfs 138 44, prctl 157 167, arch_prctl 158 -,
set_tid_address 218 96, set_robust_list 273 99, get_robust_list 274 100, futex 202 98, epoll_create 213 -,
epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, eventfd 284 -, eventfd2 290 19,
timerfd_create 283 85, timerfd_settime 286 86, timerfd_gettime 287 87, fadvise64 221 223, fallocate 285 47,
sendfile 40 71, copy_file_range 326 285, getrandom 318 278, membarrier 324 283, rseq 334 293,
restart_syscall 219 128, getcpu 309 168, capget 125 90, pkey_alloc 330 289, pkey_free 331 290,
pkey_mprotect 329 288, sendto 44 206, recvfrom 45 207, getsockopt 55 209, setsockopt 54 208,
getsockname 51 204, getpeername 52 205, shutdown 48 210, socketpair 53 199, clone 56 220, execve 59 221
"""
"""Name, number on x86_64, number on aarch64 (`-`: not there, newer calls do its work)."""


def numbers(machine: str) -> dict[str, int]:
    """Allowed system calls of the architecture by name; raises `OSError` for one without a table."""
    if machine not in ARCHITECTURES:
        raise OSError(f"there is no table of system calls for {machine}")
    column = list(ARCHITECTURES).index(machine)
    rows = (row.split() for row in _TABLE.replace("\n", " ").split(","))
    return {name: int(found[column]) for name, *found in rows if found[column] != "-"}
