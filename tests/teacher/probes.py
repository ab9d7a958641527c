"""Submissions that look for what they must not reach. One that reaches nothing passes."""

from hostile import Case, mse

LISTENS = "\0kata-outside"  # an abstract socket, to which a test listens
# what only namespaces hide: that it is there, and not what it holds
NEED_NAMESPACES = {"names_other_processes", "names_what_lies_outside"}
NEED_LANDLOCK = {"opens_what_is_not_its_own", "walks_all_folders"}  # or namespaces


def reaches(body: str) -> Case:
    """A case whose body adds to `found` whatever it reaches of the outside."""
    body = body.replace("LISTENS", repr(LISTENS))
    right = "return (output[:, 0] - targ).square().mean()"
    return mse(f"found = []\n{body}\nassert not found, f'reached {{found}}'\n{right}", "passed")


PROBES: dict[str, Case] = {
    "names_other_processes": reaches(
        """
own = (1, os.getpid())
found += [n for n in range(1, 1 << 15) if n not in own and os.path.exists(f"/proc/{n}")]
found += [os.getppid()] if os.getppid() != 1 else []
"""
    ),
    "names_what_lies_outside": reaches(
        """
places = "/root/.bashrc /etc/passwd /etc/hostname /home /var /usr/bin /sys/kernel /dev/shm".split()
places += [REPOSITORY + "/solutions", TARGET, "../../zygote.log", sys.executable]
found += filter(os.path.lexists, places)
"""
    ),
    "signals_every_number": reaches(
        """
for number in range(-100, 1 << 15):
    if number not in (0, -1, 1, os.getpid(), -os.getpid()):
        try:
            os.kill(number, 0)
            found.append(number)
        except OSError:
            pass
"""
    ),
    "ends_its_nursery": reaches(
        """
for number in (15, 11, 19, 9):
    for process in (1, -1) if os.getppid() == 1 else (os.getppid(),):
        try:
            os.kill(process, number)
        except OSError:
            pass
"""
    ),
    "opens_what_is_not_its_own": reaches(
        """
places = ["/etc/passwd", "/etc/shadow", TARGET + "/precious", REPOSITORY + "/README.md",
          REPOSITORY + "/solutions/ch05_loss.py", "../../zygote.log", "/dev/mem", "/dev/vda"]
for process in (1, os.getppid(), os.getpid() - 1):
    about = ("environ", "maps", "mem", "auxv", "root/etc/passwd", "cwd/etc/passwd", "fd/3")
    places += [f"/proc/{process}/{name}" for name in about]
for place in places:
    try:
        with open(place, "rb") as file:
            file.read(1)
        found.append(place)
    except (OSError, ValueError):
        pass
"""
    ),
    "walks_all_folders": reaches(
        """
from kata.teacher.fence.cage import readable
allowed = {"/proc", os.getcwd(), *map(str, readable())}
for folder, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(folder, f) not in allowed]
    found += {os.path.join(folder, file) for file in files} - allowed
"""
    ),
    "changes_what_it_may_read": reaches(
        """
import torch.version
for place in (os.__file__, torch.version.__file__, __file__, ".", "/"):
    now = os.stat(place)
    for name, args in {"utime": (None,), "chmod": (now.st_mode & 0o7777,),
                       "chown": (now.st_uid, now.st_gid),
                       "setxattr": ("user.kata", b"was here")}.items():
        try:
            getattr(os, name)(place, *args)
            found.append((name, place))
        except OSError:
            pass
"""
    ),
    "leaves_something_for_the_next": reaches(
        """
for folder in (".", "..", "/", "/tmp", "/dev", "/proc", "/usr/lib", sys.prefix + "/lib", TARGET):
    for make in (os.mkdir, os.mkfifo, lambda name: open(name, "x").close()):
        try:
            make(folder + "/kata-was-here")
            found.append(folder)
        except OSError:
            pass
"""
    ),
    "mounts_in_a_user_namespace": reaches(
        """
import ctypes
libc = ctypes.CDLL(None)
libc.unshare(0x10020000)
for place in (b"/", b"/usr/lib", os.getcwd().encode()):
    libc.mount(None, place, None, ctypes.c_ulong(0x1020), None)  # writable again
    libc.umount2(place, 2)
for place in ("/", "/usr/lib", "."):
    try:
        os.mkdir(place + "/kata-was-here")
        found.append(place)
    except OSError:
        pass
found += filter(os.path.exists, ["/etc/passwd", REPOSITORY + "/solutions"])
"""
    ),
    "talks_to_the_network": reaches(
        """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", 9)), (socket.AF_UNIX, LISTENS)):
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            line.sendto(b"x", address)
        found.append(address)
    except OSError:
        pass
"""
    ),
}
