# SPDX-License-Identifier: Apache-2.0
"""An installed tree for strangers: installed under one prefix, then moved to another."""

import os
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSTALLED_AS = "/opt/countermark-of-a-test"
LIMIT = 240  # seconds of one command


class Prefix:
    """As a context; `path` is the prefix, and `folder`, private, is for what is built with it."""

    def __init__(self, cmake, build, cc="cc", cxx="c++"):
        self.cmake, self.build = cmake, build
        os.umask(0o022)  # what others may write, the loader refuses
        self.top = tempfile.mkdtemp(prefix="countermark-sdk-")
        self.path, self.folder = os.path.join(self.top, "prefix"), os.path.join(self.top, "work")
        self.environment = {
            "PATH": self.file("bin") + ":" + os.environ["PATH"], "HOME": self.folder,
            "LC_ALL": "C.UTF-8", "CC": cc, "CXX": cxx, "CMAKE_PREFIX_PATH": self.path,
            "CMAKE_GENERATOR": os.environ.get("CMAKE_GENERATOR", "Ninja")}

    def __enter__(self):
        try:
            self.install()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def install(self):
        os.mkdir(self.folder)
        staged = os.path.join(self.top, "staged")
        # by its component, so that what "make uninstall" reads stays what it was
        subprocess.run([self.cmake, "--install", self.build, "--prefix", INSTALLED_AS,
                        "--component", "Unspecified"], check=True,
                       env={**os.environ, "DESTDIR": staged}, stdout=subprocess.DEVNULL)
        shutil.move(staged + INSTALLED_AS, self.path)
        shutil.rmtree(staged)
        found = [folder for folder, _, names in os.walk(self.path)
                 if "countermark-sdk.pc" in names]
        assert len(found) == 1, found
        self.environment["PKG_CONFIG_PATH"] = found[0]

    def file(self, *parts):
        return os.path.join(self.path, *parts)

    def work(self, *parts):
        return os.path.join(self.folder, *parts)

    def files(self, ending):
        """All files of the prefix whose names end so."""
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(self.path)
                      for name in names if name.endswith(ending))

    def run(self, *words, status=0, **more):
        """Gives what it printed; anything but that exit status is an error that shows it."""
        done = subprocess.run(words, env=self.environment, cwd=more.pop("cwd", self.folder),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
                              check=False, **more)
        text = done.stdout.decode("utf-8", "replace")
        assert done.returncode == status, f"{' '.join(words)}: {done.returncode}\n{text}"
        return text

    def flags(self, *words):
        return self.run("pkg-config", *words).split()
