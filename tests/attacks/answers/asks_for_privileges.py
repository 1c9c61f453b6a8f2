"""Become root, mount, trace, and load what an ordinary process may not."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import ctypes
import os
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
tries = {
    "setuid": lambda: libc.setuid(0) if os.getuid() else -1,
    "unshare": lambda: libc.unshare(0x10000000),
    "mount": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
    "umount": lambda: libc.umount2(b"/dev/shm", 2),
    "chroot": lambda: libc.chroot(b"/proc/1/root"),
    "ptrace": lambda: libc.ptrace(16, 1, 0, 0),
    "process_vm_readv": lambda: libc.syscall(310, 1, 0, 0, 0, 0, 0),
    "bpf": lambda: libc.syscall(321, 0, 0, 0),
    "userfaultfd": lambda: libc.syscall(323, 0),
    "io_uring": lambda: libc.syscall(425, 8, 0),
    "perf": lambda: libc.syscall(298, 0, 0, 0, 0, 0),
    "sethostname": lambda: libc.sethostname(b"mine", 4),
    "keyctl": lambda: libc.syscall(250, 0, -3, 0),
}
for name, attempt in tries.items():
    if attempt() >= 0:
        print("LOOT" + "!", name)
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/dev/mem", "/dev/kmsg", "/dev/sda"):
    try:
        with open(path, "r+b", 0):
            print("LOOT" + "!", path)
    except OSError:
        pass
for command in ("sudo -n true", "su -c true", "passwd -S root", "mount -t tmpfs none /tmp"):
    if subprocess.run(command, shell=True, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0:
        print("LOOT" + "!", command)
